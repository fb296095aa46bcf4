"""What departments handle outside this system: reported by their own (EXC-01), or approved offline and registered afterwards (OPS-02)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from services.chassis.bus import letters
from services.chassis.clock.reckoning import Reckoner
from services.chassis.service import Transaction, command
from services.intake.domain.item import revision_in_force
from services.intake.domain.offline import OfflineApproval, OfflineCause
from services.intake.domain.service_item import ServiceItem, item_id
from services.intake.reporting import Reporter, Reporting, ReportReceipt
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid
from services.kernel.calendar import local_day


class DepartmentCommands(Reckoner):
    """The commands about what departments report and register; each is a transaction of its own."""

    @command
    def take_reports(self, transaction: Transaction, bodies: Sequence[bytes], reporter: Reporter, now: datetime) -> list[ReportReceipt]:
        """Take a batch of reports of a department's system; what is refused is kept as a letter (EXC-01)."""
        reporting = Reporting(transaction, reporter, self.calendar, now)
        receipts = reporting.take(bodies)
        for one in reporting.kept:
            transaction.change(letters.kept(self.database, one.body, one.reason, now, door="departments", sender=reporter.actor))
        return receipts

    @command
    def keep_letter(self, transaction: Transaction, door: str, body: bytes, reason: str, sender: Actor | None, now: datetime) -> None:
        """Keep what came in at a door and could not be taken, once, however often the bus delivers it."""
        if not letters.is_kept(self.database, body, door):
            transaction.change(letters.kept(self.database, body, reason, now, door=door, sender=sender))

    @command
    def register_offline(
        self,
        transaction: Transaction,
        approval_id: UUID,
        item_code: str,
        item_name: str,
        department: str,
        approved_on: date,
        cause: OfflineCause,
        reason: str,
        officer: str | None,
        actor: Actor,
        now: datetime,
    ) -> str:
        """Enter an approval that was given outside the system; give its number."""
        found = transaction.find(ServiceItem, item_id(item_code)) if item_code else None
        if item_code and found is None:
            raise Invalid("item-unknown", "目录中没有这个事项；没有对应事项的请填写名称。", "CAT-01", {"item": "目录中没有这个事项"})
        item = revision_in_force(found.revisions, approved_on) if found else None
        number = self.numbers.draw(f"XX{local_day(now):%Y%m%d}")
        transaction.add(
            OfflineApproval.register(approval_id, number, item, item_name or item_code, department, approved_on, cause, reason, officer, actor, now)
        )
        return number
