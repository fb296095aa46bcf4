"""Intake's read models: each is a module with its tables, the rows that an aggregate makes, and its lists; here they are composed."""

from collections.abc import Iterable

from eventsourcing.domain import Aggregate
from sqlalchemy import MetaData

from services.chassis.storage.database import Change, Database
from services.intake import uploads
from services.intake.domain.applicant import Applicant
from services.intake.domain.application import Application
from services.intake.domain.department_case import DepartmentCase
from services.intake.domain.offline import OfflineApproval
from services.intake.domain.service_item import ServiceItem
from services.intake.views import applicants, applications, catalogue, departments
from services.kernel.calendar import WorkingDayCalendar


def tables() -> MetaData:
    """Give intake's tables."""
    metadata = MetaData()
    uploads.table(metadata)
    for view in (catalogue, applicants, applications, departments):
        view.tables(metadata)
    return metadata


def project(database: Database, calendar: WorkingDayCalendar, aggregate: Aggregate) -> Iterable[Change]:
    """Give an aggregate's rows and timers as they now are."""
    match aggregate:
        case ServiceItem():
            yield from catalogue.of_item(database, aggregate)
        case Applicant():
            yield from applicants.of_applicant(database, aggregate)
        case Application():
            yield from applications.of_application(database, calendar, aggregate)
        case DepartmentCase():
            yield from departments.of_case(database, aggregate)
        case OfflineApproval():
            yield from departments.of_offline_approval(database, aggregate)
