"""What follows upon a decision: made public, or forwarded to the higher authority (L 40, FLW-05)."""

from datetime import datetime
from uuid import UUID

from services.chassis.service import Transaction, command
from services.kernel.actor import Actor
from services.workflow.commands.cases import CaseCommands
from services.workflow.domain.authority import SIGNING
from services.workflow.domain.case import Case


class DecisionCommands(CaseCommands):
    """The commands about what was decided; each is a transaction of its own."""

    @command
    def publish_decision(self, transaction: Transaction, case_id: UUID, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Make a decision public (L 40)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        case.publish(actor, now)
        return case

    @command
    def forward(self, transaction: Transaction, case_id: UUID, to: str, document: str, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Record that the preliminary opinion went to the higher authority (FLW-05)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        case.forward(to, document, actor, now)
        return case
