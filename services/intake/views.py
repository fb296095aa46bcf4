"""Intake's read models: the items as the public finds them, applicants by account, applications as desks and applicants see them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate
from sqlalchemy import Column, Date, Index, Integer, MetaData, Select, String, Table, Uuid, and_, or_, select

from services.chassis.database import Change, Database, Instant, Upsert
from services.chassis.paging import PAGE, after, from_cursor, to_cursor
from services.chassis.timers import timer
from services.intake.domain.applicant import Applicant
from services.intake.domain.application import Application, ApplicationState
from services.intake.domain.item import ItemRevision, revision_in_force
from services.intake.domain.service_item import ServiceItem
from services.kernel.calendar import WorkingDayCalendar, start_of
from services.kernel.clock import reckon

Row = dict[str, Any]
WAITING = (ApplicationState.RECEIVED.value, ApplicationState.CORRECTED.value)


def tables() -> MetaData:
    """Give intake's tables."""
    metadata = MetaData()
    Table(
        "items",
        metadata,
        Column("code", String, primary_key=True),
        Column("id", Uuid),
        Column("name", String),
        Column("department", String, index=True),
        Column("theme", String, index=True),
        Column("kind", String),
        Column("promised_limit", Integer),
        Column("summary", String),
        Column("last_day", Date),
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
        Column("received", Instant),
        Column("acceptance_due", Date),
        Column("version", Integer),
        Index("applications_of_account", "account", "received", "id"),
        Index("applications_at_desk", "accepted_by", "department", "state", "acceptance_due", "id"),
        info={"view": True},
    )
    return metadata


def project(database: Database, calendar: WorkingDayCalendar, aggregate: Aggregate) -> Iterable[Change]:
    """Give an aggregate's rows and timers as they now are."""
    match aggregate:
        case ServiceItem():
            yield _item(database, aggregate)
        case Applicant():
            yield from (Upsert(database.table("applicants"), {"account": account, "applicant": aggregate.id}) for account in sorted(aggregate.accounts))
        case Application():
            yield from _application(database, calendar, aggregate)


def _item(database: Database, item: ServiceItem) -> Change:
    newest = item.revisions[-1]
    values = {
        "code": newest.code,
        "id": item.id,
        "name": newest.name,
        "department": newest.department,
        "theme": newest.theme.value,
        "kind": newest.kind.value,
        "promised_limit": newest.promised_limit,
        "summary": newest.summary,
        "last_day": item.last_day,
    }
    return Upsert(database.table("items"), values)


def _application(database: Database, calendar: WorkingDayCalendar, application: Application) -> Iterable[Change]:
    clock = application.acceptance_clock()
    due = reckon(clock, calendar, clock.start).due
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
            "received": received,
            "acceptance_due": due,
            "version": application.version,
        },
    )
    # Deemed acceptance falls due when the last day of the limit has passed (COR-02).
    deadline = start_of(due + timedelta(days=1)) if waits and due is not None else None
    yield timer(database, "acceptance", application.id, deadline)


def items(database: Database, today: date, theme: str = "", department: str = "", kind: str = "", text: str = "") -> list[Row]:
    """Give the items on offer, in the order of their departments and names."""
    table = database.table("items").c
    query = select(database.table("items")).where(or_(table.last_day.is_(None), table.last_day >= today))
    for column, value in ((table.theme, theme), (table.department, department), (table.kind, kind)):
        if value:
            query = query.where(column == value)
    if text:
        pattern = f"%{text.replace('%', '').replace('_', '')}%"
        query = query.where(or_(table.name.like(pattern), table.summary.like(pattern), table.code.like(pattern)))
    return _rows(database, query.order_by(table.department, table.name))


def applicants_of(database: Database, account: str) -> list[UUID]:
    """Give the applicants that an account may act for."""
    table = database.table("applicants").c
    with database.engine.connect() as connection:
        return list(connection.execute(select(table.applicant).where(table.account == account).order_by(table.applicant)).scalars())


def applications_of(database: Database, account: str, cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the applications of an account, newest first, and the cursor of the next page."""
    table = database.table("applications").c
    query = select(database.table("applications")).where(table.account == account)
    order = (table.received, table.id)
    if cursor:
        query = query.where(after(order, from_cursor(cursor, datetime, UUID), descending=True))
    rows = _rows(database, query.order_by(table.received.desc(), table.id.desc()).limit(PAGE + 1))
    return _page(rows, lambda row: to_cursor(row["received"], row["id"]))


def desk(
    database: Database, *, roles: Sequence[str], department: str | None, state: str = "", text: str = "", cursor: str = ""
) -> tuple[list[Row], str | None]:
    """Give what waits for an officer's acceptance, what is due first on top, and the cursor of the next page."""
    table = database.table("applications").c
    at_window = table.accepted_by == "WINDOW_CLERK"
    at_department = and_(table.accepted_by.in_([role for role in roles if role != "WINDOW_CLERK"]), table.department == department)
    mine = or_(at_window, at_department) if "WINDOW_CLERK" in roles else at_department
    query = select(database.table("applications")).where(mine, table.state.in_([state] if state else [*WAITING, "CORRECTION"]))
    if text:
        query = query.where(or_(table.number.like(f"%{text}%"), table.applicant_name.like(f"%{text}%"), table.item_name.like(f"%{text}%")))
    order = (table.acceptance_due, table.id)
    if cursor:
        query = query.where(after(order, from_cursor(cursor, date, UUID)))
    rows = _rows(database, query.order_by(*order).limit(PAGE + 1))
    return _page(rows, lambda row: to_cursor(row["acceptance_due"], row["id"]))


def by_number(database: Database, number: str) -> Row | None:
    """Give the application with this receipt number."""
    table = database.table("applications")
    return next(iter(_rows(database, select(table).where(table.c.number == number))), None)


def is_used(database: Database) -> bool:
    """Say whether anything was handed in yet."""
    with database.engine.connect() as connection:
        return connection.execute(select(database.table("applications").c.id).limit(1)).first() is not None


def current(item: ServiceItem, today: date) -> ItemRevision:
    """Give the revision that applies today, or the first where none does yet."""
    return revision_in_force(item.revisions, today) or item.revisions[0]


def _page(rows: list[Row], cursor: Callable[[Row], str]) -> tuple[list[Row], str | None]:
    return (rows[:PAGE], cursor(rows[PAGE - 1])) if len(rows) > PAGE else (rows, None)


def _rows(database: Database, query: Select[Any]) -> list[Row]:
    with database.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
