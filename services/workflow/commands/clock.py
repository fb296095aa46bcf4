"""What changes the clock of a case: special procedures and the one extension (FLW-06, FLW-07)."""

from datetime import datetime
from uuid import UUID, uuid4

from services.chassis.service import Transaction, command
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.kernel.process import SpecialProcedure
from services.workflow.commands.cases import CaseCommands
from services.workflow.domain.authority import SIGNING
from services.workflow.domain.case import Case


class ClockCommands(CaseCommands):
    """The commands of the clock; each is a transaction of its own."""

    @command
    def stop_clock(
        self,
        transaction: Transaction,
        case_id: UUID,
        procedure: SpecialProcedure,
        expected_days: int,
        reason: str,
        actor: Actor,
        now: datetime,
        seen: int | None = None,
    ) -> Case:
        """Begin a special procedure (FLW-06)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        notice = self.numbers.draw(f"TB{local_day(now):%Y%m%d}")
        case.stop_clock(str(uuid4()), procedure, expected_days, reason, notice, actor, now)
        return case

    @command
    def resume_clock(self, transaction: Transaction, case_id: UUID, stop: str, result: str, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """End a special procedure (FLW-06)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        case.resume_clock(stop, result, actor, now)
        return case

    @command
    def extend(self, transaction: Transaction, case_id: UUID, days: int, reason: str, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Grant the one extension (FLW-07)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, Role.LEADER)
        case.extend(days, reason, actor, now, self.calendar)
        return case
