"""Every view can be rebuilt from the stream alone, and comes out the same (AUD-03)."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from services.chassis.aggregates import fold
from services.chassis.database import Change
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
        aggregates = list(_aggregates(connection, service))
        changes: list[Change] = []
        for done, aggregate_id in enumerate(aggregates, 1):
            events: list[Any] = [service.mapper.to_domain_event(stored) for stored in service.recorder.select_events(aggregate_id)]
            if (aggregate := fold(None, events)) is not None:
                changes.extend(service.project(aggregate, events))
            if done % CHUNK == 0 or done == len(aggregates):
                apply_changes(connection, changes)
                changes.clear()
                progress(done, len(aggregates))
        return len(aggregates)


def _aggregates(connection: Connection, service: Service) -> Iterator[UUID]:
    """Give the ids of all aggregates, in the order in which they began."""
    events = service.database.table("events").c
    yield from connection.execute(select(events.originator_id).group_by(events.originator_id).order_by(func.min(events.position))).scalars()
