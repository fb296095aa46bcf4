"""What supervisors do about accountability: find who answers for a flagged month and how, and withdraw that (SUP-27)."""

from datetime import date, datetime
from uuid import UUID

from services.chassis.clock.reckoning import Reckoner
from services.chassis.service import Transaction, command
from services.kernel.actor import Actor
from services.supervision.domain.accountability import AccountabilityRecord, Measure, record_id
from services.supervision.domain.appraisal import Accountability, accountability
from services.supervision.domain.warnings import Ground
from services.supervision.reports.appraisal import marks
from services.supervision.reports.bulletin import last_day_of


class AccountabilityCommands(Reckoner):
    """The commands of accountability; each is a transaction of its own."""

    @command
    def find_accountable(
        self,
        transaction: Transaction,
        month: date,
        department: str,
        officer: str | None,
        measure: Measure | None,
        exempted: Ground | None,
        reason: str,
        actor: Actor,
        now: datetime,
        *,
        mitigated: bool,
    ) -> UUID:
        """Find that a department, or one of its officers, answers for a month, or why nobody does; give the id of who answers."""
        one = transaction.find(AccountabilityRecord, record_id(month, department, officer))
        if one is None:
            one = AccountabilityRecord.begin_for(month, department, officer, actor, now)
            transaction.add(one)
        counted = next(iter(self.answerable(month, (department,))), None)
        one.find(counted, measure, exempted, reason, actor, now, mitigated=mitigated)
        return one.id

    @command
    def withdraw_finding(self, transaction: Transaction, record: UUID, why: str, actor: Actor, now: datetime) -> None:
        """Withdraw the finding that stands about one who answers."""
        transaction.get(AccountabilityRecord, record).withdraw(why, actor, now)

    def answerable(self, month: date, departments: tuple[str, ...]) -> list[Accountability]:
        """Give what is counted for a month, of some departments (all where none is named)."""
        return accountability(marks(self.database, month, last_day_of(month), departments))
