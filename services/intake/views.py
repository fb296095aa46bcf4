"""Intake's read models: the items as the public finds them, applicants by account, applications as desks and applicants see them."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate
from sqlalchemy import Column, Date, Index, Integer, MetaData, Select, String, Table, Uuid, and_, func, or_, select

from services.chassis.database import Change, Database, Instant, Upsert
from services.chassis.paging import paged
from services.chassis.timers import timer
from services.intake import uploads
from services.intake.domain.applicant import Applicant
from services.intake.domain.application import Application
from services.intake.domain.department_case import DepartmentCase
from services.intake.domain.facts import ApplicationState
from services.intake.domain.item import ItemRevision, revision_in_force
from services.intake.domain.offline import OfflineApproval
from services.intake.domain.service_item import ServiceItem
from services.kernel.calendar import WorkingDayCalendar, start_of

Row = dict[str, Any]
WAITING = (ApplicationState.RECEIVED.value, ApplicationState.CORRECTED.value)
UNANSWERED = (*WAITING, ApplicationState.CORRECTION.value)


def tables() -> MetaData:
    """Give intake's tables."""
    metadata = MetaData()
    uploads.table(metadata)
    Table(
        "items",
        metadata,
        Column("code", String, primary_key=True),
        Column("revision", Integer, primary_key=True),
        Column("effective_from", Date),
        Column("name", String),
        Column("department", String, index=True),
        Column("theme", String, index=True),
        Column("kind", String),
        Column("promised_limit", Integer),
        Column("summary", String),
        Column("last_day", Date),
        Index("items_in_order", "department", "name", "code"),
        info={"view": True},
    )
    Table("applicants", metadata, Column("account", String, primary_key=True), Column("applicant", Uuid, primary_key=True), info={"view": True})
    Table(
        "applications",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("number", String, unique=True),
        Column("item", String),
        Column("item_name", String),
        Column("department", String),
        Column("accepted_by", String),
        Column("channel", String),
        Column("applicant_name", String),
        Column("account", String),
        Column("state", String),
        Column("reached", String),
        Column("received", Instant),
        Column("acceptance_due", Date),
        Column("version", Integer),
        Index("applications_of_account", "account", "received", "id"),
        Index("applications_by_day", "received", "item"),
        Index("applications_of_account_by_number", "account", "number", "id"),
        Index("applications_at_desk", "accepted_by", "department", "state", "acceptance_due", "id"),
        info={"view": True},
    )
    Table(
        "offline_approvals",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("number", String),
        Column("item", String),
        Column("item_name", String),
        Column("department", String),
        Column("approved_on", Date),
        Column("cause", String),
        Column("registered", Instant),
        Index("offline_approvals_by_registration", "registered", "id"),
        Index("offline_approvals_by_day", "approved_on", "id"),
        Index("offline_approvals_by_number", "number", "id"),
        info={"view": True},
    )
    Table(
        "department_cases",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("department", String),
        Column("number", String),
        Column("item", String),
        Column("item_name", String),
        Column("last_step", String),
        Column("reports", Integer),
        Column("refused", Integer),
        Column("modified", Instant),
        Index("department_cases_by_department", "department", "modified", "id"),
        info={"view": True},
    )
    return metadata


def project(database: Database, calendar: WorkingDayCalendar, aggregate: Aggregate) -> Iterable[Change]:
    """Give an aggregate's rows and timers as they now are."""
    match aggregate:
        case ServiceItem():
            yield from _item(database, aggregate)
        case Applicant():
            yield from (Upsert(database.table("applicants"), {"account": account, "applicant": aggregate.id}) for account in sorted(aggregate.accounts))
        case Application():
            yield from _application(database, calendar, aggregate)
        case DepartmentCase():
            item = aggregate.item
            values = {
                "id": aggregate.id,
                "department": aggregate.department,
                "number": aggregate.number,
                "item": item.code if item else None,
                "item_name": item.name if item else None,
                "last_step": aggregate.last_step,
                "reports": len(aggregate.reports),
                "refused": len(aggregate.refused),
                "modified": aggregate.modified_on,
            }
            yield Upsert(database.table("department_cases"), values)
        case OfflineApproval():
            names = ("id", "number", "item", "item_name", "department", "approved_on")
            values = {name: getattr(aggregate, name) for name in names}
            yield Upsert(database.table("offline_approvals"), {**values, "cause": aggregate.cause.value, "registered": aggregate.created_on})


def _item(database: Database, item: ServiceItem) -> Iterable[Change]:
    for revision in item.revisions:
        values = {
            "code": revision.code,
            "revision": revision.revision,
            "effective_from": revision.effective_from,
            "name": revision.name,
            "department": revision.department,
            "theme": revision.theme.value,
            "kind": revision.kind.value,
            "promised_limit": revision.promised_limit,
            "summary": revision.summary,
            "last_day": item.last_day,
        }
        yield Upsert(database.table("items"), values)


def _application(database: Database, calendar: WorkingDayCalendar, application: Application) -> Iterable[Change]:
    due = application.acceptance_due(calendar)
    waits = application.state.value in WAITING
    received = application.created_on
    yield Upsert(
        database.table("applications"),
        {
            "id": application.id,
            "number": application.number,
            "item": application.item.code,
            "item_name": application.item.name,
            "department": application.item.department,
            "accepted_by": application.item.process.accepted_by.value,
            "channel": application.channel.value,
            "applicant_name": application.details.name,
            "account": application.account,
            "state": application.state.value,
            "reached": application.reached,
            "received": received,
            "acceptance_due": due if application.state.value in UNANSWERED else None,
            "version": application.version,
        },
    )
    # Deemed acceptance falls due when the last day of the limit has passed (COR-02).
    deadline = start_of(due + timedelta(days=1)) if waits and due is not None else None
    yield timer(database, "acceptance", application.id, deadline)


