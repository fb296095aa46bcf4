"""A low mark is followed up: the department answers, a supervisor closes it (SUP-25)."""

from datetime import datetime
from uuid import UUID, uuid5

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, RecordedAggregate, Refusal

LOW = 2
"""Marks up to this are followed up."""


def follow_up_id(case: UUID, evidence: str) -> UUID:
    """Give the id of the follow-up of a mark."""
    return uuid5(case, f"review:{evidence}")


class FollowUp(RecordedAggregate):
    """What was done about one low mark."""

    TOPIC = "supervision.FollowUp"

    class Begun(RecordedAggregate.Created):
        """Somebody took it up."""

        case_id: UUID
        evidence: str
        department: str

    class Answered(RecordedAggregate.Event):
        """The department says what it did."""

        case_id: UUID
        answer: str

        def apply(self, aggregate: "FollowUp") -> None:
            """Keep the answer."""
            aggregate.answer, aggregate.answered = self.answer, self.happened

    class Closed(RecordedAggregate.Event):
        """A supervisor closed it."""

        case_id: UUID
        result: str

        def apply(self, aggregate: "FollowUp") -> None:
            """Keep the result."""
            aggregate.result, aggregate.closed = self.result, self.happened

    def __init__(self, case_id: UUID, evidence: str, department: str) -> None:
        self.case_id = case_id
        self.evidence = evidence
        self.department = department
        self.answer = self.result = ""
        self.answered: datetime | None = None
        self.closed: datetime | None = None

    @classmethod
    def begin_for(cls, case: UUID, evidence: str, department: str, actor: Actor, now: datetime) -> "FollowUp":
        """Take up a low mark."""
        return cls.begin(cls.Begun, follow_up_id(case, evidence), actor, now, case_id=case, evidence=evidence, department=department)

    def say(self, answer: str, actor: Actor, now: datetime) -> None:
        """Answer, by an officer of the department."""
        if not actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) or actor.department != self.department:
            raise NotAllowed("department-answers", "由被评价的部门答复。", "SUP-25")
        if self.closed is not None:
            raise Refusal("closed-already", "这条差评已经办结。", "SUP-25")
        if not answer.strip():
            raise Invalid("answer-missing", "请写明核实的情况和改进的措施。", "SUP-25", {"answer": "请写明核实的情况和改进的措施"})
        self.record(self.Answered, actor, now, case_id=self.case_id, answer=answer.strip())

    def close(self, result: str, actor: Actor, now: datetime) -> None:
        """Close it after the department's answer, by a supervisor."""
        if not actor.has(Role.SUPERVISOR):
            raise NotAllowed("supervisor-closes", "由监察员办结。", "SUP-25")
        if self.answered is None or self.closed is not None:
            raise Refusal("not-answered", "部门还没有答复，或者已经办结。", "SUP-25")
        if not result.strip():
            raise Invalid("result-missing", "请写明回访的结果。", "SUP-25", {"result": "请写明回访的结果"})
        self.record(self.Closed, actor, now, case_id=self.case_id, result=result.strip())
