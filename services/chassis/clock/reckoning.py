"""Versions of the calendar as events (CLK-01): each service that counts working days keeps those that were published, and folds anew what they change.

A version that was published is known at once to the process that heard it, and within a second to all others of the service. What is
open is folded anew a few seconds later, some hundred at a time, so that no process still reckons by the older version then.
"""

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from threading import Lock
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Select

from contracts.envelope import Envelope
from contracts.intake import CalendarVersionPublished
from services.chassis.clock.calendars import CalendarData
from services.chassis.service import Service, Transaction
from services.chassis.storage.database import Change, Database
from services.chassis.timers import timer
from services.kernel.actor import Actor
from services.kernel.aggregate import SYSTEM, RecordedAggregate
from services.kernel.calendar import Calendars, WorkingDayCalendar, differing

CALENDARS = uuid5(NAMESPACE_URL, "urn:onewindow:calendars")
TIMER = "calendar"
KNOWN_EVERYWHERE = timedelta(seconds=5)
SECONDS_BETWEEN_LOOKS = 1.0


class CalendarVersions(RecordedAggregate):
    """The versions that were published, in the order in which this service heard of them."""

    TOPIC = "chassis.CalendarVersions"

    class Begun(RecordedAggregate.Created):
        """The first version is about to come."""

    class Published(RecordedAggregate.Event):
        """A version was published, on the ground of a notice of the State Council."""

        data: CalendarData
        notice: str

        def apply(self, aggregate: "CalendarVersions") -> None:
            """Keep it; what is open waits to be folded anew."""
            aggregate.published = (*aggregate.published, self)
            aggregate.due = self.timestamp + KNOWN_EVERYWHERE

    class FoldedAnew(RecordedAggregate.Event):
        """Everything open was folded anew."""

        def apply(self, aggregate: "CalendarVersions") -> None:
            """Wait no more."""
            aggregate.folded = len(aggregate.published)
            aggregate.due = None

    def __init__(self) -> None:
        self.published: tuple[CalendarVersions.Published, ...] = ()
        self.due: datetime | None = None
        """When what is open is to be folded anew, None where that was done."""
        self.folded = 0
        """By how many of the versions that was done."""

    def knows(self, version_id: str) -> bool:
        """Say whether a version was published."""
        return any(one.data.id == version_id for one in self.published)

    def publish(self, data: CalendarData, notice: str, actor: Actor, now: datetime, happened: datetime | None = None) -> None:
        """Add a version; one that is known is never changed."""
        if not self.knows(data.id):
            self.record(self.Published, actor, now, happened=happened, data=data, notice=notice)


class Reckoner(Service):
    """A service that counts working days. It says what is `affected` by other days, and what it does to `fold_anew` one of these."""

    at_a_time = 500
    """How many are folded anew in one transaction."""

    def __init__(self, database: Database, shipped: Calendars) -> None:
        self._shipped = shipped
        self._calendars = Calendars(*(shipped.get(one) for one in shipped.ids))
        self._published: tuple[CalendarVersions.Published, ...] = ()
        self._heard = 0
        self._looked = float("-inf")
        self._looking = Lock()
        self._reached: tuple[str, UUID] | None = None
        super().__init__(database)

    def affected(self, since: date) -> Select[tuple[UUID]]:
        """Give the query for the ids of what a version may change that says something new of the days from one on."""
        raise NotImplementedError

    def fold_anew(self, subject: UUID, before: WorkingDayCalendar, now: datetime, transaction: Transaction) -> None:
        """Record what the newest version changes against the one before."""
        raise NotImplementedError

    @property
    def calendars(self) -> Calendars:
        """The versions known by now."""
        if time.monotonic() - self._looked > SECONDS_BETWEEN_LOOKS:
            self._look()
        return self._calendars

    @property
    def calendar(self) -> WorkingDayCalendar:
        """The version by which deadlines are computed."""
        return self.calendars.newest

    @property
    def published(self) -> Sequence[CalendarVersions.Published]:
        """The versions that were published, beside those that came with the program."""
        _ = self.calendars
        return self._published

    def _newest_of(self, published: Sequence[CalendarVersions.Published]) -> WorkingDayCalendar:
        known = self.calendars
        return Calendars(self._shipped.newest, *(known.get(one.data.id) for one in published)).newest

    def keep_calendar(
        self, transaction: Transaction, data: CalendarData, notice: str, actor: Actor, now: datetime, happened: datetime | None = None
    ) -> CalendarVersions:
        """Keep a version that was published."""
        versions = transaction.find(CalendarVersions, CALENDARS)
        if versions is None:
            versions = CalendarVersions.begin(CalendarVersions.Begun, CALENDARS, SYSTEM, now)
            transaction.add(versions)
        versions.publish(data, notice, actor, now, happened)
        transaction.afterwards(self._look)
        return versions

    def hear_calendar(self, event: CalendarVersionPublished, envelope: Envelope, transaction: Transaction) -> None:
        """Keep a version that another service published."""
        data = CalendarData(event.calendar, event.first, event.last, event.known_through, event.rest, event.moved)
        self.keep_calendar(transaction, data, event.notice, SYSTEM, envelope.recorded, envelope.time)

    def calendar_changes(self, versions: CalendarVersions) -> Sequence[Change]:
        """Give the timer of what is to be folded anew."""
        return (timer(self.database, TIMER, versions.id, versions.due),)

    def fold_some_anew(self, due: datetime, now: datetime, transaction: Transaction) -> None:
        """Fold the next of what is open anew; the timer stays until all was."""
        self._look()
        versions = transaction.get(CalendarVersions, CALENDARS)
        before = self._newest_of(versions.published[: versions.folded])
        subjects = self._next(before)
        for subject in subjects:
            self.fold_anew(subject, before, now, transaction)
        is_all = len(subjects) < self.at_a_time
        if is_all:
            versions.record(CalendarVersions.FoldedAnew, SYSTEM, now)
        else:
            transaction.change(timer(self.database, TIMER, versions.id, due))
        reached = None if is_all else (self.calendar.id, subjects[-1])
        transaction.afterwards(lambda: self._reach(reached))

    def _next(self, before: WorkingDayCalendar) -> list[UUID]:
        newest = self.calendar
        changed = differing(before, newest, max(before.first, newest.first), min(before.last, newest.last))
        if not changed:
            return []
        found = self.affected(changed[0]).subquery()
        query = found.select().order_by(found.c[0]).limit(self.at_a_time)
        # By another version that came meanwhile, all begins again.
        if self._reached is not None and self._reached[0] == newest.id:
            query = query.where(found.c[0] > self._reached[1])
        with self.database.reading.connect() as connection:
            return list(connection.execute(query).scalars())

    def _reach(self, reached: tuple[str, UUID] | None) -> None:
        self._reached = reached

    def _look(self) -> None:
        with self._looking:
            for event in self.events.get(CALENDARS, gt=self._heard or None):
                if isinstance(event, CalendarVersions.Published):
                    self._calendars.add(event.data.calendar())
                    self._published = (*self._published, event)
                self._heard = event.originator_version
            self._looked = time.monotonic()
