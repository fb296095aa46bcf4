"""Workflow: its commands put together, and what it does upon facts heard and times due."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate
from sqlalchemy import Select

from contracts import intake
from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from services.chassis.clock.reckoning import TIMER, CalendarVersions
from services.chassis.sealing import Sealer
from services.chassis.service import Transaction
from services.chassis.storage.database import Change, Database
from services.chassis.storage.files import FileStore
from services.kernel.calendar import Calendars, WorkingDayCalendar
from services.workflow import views
from services.workflow.commands.clock import ClockCommands
from services.workflow.commands.decisions import DecisionCommands
from services.workflow.commands.fees import FeeCommands
from services.workflow.commands.stages import StageCommands
from services.workflow.domain.case import Case
from services.workflow.publishing import opened_with, to_public


class Workflow(StageCommands, ClockCommands, DecisionCommands, FeeCommands):
    """The workflow service."""

    name = "workflow"
    hears = ("intake",)

    def __init__(self, database: Database, calendars: Calendars, files: FileStore, sealer: Sealer) -> None:
        self._sealer = sealer
        self.files = files
        super().__init__(database, calendars)

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Open a case when an application was accepted."""
        if isinstance(event, intake.CalendarVersionPublished):
            self.hear_calendar(event, envelope, transaction)
        elif isinstance(event, intake.ApplicationAccepted) and transaction.find(Case, envelope.subject) is None:
            account = self._sealer.unseal(event.applicant.sealed)["account"]
            transaction.add(Case.open_case(envelope.subject, envelope.recorded, envelope.time, **opened_with(event, account)))

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:  # noqa: ARG002 - the base's signature
        """Fold open cases anew by a new version of the calendar."""
        if kind == TIMER:
            self.fold_some_anew(due, now, transaction)

    def affected(self, since: date) -> Select[tuple[UUID]]:
        """Give the cases with an open stage."""
        return views.desk.in_hand(self.database, since)

    def fold_anew(self, subject: UUID, before: WorkingDayCalendar, now: datetime, transaction: Transaction) -> None:
        """Record until when a case is to be decided now."""
        transaction.get(Case, subject).reckon_anew(before, self.calendar, now)

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002 - rows are whole
        """Give the rows of an aggregate."""
        if isinstance(aggregate, CalendarVersions):
            return self.calendar_changes(aggregate)
        return views.project(self.database, self.calendar, aggregate)

    def concerning(self, subjects: Collection[UUID], department: str) -> set[UUID]:
        """Give those of some cases in which the department takes part."""
        return views.cases.concerning(self.database, subjects, department)

    def publish(self, event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of workflow's events
        """Say a private event in public."""
        return to_public(event)
