"""Workflow's read models: each is a module with its tables, the rows that an aggregate makes, and its lists; here they are composed."""

from collections.abc import Iterable

from eventsourcing.domain import Aggregate
from sqlalchemy import MetaData

from services.chassis.storage.database import Change, Database
from services.kernel.calendar import WorkingDayCalendar
from services.workflow.domain.authority import Authority
from services.workflow.domain.case import Case
from services.workflow.views import authorities, cases, desk


def tables() -> MetaData:
    """Give workflow's tables."""
    metadata = MetaData()
    for view in (desk, authorities, cases):
        view.tables(metadata)
    return metadata


def project(database: Database, calendar: WorkingDayCalendar, aggregate: Aggregate) -> Iterable[Change]:
    """Give an aggregate's rows as they now are."""
    match aggregate:
        case Case():
            yield from desk.of_case(database, calendar, aggregate)
            yield from cases.of_case(database, aggregate)
        case Authority():
            yield from authorities.of_authority(database, aggregate)
