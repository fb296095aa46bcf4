"""Every view can be rebuilt from the stream alone, and comes out the same (AUD-03)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection, func, select

from services.chassis.service import Service
from services.chassis.storage.aggregates import fold
from services.chassis.storage.database import Change
from services.chassis.storage.writing import apply_changes, work_between_statements

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


def rebuild(service: Service, progress: Progress = untold) -> int:
    """Empty the views of a service and fill them anew, in one transaction; give the number of aggregates read."""

    def project(some: Stored) -> tuple[int, list[Change]]:
        return len(some), [change for aggregate, events in folded(service, some) for change in service.project(aggregate, events)]

    with service.database.engine.begin() as connection:
        work_between_statements(connection)
        for view in service.database.views:
            connection.execute(view.delete())
        aggregates, done = begun(connection, service), 0
        for number, changes in ahead(project, read(service, aggregates)):
            apply_changes(connection, changes)
            done += number
            progress(done, len(aggregates))
        return len(aggregates)


def begun(connection: Connection, service: Service) -> Sequence[UUID]:
    """Give the ids of all aggregates, in the order in which they began."""
    events = service.database.table("events").c
    return connection.execute(select(events.originator_id).group_by(events.originator_id).order_by(func.min(events.position))).scalars().all()


def read(service: Service, aggregate_ids: Sequence[UUID]) -> Iterator[Stored]:
    """Give the events of aggregates, of some at a time; those of the next are read while these are at work."""

    def of(chunk: Sequence[UUID]) -> Stored:
        of_each: dict[UUID | str, list[StoredEvent]] = {one: [] for one in chunk}
        for stored in service.recorder.select_events_beyond(dict.fromkeys(chunk, 0)):
            of_each[stored.originator_id].append(stored)
        return of_each

    return ahead(of, [aggregate_ids[first : first + CHUNK] for first in range(0, len(aggregate_ids), CHUNK)])


def folded(service: Service, some: Stored) -> Iterator[tuple[Aggregate, list[Any]]]:
    """Give each aggregate with its events."""
    for stored_events in some.values():
        events = [service.mapper.to_domain_event(stored) for stored in stored_events]
        if (aggregate := fold(None, events)) is not None:
            yield aggregate, events


def ahead(make: Callable[[T], R], of: Iterable[T]) -> Iterator[R]:
    """Give what is made of each, in order; the next is made in another thread meanwhile."""
    with ThreadPoolExecutor(1) as maker:
        coming: Future[R] | None = None
        for one in of:
            made, coming = coming, maker.submit(make, one)
            if made is not None:
                yield made.result()
        if coming is not None:
            yield coming.result()
