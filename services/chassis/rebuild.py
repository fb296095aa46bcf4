"""Every view can be rebuilt from the stream alone, and comes out the same (AUD-03)."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection, func, select

from services.chassis.copies import copies
from services.chassis.service import Service
from services.chassis.storage.aggregates import fold
from services.chassis.storage.recorder import Recorder
from services.chassis.storage.writing import Spelled, spelled, work_between_statements, write

CHUNK = 100
"""So many aggregates are read, and written, at a time."""
T = TypeVar("T")
R = TypeVar("R")

Stored = Mapping[UUID | str, Sequence[StoredEvent]]
"""The events of some aggregates."""
Progress = Callable[[int, int], None]
"""Told how many aggregates are done, and of how many."""


def untold(_done: int, _total: int) -> None:
    """Tell nobody."""


def rebuild(service: Service, progress: Progress = untold, processes: int = 1) -> int:
    """Empty the views of a service and fill them anew, in one transaction; give the number of aggregates read.

    Of more than one process this one hands rows to PostgreSQL, and so many others make them. SQLite's file is no other process's.
    """
    database = service.database
    with database.engine.begin() as connection:
        work_between_statements(connection)
        for view in database.views:
            connection.execute(view.delete())
        aggregates, done = begun(connection, service), 0
        if processes > 1 and connection.dialect.name == "postgresql":
            made = ahead(_made_in_copy, _chunks(aggregates), copies(processes, lambda: _work_for(service)), 2 * processes)
        else:
            made = ahead(_Maker(service, service.recorder), _chunks(aggregates))
        for number, rows in made:
            write(connection, database.metadata.tables, rows)
            done += number
            progress(done, len(aggregates))
        return len(aggregates)


class _Maker:
    """Makes the rows of some aggregates."""

    def __init__(self, service: Service, recorder: Recorder) -> None:
        self._service = service
        self._recorder = recorder

    def __call__(self, aggregate_ids: Sequence[UUID]) -> tuple[int, list[Spelled]]:
        """Give how many they are, and their rows."""
        some = _read(self._recorder, aggregate_ids)
        changes = [change for aggregate, events in folded(self._service, some) for change in self._service.project(aggregate, events)]
        return len(some), spelled(self._service.database.engine.dialect, changes)


_maker: _Maker


def _work_for(service: Service) -> None:
    """In a copy of the process: be ready to make the rows of this service."""
    global _maker  # noqa: PLW0603 - what a worker is given, its next task finds there alone
    service.database.leave_connections()
    _maker = _Maker(service, Recorder(service.database))


def _made_in_copy(aggregate_ids: Sequence[UUID]) -> tuple[int, list[Spelled]]:
    return _maker(aggregate_ids)


def begun(connection: Connection, service: Service) -> Sequence[UUID]:
    """Give the ids of all aggregates, in the order in which they began."""
    events = service.database.table("events").c
    return connection.execute(select(events.originator_id).group_by(events.originator_id).order_by(func.min(events.position))).scalars().all()


def read(service: Service, aggregate_ids: Sequence[UUID]) -> Iterator[Stored]:
    """Give the events of aggregates, of some at a time; those of the next are read while these are at work."""
    return ahead(lambda chunk: _read(service.recorder, chunk), _chunks(aggregate_ids))


def _read(recorder: Recorder, aggregate_ids: Sequence[UUID]) -> Stored:
    of_each: dict[UUID | str, list[StoredEvent]] = {one: [] for one in aggregate_ids}
    for stored in recorder.select_events_beyond(dict.fromkeys(aggregate_ids, 0)):
        of_each[stored.originator_id].append(stored)
    return of_each


def folded(service: Service, some: Stored) -> Iterator[tuple[Aggregate, list[Any]]]:
    """Give each aggregate with its events."""
    for stored_events in some.values():
        events = [service.mapper.to_domain_event(stored) for stored in stored_events]
        if (aggregate := fold(None, events)) is not None:
            yield aggregate, events


def _chunks(aggregate_ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (aggregate_ids[first : first + CHUNK] for first in range(0, len(aggregate_ids), CHUNK))


def ahead(make: Callable[[T], R], of: Iterable[T], workers: Executor | None = None, most: int = 1) -> Iterator[R]:
    """Give what is made of each, in order; workers, or else another thread, make no more than so many of the next meanwhile."""
    with workers or ThreadPoolExecutor(1) as makers:
        coming: deque[Future[R]] = deque()
        for one in of:
            coming.append(makers.submit(make, one))
            if len(coming) > most:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
