"""Supervision hears every other service's events, looks when a clock is due, and raises what the rules find."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Select

from contracts.envelope import Envelope
from contracts.intake import CalendarVersionPublished, StepReported
from contracts.registry import PublicEvent
from services.chassis.database import Change, Database, matching
from services.chassis.reckoning import TIMER, CalendarVersions, Reckoner
from services.chassis.sealing import Sealer
from services.chassis.service import NotFound, Transaction, command
from services.chassis.timekeeping import Now
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import SYSTEM, Invalid, NotAllowed, Refusal
from services.kernel.calendar import Calendars, WorkingDayCalendar, local_day
from services.supervision import recomputed_views, sentences, spot_views, views
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.complaint import Complaint
from services.supervision.domain.facts import Fact, in_order
from services.supervision.domain.follow_up import LOW, FollowUp, follow_up_id
from services.supervision.domain.picture import Picture
from services.supervision.domain.seeing import picture_of
from services.supervision.domain.spot_check import SpotCheck
from services.supervision.domain.verification import Verification, VerificationKind, to_verify, verification_id
from services.supervision.domain.warnings import Ground
from services.supervision.publishing import to_public
from services.supervision.reported import reported_fact
from services.supervision.rules import RULES, findings
from services.supervision.rules.unit import Detection

_OF_NO_CASE = frozenset({"authority-granted"})
_OWN = (
    CaseFile.YellowLightLit,
    CaseFile.YellowLightWentOut,
    CaseFile.CardIssued,
    CaseFile.CardWithdrawn,
    CaseFile.CardCorrected,
    CaseFile.CardExplained,
    CaseFile.RectificationReported,
    CaseFile.RectificationVerified,
    CaseFile.RectificationRejected,
    CaseFile.CardAppealed,
    CaseFile.AppealDecided,
    CaseFile.ComplaintRegistered,
    CaseFile.ComplaintForwarded,
    CaseFile.ComplaintReturned,
    CaseFile.ComplaintExtensionAsked,
    CaseFile.ComplaintExtended,
    CaseFile.ComplaintAnswered,
    CaseFile.DeadlinesRecomputed,
)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a case's history: who, when it happened, when it was recorded, what, and the event itself (AUD-01)."""

    happened: datetime
    recorded: datetime
    source: str
    name: str
    actor: str
    sentence: str
    is_warning: bool
    evidence: str
    data: dict[str, Any]


