"""Intake: its commands put together, the calendar that it publishes, and what it does upon facts heard and times due."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate
from sqlalchemy import Select

from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from services.chassis.clock.calendars import CalendarData
from services.chassis.clock.reckoning import TIMER, CalendarVersions
from services.chassis.http.throttle import Throttle
from services.chassis.sealing import Sealer
from services.chassis.service import Transaction, command
from services.chassis.storage.database import Change, Database, matching
from services.chassis.storage.files import FileStore
from services.intake import views
from services.intake.calendar_notices import check_new_version
from services.intake.commands.acceptance import AcceptanceCommands
from services.intake.commands.catalogue import CatalogueCommands
from services.intake.commands.departments import DepartmentCommands
from services.intake.commands.files import FileCommands
from services.intake.commands.following import FollowingCommands
from services.intake.commands.receipt import ReceiptCommands
from services.intake.domain.application import Application
from services.intake.progress import progress_of
from services.intake.publishing import to_public
from services.intake.uploads import Uploads
from services.kernel.actor import Actor
from services.kernel.calendar import Calendars, WorkingDayCalendar


class Intake(CatalogueCommands, ReceiptCommands, AcceptanceCommands, FollowingCommands, DepartmentCommands, FileCommands):
    """The intake service."""

    name = "intake"
    hears = ("workflow", "certificates")

    def __init__(self, database: Database, calendars: Calendars, files: FileStore, sealer: Sealer, secret_key: bytes) -> None:
        self._sealer = sealer
        self._secret_key = secret_key
        self._throttle = Throttle()
        self.files = files
        self.uploads = Uploads(database)
        super().__init__(database, calendars)

    @command
    def publish_calendar(self, transaction: Transaction, data: CalendarData, notice: str, actor: Actor, now: datetime) -> None:
        """Publish a version of the calendar, on the ground of a notice (CLK-01)."""
        check_new_version(data, notice, self.calendars)
        self.keep_calendar(transaction, data, notice.strip(), actor, now)

    def affected(self, since: date) -> Select[tuple[UUID]]:
        """Give the applications that wait for an answer."""
        return views.applications.waiting(self.database, since)

    def fold_anew(self, subject: UUID, before: WorkingDayCalendar, now: datetime, transaction: Transaction) -> None:
        """Record until when an application is to be answered now."""
        transaction.get(Application, subject).reckon_anew(before, self.calendar, now)

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:
        """Deem an application accepted that nobody answered in time (COR-02)."""
        if kind == "acceptance":
            transaction.get(Application, subject).deem_accepted(due, now)
        elif kind == TIMER:
            self.fold_some_anew(due, now, transaction)

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Note for the applicant how the case goes on."""
        if (progress := progress_of(event, envelope)) is not None:
            application = transaction.find(Application, envelope.subject)
            if application is not None:
                application.note(progress, envelope.recorded)

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002 - rows are whole
        """Give the rows of an aggregate."""
        if isinstance(aggregate, CalendarVersions):
            return self.calendar_changes(aggregate)
        return views.project(self.database, self.calendar, aggregate)

    def concerning(self, subjects: Collection[UUID], department: str) -> set[UUID]:
        """Give those of some cases that the department handles."""
        tables = ("applications", "department_cases")
        return set().union(*(matching(self.database, table, "id", subjects, "department", department) for table in tables))

    def publish(self, event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of intake's events
        """Say a private event in public."""
        return to_public(event, self._sealer)
