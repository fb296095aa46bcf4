"""The verification list of a case: what must be looked at by itself, and what a supervisor concluded of each, once (SUP-20, E 18)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, RecordedAggregate, Refusal
from services.supervision.domain.facts import Fact


class VerificationKind(StrEnum):
    """Why something is on the list."""

    ACCEPTANCE_REFUSED = "ACCEPTANCE_REFUSED"
    LICENCE_REFUSED = "LICENCE_REFUSED"
    CORRECTION_NOTICE = "CORRECTION_NOTICE"
    REVOCATION = "REVOCATION"
    RECONSIDERATION = "RECONSIDERATION"
    LAWSUIT = "LAWSUIT"


DISPUTES = frozenset({VerificationKind.RECONSIDERATION, VerificationKind.LAWSUIT})
_BY_FACT = {
    "acceptance-refused": VerificationKind.ACCEPTANCE_REFUSED,
    "correction-notice-issued": VerificationKind.CORRECTION_NOTICE,
    "certificate-revoked": VerificationKind.REVOCATION,
}


def to_verify(facts: Iterable[Fact]) -> list[tuple[VerificationKind, Fact]]:
    """Give the facts of a case that must be verified, each with why."""
    found = []
    for fact in facts:
        kind = _BY_FACT.get(fact.name)
        if fact.name == "case-decided" and fact.data["outcome"] == "REFUSED":
            kind = VerificationKind.LICENCE_REFUSED
        if kind is not None:
            found.append((kind, fact))
    return found


@dataclass(frozen=True, slots=True)
class Dispute:
    """A reconsideration or a lawsuit about a case, as a supervisor registered it."""

    id: str
    kind: VerificationKind
    text: str
    department: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a supervisor found: in order, or at fault under a rule, which issued a card."""

    reason: str
    rule: str | None
    card: UUID | None
    concluded: datetime
    by: str


def verification_id(case: UUID) -> UUID:
    """Give the id of a case's list."""
    return uuid5(case, "verification")


class Verification(RecordedAggregate):
    """The list of one case. What is on it by itself follows from the case's facts; here are the disputes and the conclusions."""

    TOPIC = "supervision.Verification"

    class Begun(RecordedAggregate.Created):
        """Something of the case was concluded or registered for the first time."""

        case_id: UUID
        number: str
        item_name: str

    class DisputeRegistered(RecordedAggregate.Event):
        """A reconsideration was asked for, or a lawsuit brought."""

        case_id: UUID
        dispute: Dispute

        def apply(self, aggregate: "Verification") -> None:
            """Put it on the list."""
            aggregate.disputes[self.dispute.id] = (self.dispute, self.happened)

    class Concluded(RecordedAggregate.Event):
        """A supervisor concluded with a finding."""

        case_id: UUID
        evidence: str
        conclusion: Conclusion

        def apply(self, aggregate: "Verification") -> None:
            """Keep the finding."""
            aggregate.conclusions[self.evidence] = self.conclusion

    def __init__(self, case_id: UUID, number: str, item_name: str) -> None:
        self.case_id = case_id
        self.number = number
        self.item_name = item_name
        self.disputes: dict[str, tuple[Dispute, datetime]] = {}
        self.conclusions: dict[str, Conclusion] = {}

    @classmethod
    def begin_for(cls, case: UUID, number: str, item_name: str, actor: Actor, now: datetime) -> "Verification":
        """Begin the list of a case."""
        return cls.begin(cls.Begun, verification_id(case), actor, now, case_id=case, number=number, item_name=item_name)

    def register(self, kind: VerificationKind, text: str, department: str, actor: Actor, now: datetime) -> str:
        """Register a dispute, by a supervisor; give its id."""
        _check_supervisor(actor)
        errors = {}
        if kind not in DISPUTES:
            errors["kind"] = "请选择行政复议或者行政诉讼"
        if not text.strip():
            errors["text"] = "请写明请求和受理机关"
        if errors:
            raise Invalid("dispute-wrong", "请改正所列各项。", "SUP-20", errors)
        dispute = Dispute(f"dispute-{uuid5(self.id, str(len(self.disputes)))}", kind, text.strip(), department)
        self.record(self.DisputeRegistered, actor, now, case_id=self.case_id, dispute=dispute)
        return dispute.id

    def conclude(self, evidence: str, reason: str, rule: str | None, card: UUID | None, actor: Actor, now: datetime) -> None:
        """Conclude with a finding, once."""
        _check_supervisor(actor)
        if not reason.strip():
            raise Invalid("reason-missing", "请写明核查的情况。", "SUP-20", {"reason": "请写明核查的情况"})
        if evidence in self.conclusions:
            raise Refusal("concluded-already", "这一项已经核查结束。", "SUP-20")
        conclusion = Conclusion(reason.strip(), rule, card, now, actor.subject)
        self.record(self.Concluded, actor, now, case_id=self.case_id, evidence=evidence, conclusion=conclusion)


def _check_supervisor(actor: Actor) -> None:
    if not actor.has(Role.SUPERVISOR):
        raise NotAllowed("supervisor-verifies", "由监察员核查。", "SUP-20")
