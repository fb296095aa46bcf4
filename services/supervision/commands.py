"""What people do in supervision: supervisors, the departments that answer them, and whoever complains."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4

from services.chassis.service import NotFound, Transaction, command
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.kernel.calendar import local_day
from services.supervision import views
from services.supervision.accountability_commands import AccountabilityCommands
from services.supervision.domain import answering
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.complaint import Complaint
from services.supervision.domain.disagreement import Disagreement
from services.supervision.domain.follow_up import LOW, FollowUp, follow_up_id
from services.supervision.domain.mutual_rating import Link, MutualRating, rating_id
from services.supervision.domain.picture import Picture
from services.supervision.domain.spot_check import SpotCheck
from services.supervision.domain.verification import Verification, VerificationKind, to_verify, verification_id
from services.supervision.domain.warnings import Ground
from services.supervision.log_commands import LogCommands
from services.supervision.rules import RULES, VERSIONS, findings
from services.supervision.rules.unit import Detection


class Commands(AccountabilityCommands, LogCommands):
    """The commands of supervision; each is a transaction of its own."""

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
        if not evidence or any(one not in file.facts and one not in file.complaints for one in evidence):
            errors["evidence"] = "请选择本办件的记录作为证据"
        if errors or chosen is None:
            raise Invalid("card-wrong", "发牌应当写明规则、事实和证据。", "SUP-20", errors)
        facts = sorted((file.facts[one] for one in set(evidence) if one in file.facts), key=lambda fact: (fact.happened, fact.evidence))
        complaints = [file.complaints[one] for one in sorted(set(evidence)) if one in file.complaints]
        department, officer = file.picture.responsible(facts[0].happened) if facts else (complaints[0].department, complaints[0].officer)
        shown = (*(fact.evidence for fact in facts), *(complaint.id for complaint in complaints))
        finding = chosen.found(file.picture, self.calendar, f"hand:{'+'.join(shown)}", now, shown, detail=detail.strip())
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
        population = views.spot_checks.candidates(self.database, department, first, last)
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
        file = transaction.get(CaseFile, case)
        file.verify(card, reason, actor, now, mended=mended)
        self._take_back(file, now)

    @command
    def appeal_card(self, transaction: Transaction, case: UUID, card: UUID, ground: Ground, statement: str, actor: Actor, now: datetime) -> None:
        """Ask for exemption (SUP-21, E 32)."""
        transaction.get(CaseFile, case).appeal(card, ground, statement, actor, now)

    @command
    def decide_appeal(self, transaction: Transaction, case: UUID, card: UUID, reason: str, actor: Actor, now: datetime, *, exempted: bool) -> None:
        """Exempt the department, or uphold the card (SUP-21)."""
        file = transaction.get(CaseFile, case)
        file.decide_appeal(card, reason, actor, now, exempted=exempted)
        self._take_back(file, now)

    def _take_back(self, file: CaseFile, now: datetime) -> None:
        """Withdraw what has nothing to stand on any more: the red card of a yellow one that was exempted, or mended in time after all."""
        file.retract(findings(file.picture, self.calendar, now), now, VERSIONS)

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
        """Register a complaint about the handling of a case or about an item, for whoever is responsible now. With a `result` it is settled on the spot."""
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
    def answer_complaint(
        self, transaction: Transaction, case: UUID, complaint: str, result: str, actor: Actor, now: datetime, rule_code: str | None = None
    ) -> None:
        """Give the result of a complaint; where it shows a fault under a rule, its card is issued on it (SUP-24)."""
        file = transaction.get(CaseFile, case)
        answering.open_complaint(file.complaints, complaint)
        answering.check_said(result, "result", "请写明办理结果")
        card = self._card_by_hand(transaction, case, rule_code, (complaint,), result, actor, now) if rule_code else None
        file.answer_complaint(complaint, result, actor, now, card)

    # Disagreements between window and department, and what each thinks of the other

    @command
    def raise_disagreement(self, transaction: Transaction, case: UUID, centre: str | None, other: str, matter: str, actor: Actor, now: datetime) -> UUID:
        """Raise a disagreement about a case between those who handle it, the service `centre` among them; give its id (SUP-29).

        Without an `other`, it is between the window and the department.
        """
        picture = transaction.get(CaseFile, case).picture
        item = str(picture.item.get("name", ""))
        meant = other or (centre if actor.department == picture.department else picture.department) or ""
        one = Disagreement.raise_about(uuid4(), case, picture.number, item, sides(picture, centre), meant, matter, actor, now)
        transaction.add(one)
        return one.id

    @command
    def state_disagreement(self, transaction: Transaction, disagreement: UUID, statement: str, actor: Actor, now: datetime) -> None:
        """Say how the other side sees it."""
        transaction.get(Disagreement, disagreement).state(statement, actor, now)

    @command
    def settle_disagreement(self, transaction: Transaction, disagreement: UUID, result: str, actor: Actor, now: datetime) -> None:
        """Settle a disagreement: a supervisor decides, the side that raised it says what both agreed on."""
        one = transaction.get(Disagreement, disagreement)
        if actor.has(Role.SUPERVISOR):
            one.decide(result, actor, now)
        else:
            one.agree(result, actor, now)

    @command
    def rate(
        self,
        transaction: Transaction,
        month: date,
        rated: str,
        links: tuple[Link, ...],
        marks: Mapping[Link, int],
        reason: str,
        actor: Actor,
        now: datetime,
    ) -> UUID:
        """Rate the other side's links of the chain in a month; give the rating's id (SUP-29)."""
        rater = actor.department or ""
        one = transaction.find(MutualRating, rating_id(month, rater, rated))
        if one is None:
            one = MutualRating.begin_for(month, rater, rated, actor, now)
            transaction.add(one)
        one.give(links, marks, reason, actor, now)
        return one.id

    @command
    def answer_rating(self, transaction: Transaction, rating: UUID, answer: str, actor: Actor, now: datetime) -> None:
        """Answer a low mark of the other side."""
        transaction.get(MutualRating, rating).say(answer, actor, now)


def sides(picture: Picture, centre: str | None) -> frozenset[str]:
    """Give who takes part in the handling of a case: its departments, and the service centre at whose windows it comes in and goes out."""
    return frozenset({picture.department, *(stage.department for stage in picture.stages), *([centre] if centre else [])})
