"""Applications as desks and applicants see them, and the timer of their deemed acceptance."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Column, Date, Index, Integer, MetaData, Select, String, Table, Uuid, and_, or_, select

from services.chassis.http.paging import paged
from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.chassis.timers import timer
from services.intake.domain.application import Application
from services.intake.domain.facts import ApplicationState
from services.kernel.calendar import WorkingDayCalendar, start_of

WAITING = (ApplicationState.RECEIVED.value, ApplicationState.CORRECTED.value)
UNANSWERED = (*WAITING, ApplicationState.CORRECTION.value)


def tables(metadata: MetaData) -> None:
    """Add the table of applications."""
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


def of_application(database: Database, calendar: WorkingDayCalendar, application: Application) -> Iterable[Change]:
    """Give the row of an application, and when it is deemed accepted."""
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


def of_account(database: Database, account: str, sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
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
    return next(iter(rows_of(database, select(table).where(table.c.number == number))), None)


def is_used(database: Database) -> bool:
    """Say whether anything was handed in yet."""
    with database.reading.connect() as connection:
        return connection.execute(select(database.table("applications").c.id).limit(1)).first() is not None