def waiting(database: Database, since: date) -> Select[tuple[UUID]]:
    """Give the query for the applications without an answer that are due on a day from one on."""
    table = database.table("applications").c
    return select(table.id).where(table.state.in_(UNANSWERED), table.acceptance_due >= since)


def every_item(database: Database) -> list[tuple[str, str]]:
    """Give code and name of every item of the catalogue, also of those that are not offered any more."""
    table = database.table("items").c
    with database.reading.connect() as connection:
        rows = connection.execute(select(table.code, table.name).order_by(table.department, table.name, table.revision)).all()
    return list({code: (code, name) for code, name in rows}.values())


def offline_approvals(database: Database, sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the registrations of approvals given outside the system, newest first, and the cursor of the next page."""
    table = database.table("offline_approvals")
    orders = {"-registered": (table.c.registered, table.c.id), "approved": (table.c.approved_on, table.c.id), "number": (table.c.number, table.c.id)}
    return paged(database, select(table), orders, sort, cursor)


def items(
    database: Database, today: date, theme: str = "", department: str = "", kind: str = "", text: str = "", cursor: str = ""
) -> tuple[list[Row], str | None]:
    """Give the items on offer today, each as the revision in force says, in the order of departments and names, and the cursor of the next page."""
    table = database.table("items").c
    query = _offered(database, today)
    for column, value in ((table.theme, theme), (table.department, department), (table.kind, kind)):
        if value:
            query = query.where(column == value)
    if text:
        query = query.where(or_(*(column.contains(text, autoescape=True) for column in (table.name, table.summary, table.code))))
    return paged(database, query, {"department": (table.department, table.name, table.code)}, cursor=cursor)


def counts(database: Database, today: date) -> dict[str, int]:
    """Give the number of items on offer by theme."""
    offered = _offered(database, today).subquery()
    with database.reading.connect() as connection:
        rows = connection.execute(select(offered.c.theme, func.count()).group_by(offered.c.theme))
        return {row[0]: row[1] for row in rows}


def popular(database: Database, today: date) -> list[Row]:
    """Give the items that were applied for most in the last thirty days; where these are few, the first others on offer follow."""
    table, item = database.table("applications").c, database.table("items").c
    since = start_of(today - timedelta(days=30))
    asked = select(table.item, func.count().label("number")).where(table.received >= since).group_by(table.item).subquery()
    query = _offered(database, today).outerjoin(asked, asked.c.item == item.code)
    return _rows(database, query.order_by(func.coalesce(asked.c.number, 0).desc(), item.department, item.name).limit(6))


def _offered(database: Database, today: date) -> Select[Any]:
    table = database.table("items")
    other = table.alias()
    in_force = select(func.max(other.c.effective_from)).where(other.c.code == table.c.code, other.c.effective_from <= today).scalar_subquery()
    return select(table).where(table.c.effective_from == in_force, or_(table.c.last_day.is_(None), table.c.last_day >= today))


def applicants_of(database: Database, account: str) -> list[UUID]:
    """Give the applicants that an account may act for."""
    table = database.table("applicants").c
    with database.reading.connect() as connection:
        return list(connection.execute(select(table.applicant).where(table.account == account).order_by(table.applicant)).scalars())


def applications_of(database: Database, account: str, sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the applications of an account, newest first, and the cursor of the next page."""
    table = database.table("applications").c
    query = select(database.table("applications")).where(table.account == account)
    orders = {"-received": (table.received, table.id), "number": (table.number, table.id)}
    return paged(database, query, orders, sort, cursor)


def desk(
    database: Database, *, roles: Sequence[str], department: str | None, state: str = "", of: str = "", text: str = "", sort: str = "", cursor: str = ""
) -> tuple[list[Row], str | None]:
    """Give what waits for an officer's acceptance (`of` one department), what is due first on top, and the cursor of the next page."""
    table = database.table("applications").c
    at_window = table.accepted_by == "WINDOW_CLERK"
    at_department = and_(table.accepted_by.in_([role for role in roles if role != "WINDOW_CLERK"]), table.department == department)
    mine = or_(at_window, at_department) if "WINDOW_CLERK" in roles else at_department
    query = select(database.table("applications")).where(mine, table.state.in_([state] if state else UNANSWERED))
    if of:
        query = query.where(table.department == of)
    if text:
        query = query.where(or_(*(column.contains(text, autoescape=True) for column in (table.number, table.applicant_name, table.item_name))))
    orders = {"received": (table.received, table.id), "number": (table.number, table.id)}
    if not state or state in UNANSWERED:
        # What is answered is due no more.
        orders = {"due": (table.acceptance_due, table.id), **orders}
    return paged(database, query, orders, sort, cursor)


def by_number(database: Database, number: str) -> Row | None:
    """Give the application with this receipt number."""
    table = database.table("applications")
    return next(iter(_rows(database, select(table).where(table.c.number == number))), None)


def is_used(database: Database) -> bool:
    """Say whether anything was handed in yet."""
    with database.reading.connect() as connection:
        return connection.execute(select(database.table("applications").c.id).limit(1)).first() is not None


def current(item: ServiceItem, today: date) -> ItemRevision:
    """Give the revision that applies today, or the first where none does yet."""
    return revision_in_force(item.revisions, today) or item.revisions[0]


def _rows(database: Database, query: Select[Any]) -> list[Row]:
    with database.reading.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
