"""A disagreement between the window and a department, or between departments, about a case: recorded, answered, and settled (SUP-29, O 四(三))."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, RecordedAggregate, Refusal

SIDES = (Role.WINDOW_CLERK, Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)
_ARTICLE = "SUP-29"


class Disagreement(RecordedAggregate):
    """One disagreement. Both sides may settle it between them; otherwise a supervisor does."""

    TOPIC = "supervision.Disagreement"

    class Raised(RecordedAggregate.Created):
        """One side does not agree with what the other does in a case."""

        case_id: UUID
        number: str
        item_name: str
        department: str
        other: str
        matter: str

    class Stated(RecordedAggregate.Event):
        """The other side said how it sees the matter."""

        case_id: UUID
        department: str
        asker: str
        statement: str

        def apply(self, aggregate: "Disagreement") -> None:
            """Keep it."""
            aggregate.statement, aggregate.stated = self.statement, self.happened

    class Settled(RecordedAggregate.Event):
        """It is settled, by a supervisor or, `agreed`, between the two."""

        case_id: UUID
        sides: tuple[str, str]
        result: str
        agreed: bool

        def apply(self, aggregate: "Disagreement") -> None:
            """Keep the result."""
            aggregate.result, aggregate.agreed, aggregate.settled = self.result, self.agreed, self.happened

    def __init__(self, case_id: UUID, number: str, item_name: str, department: str, other: str, matter: str) -> None:
        self.case_id = case_id
        self.number = number
        self.item_name = item_name
        self.department = department
        self.other = other
        self.matter = matter
        self.statement = self.result = ""
        self.stated: datetime | None = None
        self.agreed = False
        self.settled: datetime | None = None

    @classmethod
    def raise_about(
        cls, identity: UUID, case: UUID, number: str, item_name: str, involved: Collection[str], other: str, matter: str, actor: Actor, now: datetime
    ) -> "Disagreement":
        """Raise one about a case, by one of the departments that are `involved` in it, with another of them."""
        if not actor.has(*SIDES) or actor.department not in involved:
            raise NotAllowed("not-involved", "争议由参与办理的窗口或者部门提出。", _ARTICLE)
        errors = {}
        if other not in involved or other == actor.department:
            errors["other"] = "请选择参与办理这个办件的另一方"
        if not matter.strip():
            errors["matter"] = "请写明争议的事项和理由"
        if errors:
            raise Invalid("disagreement-wrong", "请改正所列各项。", _ARTICLE, errors)
        known: dict[str, Any] = {"case_id": case, "number": number, "item_name": item_name}
        return cls.begin(cls.Raised, identity, actor, now, **known, department=actor.department, other=other, matter=matter.strip())

    def state(self, statement: str, actor: Actor, now: datetime) -> None:
        """Say how the other side sees it, once."""
        self._check_open()
        if not self.may_state(actor):
            raise NotAllowed("other-side-states", "由争议的另一方答复，只答复一次。", _ARTICLE)
        _check_said(statement, "statement", "请写明意见和理由")
        self.record(self.Stated, actor, now, case_id=self.case_id, department=self.other, asker=self.department, statement=statement.strip())

    def agree(self, result: str, actor: Actor, now: datetime) -> None:
        """Settle it between the two: whoever raised it says what both agreed on, once the other side has spoken."""
        self._check_open()
        if not self.may_agree(actor):
            raise NotAllowed("raiser-agrees", "另一方答复以后，由提出争议的一方确认达成一致。", _ARTICLE)
        self._settle(result, actor, now, agreed=True)

    def decide(self, result: str, actor: Actor, now: datetime) -> None:
        """Settle it, by a supervisor."""
        self._check_open()
        if not self.may_decide(actor):
            raise NotAllowed("supervisor-settles", "由监察员裁定。", _ARTICLE)
        self._settle(result, actor, now, agreed=False)

    def may_state(self, actor: Actor) -> bool:
        """Say whether an actor speaks for the other side, which has not spoken."""
        return self.settled is None and self.stated is None and actor.has(*SIDES) and actor.department == self.other

    def may_agree(self, actor: Actor) -> bool:
        """Say whether an actor speaks for the side that raised it, after the other has spoken."""
        return self.settled is None and self.stated is not None and actor.has(*SIDES) and actor.department == self.department

    def may_decide(self, actor: Actor) -> bool:
        """Say whether an actor may settle it now."""
        return self.settled is None and actor.has(Role.SUPERVISOR)

    def _settle(self, result: str, actor: Actor, now: datetime, *, agreed: bool) -> None:
        _check_said(result, "result", "请写明处理的结果")
        sides = (self.department, self.other)
        self.record(self.Settled, actor, now, case_id=self.case_id, sides=sides, result=result.strip(), agreed=agreed)

    def _check_open(self) -> None:
        if self.settled is not None:
            raise Refusal("settled-already", "这项争议已经处理完毕。", _ARTICLE)


def _check_said(text: str, field: str, message: str) -> None:
    if not text.strip():
        raise Invalid(f"{field}-missing", message, _ARTICLE, {field: message})
