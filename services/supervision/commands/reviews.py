"""The follow-up of low marks that applicants gave (SUP-25)."""

from datetime import datetime
from uuid import UUID

from services.chassis.service import NotFound, Service, Transaction, command
from services.kernel.actor import Actor
from services.kernel.aggregate import Refusal
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.follow_up import LOW, FollowUp, follow_up_id


class ReviewCommands(Service):
    """The commands of follow-ups; each is a transaction of its own."""

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
