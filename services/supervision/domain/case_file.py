"""The file of a case or of an item: every fact heard of it, every light and card raised of it, and how each was answered. Nothing is ever taken out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from services.kernel.actor import Actor
from services.kernel.aggregate import SYSTEM, NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import WorkingDayCalendar, local_day
from services.supervision.domain import answering
from services.supervision.domain.complaint import Complaint, ExtensionAsked
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture
from services.supervision.domain.recomputing import DeadlineChange, changes_of
from services.supervision.domain.seeing import picture_of
from services.supervision.domain.warnings import CardState, Finding, Ground, Level, RaisedWarning, warning_id


class CaseFile(RecordedAggregate):
    """One case, or one item of the catalogue, as supervision sees it. Its id is the case's or the item's."""

    TOPIC = "supervision.CaseFile"
    LIGHTS: ClassVar[frozenset[Level]] = frozenset({Level.LIGHT})

    class Opened(RecordedAggregate.Created):
        """The case was heard of for the first time."""

    class FactHeard(RecordedAggregate.Event):
        """Another service said something of the case."""

        fact: Fact

        def apply(self, aggregate: "CaseFile") -> None:
            """Add it to the set."""
            aggregate.facts[self.fact.evidence] = self.fact
            aggregate.forget_picture()

    class YellowLightLit(RecordedAggregate.Event):
        """A light was lit, or lit again."""

        warning: UUID
        finding: Finding

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep it."""
            aggregate.keep(self.warning, self.finding, self.happened)

    class YellowLightWentOut(RecordedAggregate.Event):
        """A light went out."""

        warning: UUID
        rule: str
        clock: str | None
        reason: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep it as over."""
            aggregate.change(self.warning, ended=self.happened, reason=self.reason)

    class CardIssued(RecordedAggregate.Event):
        """A card was issued."""

        warning: UUID
        finding: Finding
        item: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep it."""
            aggregate.keep(self.warning, self.finding, self.happened)

    class CardWithdrawn(RecordedAggregate.Event):
        """A card turned out wrong; it stays on record with the reason."""

        warning: UUID
        rule: str
        reason: str
        evidence: tuple[str, ...]

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep it as withdrawn."""
            aggregate.change(self.warning, ended=self.happened, reason=self.reason, state=CardState.RETRACTED)

    class CardCorrected(RecordedAggregate.Event):
        """A late fact showed that somebody else was responsible."""

        warning: UUID
        rule: str
        department: str
        officer: str | None

        def apply(self, aggregate: "CaseFile") -> None:
            """Name who was responsible indeed."""
            finding = aggregate.warnings[self.warning].finding
            aggregate.change(self.warning, finding=replace(finding, department=self.department, officer=self.officer))

    class CardExplained(RecordedAggregate.Event):
        """The department received a card and explained itself."""

        warning: UUID
        rule: str
        explanation: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep the explanation."""
            aggregate.change(self.warning, state=CardState.EXPLAINED, explanation=self.explanation)

    class RectificationReported(RecordedAggregate.Event):
        """The department says that it mended what a card is about."""

        warning: UUID
        rule: str
        report: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Wait for the verification."""
            aggregate.change(self.warning, state=CardState.REPORTED, report=self.report, reported=self.happened)

    class RectificationVerified(RecordedAggregate.Event):
        """It was mended; `seen` says that the events show it, without anybody's word. It closes the card."""

        warning: UUID
        rule: str
        rectified: datetime
        seen: bool
        reason: str
        evidence: tuple[str, ...]

        def apply(self, aggregate: "CaseFile") -> None:
            """Close the card."""
            fields = {"rectified": self.rectified, "is_seen": self.seen, "reason": self.reason, "ended": self.happened}
            aggregate.change(self.warning, state=CardState.RECTIFIED, **fields)

    class RectificationRejected(RecordedAggregate.Event):
        """It was not mended."""

        warning: UUID
        rule: str
        reason: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Wait for another report."""
            aggregate.change(self.warning, state=CardState.EXPLAINED, reported=None)

    class CardAppealed(RecordedAggregate.Event):
        """The department asks to be exempted."""

        warning: UUID
        rule: str
        ground: Ground
        statement: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Wait for the decision."""
            aggregate.change(self.warning, state=CardState.APPEALED, ground=self.ground, statement=self.statement)

    class AppealDecided(RecordedAggregate.Event):
        """The department was exempted, which ends the card, or the card was upheld."""

        warning: UUID
        rule: str
        exempted: bool
        reason: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep the decision."""
            if self.exempted:
                aggregate.change(self.warning, state=CardState.EXEMPTED, reason=self.reason, ended=self.happened)
            else:
                aggregate.change(self.warning, state=CardState.UPHELD)

    class ComplaintRegistered(RecordedAggregate.Event):
        """Somebody complained about the handling."""

        complaint: Complaint

        def apply(self, aggregate: "CaseFile") -> None:
            """Start its clock."""
            aggregate.complaints[self.complaint.id] = self.complaint
            aggregate.forget_picture()

    class ComplaintForwarded(RecordedAggregate.Event):
        """A department was asked what happened; it answers to supervision."""

        complaint: str
        department: str
        reason: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Wait for its report."""
            aggregate.change_complaint(self.complaint, forwarded_to=self.department, returned=None)

    class ComplaintReturned(RecordedAggregate.Event):
        """The department that was asked says what it found and did."""

        complaint: str
        department: str
        report: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep the report."""
            aggregate.change_complaint(self.complaint, returned=self.happened, report=self.report)

    class ComplaintExtensionAsked(RecordedAggregate.Event):
        """More time for the answer was asked for."""

        complaint: str
        asked: ExtensionAsked

        def apply(self, aggregate: "CaseFile") -> None:
            """Wait for the approval."""
            aggregate.change_complaint(self.complaint, extension_asked=self.asked)

    class ComplaintExtended(RecordedAggregate.Event):
        """More time for the answer was approved."""

        complaint: str
        days: int
        reason: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Extend its clock."""
            aggregate.change_complaint(self.complaint, extended_on=local_day(self.happened), extended_by=self.days, extension_asked=None)

    class ComplaintAnswered(RecordedAggregate.Event):
        """The complaint has its result."""

        complaint: str
        result: str
        complainant: str | None = None
        card: UUID | None = None

        def apply(self, aggregate: "CaseFile") -> None:
            """End its clock."""
            aggregate.change_complaint(self.complaint, answered=self.happened, result=self.result, card=self.card)

    class DeadlinesRecomputed(RecordedAggregate.Event):
        """A new version of the calendar came; what is due on another day by it."""

        calendar: str
        previous: str
        changes: tuple[DeadlineChange, ...]
        department: str
        officer: str | None

        def apply(self, aggregate: "CaseFile") -> None:
            """List it."""
            aggregate.calendar = self.calendar
            aggregate.recomputed = (*aggregate.recomputed, self)

    class Looked(RecordedAggregate.Event):
        """The rules were asked on a day and found nothing new; the next look is later."""

        on: date

        def apply(self, aggregate: "CaseFile") -> None:
            """Remember the day."""

    def __init__(self) -> None:
        self.facts: dict[str, Fact] = {}
        self.warnings: dict[UUID, RaisedWarning] = {}
        self.complaints: dict[str, Complaint] = {}
        self.recomputed: tuple[CaseFile.DeadlinesRecomputed, ...] = ()
        self.calendar: str | None = None
        """By which version of the calendar it was folded anew, None where it never was."""
        self._picture: Picture | None = None

    @property
    def picture(self) -> Picture:
        """The picture that all facts make, whatever the order in which they were heard."""
        if self._picture is None:
            self._picture = picture_of(self.facts.values())
            self._picture.complaints, self._picture.cards = self.complaints, self.warnings
        return self._picture

    def forget_picture(self) -> None:
        """Fold again when next asked."""
        self._picture = None

    def change(self, warning: UUID, **fields: Any) -> None:  # noqa: ANN401 - fields of a warning
        """Change what is known of a warning; the clocks of cards go with it."""
        self.warnings[warning] = replace(self.warnings[warning], **fields)
        self._new_clocks()

    def change_complaint(self, complaint: str, **fields: Any) -> None:  # noqa: ANN401 - fields of a complaint
        """Change what is known of a complaint; its clock goes with it."""
        self.complaints[complaint] = replace(self.complaints[complaint], **fields)
        self.forget_picture()

    def keep(self, warning: UUID, finding: Finding, moment: datetime) -> None:
        """Keep a warning that was raised."""
        self.warnings[warning] = RaisedWarning(warning, finding, moment)
        self._new_clocks()

    def _new_clocks(self) -> None:
        if self._picture is not None:
            self._picture.forget_clocks()

    @classmethod
    def open_file(cls, case: UUID, happened: datetime, now: datetime) -> "CaseFile":
        """Open the file of a case."""
        return cls.begin(cls.Opened, case, SYSTEM, now, happened=happened)

    def hear(self, fact: Fact, now: datetime) -> None:
        """Add a fact; one that was heard before changes nothing."""
        if fact.evidence not in self.facts:
            self.record(self.FactHeard, SYSTEM, now, happened=fact.happened, fact=fact)

    # What the rules find

    def identity(self, finding: Finding) -> UUID:
        """Give the id of the warning that a finding is or would be."""
        return warning_id(self.id, finding.rule, finding.key)

    def reckon_anew(self, before: WorkingDayCalendar, after: WorkingDayCalendar, now: datetime) -> None:
        """Record what is due on another day by a new version of the calendar."""
        department, officer = self.picture.responsible(now)
        by = {"calendar": after.id, "previous": before.id, "department": department, "officer": officer}
        self.record(self.DeadlinesRecomputed, SYSTEM, now, changes=tuple(changes_of(self.picture.clocks(), before, after, now)), **by)  # type: ignore[arg-type]

    def retract(self, found: list[Finding], now: datetime, versions: Mapping[str, int], because: str = "", shown_by: tuple[str, ...] = ()) -> None:
        """Put out lights, withdraw cards that the facts, as they are known now, do not bear out, and close those that were mended; raise nothing.

        `versions` are those of the rules that found. `because` says what is new where it is no fact, `shown_by` names the fact where it is one.
        """
        by_id = {self.identity(finding): finding for finding in found}
        for warning in list(self.warnings.values()):
            finding = by_id.get(warning.id)
            why = because or _later_version(warning.finding, versions) or "事后得知的事实表明"
            if warning.finding.level in self.LIGHTS:
                if warning.stands and (finding is None or not finding.standing):
                    reason = finding.over if finding is not None else f"{why}不应亮灯，予以撤销"
                    fields = {"warning": warning.id, "rule": warning.finding.rule, "clock": warning.finding.clock, "reason": reason}
                    self.trigger_event(self.YellowLightWentOut, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)
            elif finding is None:
                # What was mended under an earlier version of its rule is over and done with.
                if warning.state is not CardState.RECTIFIED or not _later_version(warning.finding, versions):
                    self._withdraw(warning, now, why, shown_by)
            else:
                self._correct(warning, finding, now)
                self._close(warning, finding, now)

    def _withdraw(self, warning: RaisedWarning, now: datetime, why: str, shown_by: tuple[str, ...]) -> None:
        if warning.is_void:
            return
        finding = warning.finding
        if finding.rule == "SUP-R02":
            reason = "所依据的黄牌已经整改、免责或者撤销，予以撤销"
        elif finding.clock is not None:
            reason = f"{why}没有在这一天超期，予以撤销"
        else:
            reason = f"{why}没有这一违规，予以撤销"
        fields = {"warning": warning.id, "rule": finding.rule, "reason": reason, "evidence": shown_by}
        self.trigger_event(self.CardWithdrawn, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)

    def _correct(self, warning: RaisedWarning, finding: Finding, now: datetime) -> None:
        if not warning.is_void and (warning.finding.department, warning.finding.officer) != (finding.department, finding.officer):
            fields = {"warning": warning.id, "rule": finding.rule, "department": finding.department, "officer": finding.officer}
            self.trigger_event(self.CardCorrected, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)

    def _close(self, warning: RaisedWarning, finding: Finding, now: datetime) -> None:
        """Close a card that the events show as mended; where they come to show another moment, that one holds."""
        if finding.rectified is None or warning.is_void:
            return
        if warning.state is CardState.RECTIFIED and (not warning.is_seen or warning.rectified == finding.rectified):
            return
        fields = {"warning": warning.id, "rule": finding.rule, "rectified": finding.rectified, "seen": True, "reason": "事实表明已经整改"}
        evidence = finding.rectified_by
        happened = max(finding.rectified, warning.raised)
        self.trigger_event(self.RectificationVerified, timestamp=now, actor=SYSTEM.subject, happened=happened, evidence=evidence, **fields)

    def raise_new(self, found: list[Finding], now: datetime) -> None:
        """Raise what the rules find and was not raised before, as of when it began to hold."""
        for finding in found:
            identity = self.identity(finding)
            known = self.warnings.get(identity)
            if known is not None and known.stands:
                continue
            if finding.level in self.LIGHTS:
                if known is None or finding.standing:
                    since = finding.since if known is None else now
                    self.trigger_event(self.YellowLightLit, timestamp=now, actor=SYSTEM.subject, happened=since, warning=identity, finding=finding)
            elif known is None or known.state is CardState.RETRACTED:
                self._issue(identity, finding, SYSTEM, now)

    def _issue(self, identity: UUID, finding: Finding, actor: Actor, now: datetime) -> None:
        fields = {"warning": identity, "finding": finding, "item": str(self.picture.item.get("code", ""))}
        self.trigger_event(self.CardIssued, timestamp=now, actor=actor.subject, happened=finding.since, **fields)

    # What people do with cards

    def open_card(self, finding: Finding, actor: Actor, now: datetime) -> UUID:
        """Issue a card by a supervisor's hand, on evidence; no rule twice for the same fact."""
        for warning in self.warnings.values():
            same = warning.finding.rule == finding.rule and set(warning.finding.evidence) & set(finding.evidence)
            if same and warning.state is not CardState.RETRACTED:
                raise Refusal("card-there-already", "同一事实已经按这条规则发出过预警，不重复发牌。", finding.rule)
        identity = self.identity(finding)
        self._issue(identity, finding, actor, now)
        return identity

    def explain(self, warning: UUID, explanation: str, actor: Actor, now: datetime) -> None:
        """Receive a card and explain how it came about, by an officer of the department."""
        card = answering.answered_by(self.warnings, warning, actor)
        answering.check_said(explanation, "explanation", "请说明情况")
        self.record(self.CardExplained, actor, now, warning=card.id, rule=card.finding.rule, explanation=explanation.strip())

    def report(self, warning: UUID, report: str, actor: Actor, now: datetime) -> None:
        """Report what was done to mend it, by an officer of the department."""
        card = answering.answered_by(self.warnings, warning, actor)
        answering.check_said(report, "report", "请写明整改措施和结果")
        self.record(self.RectificationReported, actor, now, warning=card.id, rule=card.finding.rule, report=report.strip())

    def verify(self, warning: UUID, reason: str, actor: Actor, now: datetime, *, mended: bool) -> None:
        """Verify a reported rectification, by a supervisor; mended, it counts as of the day of the report."""
        card = answering.verifiable(self.warnings, warning, actor)
        answering.check_said(reason, "reason", "请写明核实的情况")
        if not mended:
            self.record(self.RectificationRejected, actor, now, warning=card.id, rule=card.finding.rule, reason=reason.strip())
            return
        fields: dict[str, Any] = {"rectified": card.reported, "seen": False, "reason": reason.strip(), "evidence": ()}
        self.record(self.RectificationVerified, actor, now, warning=card.id, rule=card.finding.rule, **fields)

    def appeal(self, warning: UUID, ground: Ground, statement: str, actor: Actor, now: datetime) -> None:
        """Ask for exemption on one of the three grounds, once, by the department's head or leader (E 32)."""
        card = answering.appealable(self.warnings, warning, actor)
        answering.check_said(statement, "statement", "请陈述事实和依据")
        self.record(self.CardAppealed, actor, now, warning=card.id, rule=card.finding.rule, ground=ground, statement=statement.strip())

    def decide_appeal(self, warning: UUID, reason: str, actor: Actor, now: datetime, *, exempted: bool) -> None:
        """Exempt the department, or uphold the card, by a supervisor."""
        card = answering.appealed(self.warnings, warning, actor)
        answering.check_said(reason, "reason", "请写明决定的理由")
        self.record(self.AppealDecided, actor, now, warning=card.id, rule=card.finding.rule, exempted=exempted, reason=reason.strip())

    # Complaints

    def register_complaint(self, complaint: Complaint, actor: Actor, now: datetime, result: str = "") -> None:
        """Register a complaint; its clock starts today. A simple one is settled on the spot, with its `result`."""
        answering.check_said(complaint.text, "text", "请登记投诉的内容")
        self.record(self.ComplaintRegistered, actor, now, complaint=complaint)
        if complaint.on_the_spot:
            self.answer_complaint(complaint.id, result, actor, now)

    def forward_complaint(self, complaint: str, department: str, reason: str, actor: Actor, now: datetime) -> None:
        """Ask a department what happened; supervision keeps the complaint and its clock."""
        known = answering.open_complaint(self.complaints, complaint)
        if known.forwarded_to is not None and known.returned is None:
            raise Refusal("forwarded-already", "这件投诉已经转办，还没有反馈。", "SUP-24")
        answering.check_said(reason, "why", "请写明转办的要求")
        self.record(self.ComplaintForwarded, actor, now, complaint=complaint, department=department, reason=reason.strip())

    def return_complaint(self, complaint: str, report: str, actor: Actor, now: datetime) -> None:
        """Say what was found and done, by the department that was asked."""
        asked = self.complaints[complaint].forwarded_to if complaint in self.complaints else None
        if asked is None or asked != actor.department:
            raise NotAllowed("not-asked", "这件投诉没有转给您的部门。", "SUP-24")
        if answering.open_complaint(self.complaints, complaint).returned is not None:
            raise Refusal("returned-already", "已经反馈。", "SUP-24")
        answering.check_said(report, "report", "请写明核实和处理的情况")
        self.record(self.ComplaintReturned, actor, now, complaint=complaint, department=asked, report=report.strip())

    def ask_for_extension(self, complaint: str, days: int, reason: str, actor: Actor, now: datetime) -> None:
        """Ask for more time for the answer, once; another supervisor approves it."""
        known = answering.open_complaint(self.complaints, complaint)
        if known.extended_on is not None or known.extension_asked is not None:
            raise Refusal("extended-already", "投诉办理只能延期一次。", "SUP-24")
        answering.check_extension(days, reason)
        self.record(self.ComplaintExtensionAsked, actor, now, complaint=complaint, asked=ExtensionAsked(days, reason.strip(), actor.subject))

    def approve_extension(self, complaint: str, actor: Actor, now: datetime) -> None:
        """Approve the time that a colleague asked for."""
        asked = answering.open_complaint(self.complaints, complaint).extension_asked
        if asked is None:
            raise Refusal("nothing-asked", "没有待批准的延期。", "SUP-24")
        if asked.by == actor.subject:
            raise NotAllowed("another-approves", "延期由另一名监察员批准。", "SUP-24")
        self.record(self.ComplaintExtended, actor, now, complaint=complaint, days=asked.days, reason=asked.reason)

    def answer_complaint(self, complaint: str, result: str, actor: Actor, now: datetime, card: UUID | None = None) -> None:
        """Give the result of a complaint, and the card that was issued on it, if one was."""
        known = answering.open_complaint(self.complaints, complaint)
        answering.check_said(result, "result", "请写明办理结果")
        self.record(self.ComplaintAnswered, actor, now, complaint=complaint, result=result.strip(), complainant=known.complainant, card=card)


def _later_version(finding: Finding, versions: Mapping[str, int]) -> str:
    """Say by which later version of its rule a finding is judged now, nothing where it is the same."""
    version = versions.get(finding.rule, finding.version)
    return f"按第 {version} 版规则（发出时为第 {finding.version} 版）" if version > finding.version else ""
