"""责任追究: what a supervisor finds of whoever answers for a flagged month, mitigated or exempted; withdrawn, it stays on record (SUP-27, E 28–32)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, RecordedAggregate, Refusal
from services.supervision.domain.appraisal import Accountability
from services.supervision.domain.warnings import Ground

_ARTICLE = "SUP-27"


class Measure(StrEnum):
    """What follows for whoever answers."""

    SUPERVISION_ADVICE = "SUPERVISION_ADVICE"
    SUPERVISION_ADMONITION = "SUPERVISION_ADMONITION"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found on these cards: a measure, `mitigated` where the own correction was counted, or the ground on which nobody answers."""

    measure: Measure | None
    mitigated: bool
    exempted: Ground | None
    reason: str
    cards: tuple[str, ...]
    found: datetime
    by: str
    withdrawn: datetime | None = None
    why: str = ""


def record_id(month: date, department: str, officer: str | None) -> UUID:
    """Give the id of one who answers for a month: a department as such, or one of its officers."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:accountability:{month:%Y-%m}:{department}:{officer or ''}")


class AccountabilityRecord(RecordedAggregate):
    """One who answers for a month. One finding stands at a time; another needs that it be withdrawn with a reason, and both stay on record."""

    TOPIC = "supervision.AccountabilityRecord"

    class Begun(RecordedAggregate.Created):
        """Something is about to be found for the first time."""

        month: date
        department: str
        officer: str | None

    class Found(RecordedAggregate.Event):
        """A supervisor found who answers and how, or that nobody does."""

        finding: Finding

        def apply(self, aggregate: "AccountabilityRecord") -> None:
            """Keep the finding."""
            aggregate.findings.append(self.finding)

    class Withdrawn(RecordedAggregate.Event):
        """The finding that stood does no longer."""

        why: str

        def apply(self, aggregate: "AccountabilityRecord") -> None:
            """Keep why."""
            aggregate.findings[-1] = replace(aggregate.findings[-1], withdrawn=self.happened, why=self.why)

    def __init__(self, month: date, department: str, officer: str | None) -> None:
        self.month = month
        self.department = department
        self.officer = officer
        self.findings: list[Finding] = []

    @classmethod
    def begin_for(cls, month: date, department: str, officer: str | None, actor: Actor, now: datetime) -> "AccountabilityRecord":
        """Begin with one who answers for a month."""
        return cls.begin(cls.Begun, record_id(month, department, officer), actor, now, month=month, department=department, officer=officer)

    def find(
        self, counted: Accountability | None, measure: Measure | None, exempted: Ground | None, reason: str, actor: Actor, now: datetime, *, mitigated: bool
    ) -> None:
        """Find a measure or an exemption, on the confirmed violations that are `counted` for the department's month."""
        _check_supervisor(actor)
        if counted is None or not counted.is_flagged:
            raise Refusal("month-not-flagged", "该部门这个月经确认的违规不足两次，不作责任追究。", _ARTICLE)
        if self.standing is not None:
            raise Refusal("found-already", "已经作出认定；需要改变的，先写明理由撤销。", _ARTICLE)
        own = [mark for mark in counted.confirmed if self.officer in {None, mark.officer}]
        errors = {}
        if not own:
            errors["officer"] = "这个月经确认的违规中没有该承办人的"
        if (measure is None) is (exempted is None):
            errors["measure"] = "请选择一种处理措施；免责的，不采取措施"
        if mitigated and exempted is not None:
            errors["leniency"] = "免责的，不再从轻"
        elif mitigated and not any(mark.self_corrected for mark in own):
            errors["leniency"] = "没有按期自行整改的违规，不能以主动纠正从轻"
        if not reason.strip():
            errors["reason"] = "请写明认定的事实和理由"
        if errors:
            raise Invalid("finding-wrong", "请改正所列各项。", _ARTICLE, errors)
        cards = tuple(mark.id for mark in own)
        self.record(self.Found, actor, now, finding=Finding(measure, mitigated, exempted, reason.strip(), cards, now, actor.subject))

    def withdraw(self, why: str, actor: Actor, now: datetime) -> None:
        """Withdraw the finding that stands."""
        _check_supervisor(actor)
        if self.standing is None:
            raise Refusal("nothing-found", "没有可以撤销的认定。", _ARTICLE)
        if not why.strip():
            raise Invalid("reason-missing", "请写明撤销的理由。", _ARTICLE, {"why": "请写明撤销的理由"})
        self.record(self.Withdrawn, actor, now, why=why.strip())

    @property
    def standing(self) -> Finding | None:
        """The finding that stands."""
        return next((one for one in self.findings[-1:] if one.withdrawn is None), None)


def _check_supervisor(actor: Actor) -> None:
    if not actor.has(Role.SUPERVISOR):
        raise NotAllowed("supervisor-finds", "由监察员认定和撤销。", _ARTICLE)
