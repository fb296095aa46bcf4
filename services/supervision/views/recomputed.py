"""The read model of deadlines that a new version of the calendar changed: each with before, after and why (CLK-01)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Date, Index, MetaData, Select, String, Table, Uuid, or_, select, union

from services.chassis.http.paging import PAGE, after, from_cursor, to_cursor
from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.supervision.domain.case_file import CaseFile


def tables(metadata: MetaData) -> None:
    """Define the table."""
    Table(
        "recomputed",
        metadata,
        Column("case_id", Uuid, primary_key=True),
        Column("calendar", String, primary_key=True),
        Column("key", String, primary_key=True),
        Column("previous", String),
        Column("clock", String),
        Column("title", String),
        Column("number", String),
        Column("item_name", String),
        Column("department", String),
        Column("officer", String),
        Column("before", Date),
        Column("after", Date),
        Column("reason", String),
        Column("recorded", Instant),
        Index("recomputed_by_time", "recorded", "case_id", "key"),
        info={"view": True},
    )


def of_file(database: Database, file: CaseFile) -> Iterable[Change]:
    """Give the rows of a case."""
    for event in file.recomputed:
        known = {"case_id": file.id, "number": file.picture.number, "item_name": file.picture.item.get("name")}
        by = {"calendar": event.calendar, "previous": event.previous, "department": event.department, "officer": event.officer}
        for one in event.changes:
            names = ("key", "clock", "title", "before", "after", "reason")
            values = {name: getattr(one, name) for name in names}
            yield Upsert(database.table("recomputed"), {**known, **by, **values, "recorded": event.timestamp})


def open_files(database: Database, since: date) -> Select[tuple[UUID]]:
    """Give the query for the files with a clock that runs or stands, or that ended with a due day on a day from one on."""
    cases, timers = database.table("cases").c, database.table("timers").c
    still_to_come = select(cases.id).where(or_(cases.due >= since, cases.statutory_due >= since))
    found = union(select(timers.subject).where(timers.kind == "look"), still_to_come).subquery()
    return select(found.c[0])


def listed(database: Database, departments: Sequence[str] = (), calendar: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give what was changed, newest first, and the cursor of the next page."""
    table = database.table("recomputed").c
    query = select(database.table("recomputed"))
    if departments:
        query = query.where(table.department.in_(departments))
    if calendar:
        query = query.where(table.calendar == calendar)
    order = (table.recorded, table.case_id, table.key)
    if cursor:
        query = query.where(after(order, from_cursor(cursor, datetime, UUID, str), descending=True))
    rows = rows_of(database, query.order_by(*(one.desc() for one in order)).limit(PAGE + 1))
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], to_cursor(last["recorded"], last["case_id"], last["key"]) if last else None
