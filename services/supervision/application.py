"""Supervision hears every other service's events, looks when a clock is due, and raises what the rules find."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Select

from contracts.envelope import Envelope
from contracts.intake import CalendarVersionPublished, StepReported
from contracts.registry import PublicEvent
from services.chassis.clock.reckoning import TIMER, CalendarVersions
from services.chassis.sealing import Sealer
from services.chassis.service import NotFound, Transaction
from services.chassis.storage.database import Change, Database
from services.chassis.timekeeping import Now
from services.kernel.aggregate import SYSTEM
from services.kernel.calendar import Calendars, WorkingDayCalendar, local_day
from services.supervision import views
from services.supervision.commands import Commands
from services.supervision.domain.accountability import AccountabilityRecord
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture
from services.supervision.domain.seeing import picture_of
from services.supervision.history import HistoryEntry, history_of
from services.supervision.publishing import answered_for, to_public
from services.supervision.reported import reported_fact
from services.supervision.rules import VERSIONS, findings

_OF_NO_CASE = frozenset({"authority-granted"})


class Supervision(Commands):
    """The supervision service."""

    name = "supervision"
    hears = ("intake", "workflow", "certificates", "notification")

    def __init__(self, database: Database, calendars: Calendars, now: Now, sealer: Sealer) -> None:
        self._now = now
        self._sealer = sealer
        super().__init__(database, calendars)

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Add the fact to its case's file. Nothing is raised before the next look; what proves wrong is put out and withdrawn."""
        name = envelope.type.split(".")[-2]
        if isinstance(event, CalendarVersionPublished):
            self.hear_calendar(event, envelope, transaction)
            return
        if name in _OF_NO_CASE:
            return
        now = self._now()
        file = transaction.find(CaseFile, envelope.subject)
        if file is None:
            if transaction.find(Aggregate, envelope.subject) is not None:
                # Who answers for a month was told, which is no fact about a case.
                return
            file = CaseFile.open_file(envelope.subject, envelope.time, now)
            transaction.add(file)
        if isinstance(event, StepReported):
            fact = reported_fact(event, envelope)
        else:
            data = event.model_dump(mode="json")
            fact = Fact(envelope.service, envelope.position, name, envelope.time, envelope.recorded, envelope.actor, data)
        file.hear(fact, now)
        if file.warnings:
            file.retract(findings(file.picture, self.calendar, now), now, VERSIONS, shown_by=(fact.evidence,))

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:
        """Ask the rules, and raise what they find, as of when it began to hold."""
        if kind == TIMER:
            self.fold_some_anew(due, now, transaction)
        elif kind == "look":
            file = transaction.get(CaseFile, subject)
            before = file.version
            self._ask(file, now)
            if file.version == before:
                file.record(CaseFile.Looked, SYSTEM, now, on=local_day(now))

    def _ask(self, file: CaseFile, now: datetime, because: str = "") -> None:
        found = findings(file.picture, self.calendar, now)
        file.raise_new(found, now)
        file.retract(found, now, VERSIONS, because)

    # The calendar

    def affected(self, since: date) -> Select[tuple[UUID]]:
        """Give the files with a clock that runs or stands, or that ended with a due day still to come."""
        return views.recomputed.open_files(self.database, since)

    def fold_anew(self, subject: UUID, before: WorkingDayCalendar, now: datetime, transaction: Transaction) -> None:
        """Record what is due on another day now; what the new version proves wrong is put out and withdrawn, with that reason."""
        file = transaction.get(CaseFile, subject)
        if file.calendar != self.calendar.id:
            file.reckon_anew(before, self.calendar, now)
            self._ask(file, now, f"按新公布的工作日历 {self.calendar.id} 重新计算，")

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002 - rows are whole
        """Give the rows of a case file."""
        if isinstance(aggregate, CalendarVersions):
            return self.calendar_changes(aggregate)
        return views.project(self.database, self.calendar, aggregate)

    def figures(self) -> Iterable[Metric]:
        """Give how many cases in hand have which light."""
        clocks = GaugeMetricFamily("onewindow_open_clocks", "cases in hand, by the light of their clock", labels=["light"])
        for light, number in views.cases.lights(self.database, local_day(self._now())).items():
            clocks.add_metric([light], number)
        return (clocks,)

    def concerning(self, subjects: Collection[UUID], department: str) -> set[UUID]:
        """Give those of some cases that the department handles or handled."""
        return views.cases.concerning(self.database, subjects, department)

    def publish(self, event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of supervision's events
        """Say a light or card in public, and what was found of whoever answers for a month."""
        if isinstance(event, AccountabilityRecord.Found | AccountabilityRecord.Withdrawn):
            return answered_for(event, Transaction(self).get(AccountabilityRecord, event.originator_id))
        return to_public(event, self._sealer)

    def file(self, case: UUID) -> CaseFile:
        """Give the file of a case; raise `NotFound`."""
        return Transaction(self).get(CaseFile, case)

    def picture(self, case: UUID, as_of: datetime | None = None) -> Picture:
        """Give the picture of a case, by all that was recorded up to a moment."""
        file = self.file(case)
        if as_of is None:
            return file.picture
        facts = [fact for fact in file.facts.values() if fact.recorded <= as_of]
        if not facts:
            raise NotFound(case)
        return picture_of(facts)

    def history(self, case: UUID, as_of: datetime | None = None) -> list[HistoryEntry]:
        """Give the whole history of a case over all services, as it was known at a moment (AUD-01)."""
        file = self.file(case)
        about = (case, *views.disagreements.of_cases(self.database, [case]))
        return history_of(case, file.picture.item, file.facts.values(), [list(self.events.get(one)) for one in about], as_of)
