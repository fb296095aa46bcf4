"""Every view can be rebuilt from the stream alone, and comes out the same (AUD-03)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate
from sqlalchemy import Connection, func, select

from services.chassis.aggregates import fold
from services.chassis.service import Service
from services.chassis.writing import apply_changes, work_between_statements

CHUNK = 500

Progress = Callable[[int, int], None]
"""Told how many aggregates are done, and of how many."""


def untold(_done: int, _total: int) -> None:
    """Tell nobody."""


def rebuild(service: Service, progress: Progress = untold) -> int:
    """Empty the views of a service and fill them anew, in one transaction; give the number of aggregates read."""
    with service.database.engine.begin() as connection:
        work_between_statements(connection)
        for view in service.database.views:
            connection.execute(view.delete())
        aggregates = begun(connection, service)
        for first in range(0, len(aggregates), CHUNK):
            chunk = aggregates[first : first + CHUNK]
            apply_changes(connection, (change for aggregate, events in folded(service, chunk) for change in service.project(aggregate, events)))
            progress(first + len(chunk), len(aggregates))
        return len(aggregates)


def begun(connection: Connection, service: Service) -> Sequence[UUID]:
    """Give the ids of all aggregates, in the order in which they began."""
    events = service.database.table("events").c
    return connection.execute(select(events.originator_id).group_by(events.originator_id).order_by(func.min(events.position))).scalars().all()


def folded(service: Service, aggregate_ids: Sequence[UUID]) -> Iterator[tuple[Aggregate, list[Any]]]:
    """Read some aggregates at once, and give each with its events."""
    events: dict[Any, list[Any]] = {aggregate_id: [] for aggregate_id in aggregate_ids}
    for stored in service.recorder.select_events_beyond(dict.fromkeys(aggregate_ids, 0)):
        events[stored.originator_id].append(service.mapper.to_domain_event(stored))
    for of_one in events.values():
        if (aggregate := fold(None, of_one)) is not None:
            yield aggregate, of_one