class Supervision(Reckoner):
    """The supervision service."""

    name = "supervision"

    def __init__(self, database: Database, calendars: Calendars, now: Now, sealer: Sealer) -> None:
        self._now = now
        self._sealer = sealer
        super().__init__(database, calendars)

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Add the fact to its case's file. Nothing is raised before the next look; what proves wrong is put out and withdrawn."""
        name = envelope.type.split(".")[-2]
        if isinstance(event, CalendarVersionPublished):
            self.hear_calendar(event, envelope, transaction)
            return
        if name in _OF_NO_CASE:
            return
        now = self._now()
        file = transaction.find(CaseFile, envelope.subject)
        if file is None:
            file = CaseFile.open_file(envelope.subject, envelope.time, now)
            transaction.add(file)
        if isinstance(event, StepReported):
            file.hear(reported_fact(event, envelope), now)
        else:
            data = event.model_dump(mode="json")
            file.hear(Fact(envelope.service, envelope.position, name, envelope.time, envelope.recorded, envelope.actor, data), now)
        if file.warnings:
            file.retract(findings(file.picture, self.calendar, now), now)

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:
        """Ask the rules, and raise what they find, as of when it began to hold."""
        if kind == TIMER:
            self.fold_some_anew(due, now, transaction)
        elif kind == "look":
            file = transaction.get(CaseFile, subject)
            before = file.version
            self._ask(file, now)
            if file.version == before:
                file.record(CaseFile.Looked, SYSTEM, now, on=local_day(now))

    def _ask(self, file: CaseFile, now: datetime, because: str = "") -> None:
        found = findings(file.picture, self.calendar, now)
        file.raise_new(found, now)
        file.retract(found, now, because)

    # The calendar

    def affected(self, since: date) -> Select[tuple[UUID]]:
        """Give the files with a clock that runs or stands, or that ended with a due day still to come."""
        return recomputed_views.open_files(self.database, since)

    def fold_anew(self, subject: UUID, before: WorkingDayCalendar, now: datetime, transaction: Transaction) -> None:
        """Record what is due on another day now; what the new version proves wrong is put out and withdrawn, with that reason."""
        file = transaction.get(CaseFile, subject)
        if file.calendar != self.calendar.id:
            file.reckon_anew(before, self.calendar, now)
            self._ask(file, now, f"按新公布的工作日历 {self.calendar.id} 重新计算，")

    # Cards by hand, and their answers

    @command
    def open_card(self, transaction: Transaction, case: UUID, code: str, evidence: Sequence[str], detail: str, actor: Actor, now: datetime) -> UUID:
        """Issue a card by a supervisor's hand, on evidence; whoever was responsible when that happened answers for it."""
        if not actor.has(Role.SUPERVISOR):
            raise NotAllowed("supervisor-opens", "由监察员发牌。", "SUP-20")
        return self._card_by_hand(transaction, case, code, evidence, detail, actor, now)

    def _card_by_hand(self, transaction: Transaction, case: UUID, code: str, evidence: Sequence[str], detail: str, actor: Actor, now: datetime) -> UUID:
        file = transaction.get(CaseFile, case)
        chosen = next((one for one in RULES if one.code == code and Detection.HAND in one.by), None)
        errors = {}
        if chosen is None:
            errors["rule"] = "请选择一条可以由监察员认定的规则"
        if not detail.strip():
            errors["detail"] = "请写明查明的事实"
        if not evidence or any(one not in file.facts for one in evidence):
            errors["evidence"] = "请选择本办件的记录作为证据"
        if errors or chosen is None:
            raise Invalid("card-wrong", "发牌应当写明规则、事实和证据。", "SUP-20", errors)
        facts = sorted((file.facts[one] for one in set(evidence)), key=lambda fact: (fact.happened, fact.evidence))
        department, officer = file.picture.responsible(facts[0].happened)
        key = f"hand:{'+'.join(fact.evidence for fact in facts)}"
        finding = chosen.found(file.picture, self.calendar, key, now, tuple(fact.evidence for fact in facts), detail=detail.strip())
        return file.open_card(replace(finding, department=department, officer=officer, by_hand=True), actor, now)

    # The verification list

    @command
    def register_dispute(self, transaction: Transaction, case: UUID, kind: VerificationKind, text: str, actor: Actor, now: datetime) -> str:
        """Register a reconsideration or lawsuit about a case; give its place on the verification list (SUP-20)."""
        file = transaction.get(CaseFile, case)
        return self._verification(transaction, file, actor, now).register(kind, text, file.picture.department, actor, now)

    @command
    def conclude_verification(
        self, transaction: Transaction, case: UUID, evidence: str, reason: str, rule_code: str | None, actor: Actor, now: datetime
    ) -> None:
        """Conclude an entry of the verification list; where it was at fault under a rule, its card is issued (SUP-20)."""
        file = transaction.get(CaseFile, case)
        listed = self._verification(transaction, file, actor, now)
        if evidence not in listed.disputes and evidence not in {fact.evidence for _, fact in to_verify(file.facts.values())}:
            raise NotFound(evidence)
        card = None
        if rule_code:
            # A dispute is about the decision; what it is about is the evidence.
            decided = file.picture.decision or max(file.facts.values(), key=lambda fact: fact.happened)
            shown = evidence if evidence in file.facts else decided.evidence
            card = self._card_by_hand(transaction, case, rule_code, (shown,), reason, actor, now)
        listed.conclude(evidence, reason, rule_code, card, actor, now)

    # Spot checks

    @command
    def draw_spot_check(
        self, transaction: Transaction, check: UUID, size: int, seed: int, department: str, first: date, last: date, actor: Actor, now: datetime
    ) -> None:
        """Draw cases by chance, of those received in a period (SUP-28)."""
        population = spot_views.candidates(self.database, department, first, last)
        transaction.add(SpotCheck.draw_cases(check, population, size, seed, department, first, last, actor, now))

    @command
    def record_spot_finding(self, transaction: Transaction, check: UUID, case: UUID, reason: str, rule_code: str | None, actor: Actor, now: datetime) -> None:
        """Record what was found in a drawn case; where it was at fault under a rule, its card is issued (SUP-28)."""
        drawn = transaction.get(SpotCheck, check)
        card = None
        if rule_code and case not in drawn.findings:
            facts = transaction.get(CaseFile, case).facts.values()
            shown = max(facts, key=lambda fact: (fact.source in {"intake", "workflow"}, fact.happened, fact.position))
            card = self._card_by_hand(transaction, case, rule_code, (shown.evidence,), reason, actor, now)
        drawn.find(case, reason, rule_code, card, actor, now)

    # Applicants' marks

    @command
    def answer_review(self, transaction: Transaction, case: UUID, evidence: str, department: str, answer: str, actor: Actor, now: datetime) -> None:
        """Say what was done about a low mark, by the department (SUP-25)."""
        fact = transaction.get(CaseFile, case).facts.get(evidence)
        if fact is None or fact.name != "review-given" or fact.data["level"] > LOW:
            raise NotFound(evidence)
        followed = transaction.find(FollowUp, follow_up_id(case, evidence))
        if followed is None:
            followed = FollowUp.begin_for(case, evidence, department, actor, now)
            transaction.add(followed)
        followed.say(answer, actor, now)

    @command
    def close_follow_up(self, transaction: Transaction, case: UUID, evidence: str, result: str, actor: Actor, now: datetime) -> None:
        """Close the follow-up of a low mark, by a supervisor (SUP-25)."""
        followed = transaction.find(FollowUp, follow_up_id(case, evidence))
        if followed is None:
            raise Refusal("not-answered", "部门还没有答复。", "SUP-25")
        followed.close(result, actor, now)

    def _verification(self, transaction: Transaction, file: CaseFile, actor: Actor, now: datetime) -> Verification:
        listed = transaction.find(Verification, verification_id(file.id))
        if listed is None:
            listed = Verification.begin_for(file.id, file.picture.number, str(file.picture.item.get("name", "")), actor, now)
            transaction.add(listed)
        return listed

    @command
    def explain_card(self, transaction: Transaction, case: UUID, card: UUID, explanation: str, actor: Actor, now: datetime) -> None:
        """Receive a card and explain how it came about (SUP-21)."""
        transaction.get(CaseFile, case).explain(card, explanation, actor, now)

    @command
    def report_rectification(self, transaction: Transaction, case: UUID, card: UUID, report: str, actor: Actor, now: datetime) -> None:
        """Report what was done to mend it (SUP-21)."""
        transaction.get(CaseFile, case).report(card, report, actor, now)

    @command
    def verify_rectification(self, transaction: Transaction, case: UUID, card: UUID, reason: str, actor: Actor, now: datetime, *, mended: bool) -> None:
        """Verify a reported rectification (SUP-21)."""
        transaction.get(CaseFile, case).verify(card, reason, actor, now, mended=mended)

    @command
    def appeal_card(self, transaction: Transaction, case: UUID, card: UUID, ground: Ground, statement: str, actor: Actor, now: datetime) -> None:
        """Ask for exemption (SUP-21, E 32)."""
        transaction.get(CaseFile, case).appeal(card, ground, statement, actor, now)

    @command
    def decide_appeal(self, transaction: Transaction, case: UUID, card: UUID, reason: str, actor: Actor, now: datetime, *, exempted: bool) -> None:
        """Exempt the department, or uphold the card (SUP-21)."""
        transaction.get(CaseFile, case).decide_appeal(card, reason, actor, now, exempted=exempted)

    # Complaints

    @command
    def register_complaint(
        self,
        transaction: Transaction,
        case: UUID,
        channel: str,
        text: str,
        actor: Actor,
        now: datetime,
        complainant: str | None = None,
        result: str | None = None,
    ) -> str:
        """Register a complaint about the handling of a case; it is for whoever is responsible now. With a `result` it is settled on the spot."""
        file = transaction.get(CaseFile, case)
        department, officer = file.picture.responsible(now)
        identity = str(uuid4())
        on_the_spot = result is not None
        complaint = Complaint(identity, channel, text.strip(), department, officer, local_day(now), complainant=complainant, on_the_spot=on_the_spot)
        file.register_complaint(complaint, actor, now, result or "")
        return identity

    @command
    def forward_complaint(self, transaction: Transaction, case: UUID, complaint: str, department: str, reason: str, actor: Actor, now: datetime) -> None:
        """Ask a department what happened."""
        transaction.get(CaseFile, case).forward_complaint(complaint, department, reason, actor, now)

    @command
    def return_complaint(self, transaction: Transaction, case: UUID, complaint: str, report: str, actor: Actor, now: datetime) -> None:
        """Say what the department found and did."""
        transaction.get(CaseFile, case).return_complaint(complaint, report, actor, now)

    @command
    def ask_for_extension(self, transaction: Transaction, case: UUID, complaint: str, days: int, reason: str, actor: Actor, now: datetime) -> None:
        """Ask for more time for the answer to a complaint."""
        transaction.get(CaseFile, case).ask_for_extension(complaint, days, reason, actor, now)

    @command
    def approve_extension(self, transaction: Transaction, case: UUID, complaint: str, actor: Actor, now: datetime) -> None:
        """Approve that time, by another supervisor."""
        transaction.get(CaseFile, case).approve_extension(complaint, actor, now)

    @command
    def answer_complaint(self, transaction: Transaction, case: UUID, complaint: str, result: str, actor: Actor, now: datetime) -> None:
        """Give the result of a complaint."""
        transaction.get(CaseFile, case).answer_complaint(complaint, result, actor, now)

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002 - rows are whole
        """Give the rows of a case file."""
        if isinstance(aggregate, CalendarVersions):
            return self.calendar_changes(aggregate)
        return views.project(self.database, self.calendar, aggregate)

    def figures(self) -> Iterable[Metric]:
        """Give how many cases in hand have which light."""
        clocks = GaugeMetricFamily("onewindow_open_clocks", "cases in hand, by the light of their clock", labels=["light"])
        for light, number in views.lights(self.database).items():
            clocks.add_metric([light], number)
        return (clocks,)

    def concerning(self, subjects: Collection[UUID], department: str) -> set[UUID]:
        """Give those of some cases that the department handles."""
        columns = ("department", "stage_department")
        return set().union(*(matching(self.database, "cases", "id", subjects, column, department) for column in columns))

    def publish(self, event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of supervision's events
        """Say a light or card in public."""
        return to_public(event, self._sealer)

    def file(self, case: UUID) -> CaseFile:
        """Give the file of a case; raise `NotFound`."""
        return Transaction(self).get(CaseFile, case)

    def picture(self, case: UUID, as_of: datetime | None = None) -> Picture:
        """Give the picture of a case, by all that was recorded up to a moment."""
        file = self.file(case)
        if as_of is None:
            return file.picture
        facts = [fact for fact in file.facts.values() if fact.recorded <= as_of]
        if not facts:
            raise NotFound(case)
        return picture_of(facts)

    def history(self, case: UUID, as_of: datetime | None = None) -> list[HistoryEntry]:
        """Give the whole history of a case over all services, as it was known at a moment (AUD-01)."""
        file = self.file(case)
        entries = [
            HistoryEntry(fact.happened, fact.recorded, fact.source, fact.name, fact.actor, sentences.of_fact(fact), False, fact.evidence, fact.data)  # noqa: FBT003
            for fact in in_order(file.facts.values())
        ]
        for stored in self.events.get(case):
            event: Any = stored
            if isinstance(event, _OWN):
                evidence = {"evidence": list(event.finding.evidence)} if isinstance(event, CaseFile.YellowLightLit | CaseFile.CardIssued) else {}
                name = type(event).__name__
                sentence = sentences.of_warning(event)
                subject = str(event.warning) if hasattr(event, "warning") else name
                entries.append(HistoryEntry(event.happened, event.timestamp, self.name, name, event.actor, sentence, True, subject, evidence))  # noqa: FBT003
        known = [entry for entry in entries if as_of is None or entry.recorded <= as_of]
        # The order in which facts were folded is causal within a service; between services, by when it happened.
        return sorted(known, key=lambda entry: entry.happened)
