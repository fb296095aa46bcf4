"""Fees of a case, as they were taken and given back (FEE-01)."""

from datetime import datetime
from uuid import UUID, uuid4

from services.chassis.service import Transaction, command
from services.kernel.actor import Actor
from services.kernel.calendar import local_day
from services.workflow.commands.cases import CaseCommands
from services.workflow.domain.authority import SIGNING
from services.workflow.domain.case import Case
from services.workflow.domain.facts import CaseFee


class FeeCommands(CaseCommands):
    """The commands of fees; each is a transaction of its own."""

    @command
    def charge(self, transaction: Transaction, case_id: UUID, name: str, amount: int, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Record a fee, with a numbered slip (FEE-01)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        receipt = self.numbers.draw(f"SF{local_day(now):%Y%m%d}")
        case.charge(CaseFee(str(uuid4()), name.strip(), amount, receipt), actor, now)
        return case

    @command
    def refund(self, transaction: Transaction, case_id: UUID, fee: str, reason: str, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Record that a fee was given back (FEE-01)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        case.refund(fee, reason, actor, now)
        return case
