"""The read model of complaints: lists for supervisors, departments and complainants, and their analysis by department (SUP-24)."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, Index, Integer, MetaData, String, Table, Uuid, case, func, or_, select

from services.chassis.http.paging import PAGE, after, from_cursor, paged, to_cursor
from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row, first_id, rows_of
from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.case_file import CaseFile


def tables(metadata: MetaData) -> None:
    """Define the table."""
    Table(
        "complaints",
        metadata,
        Column("id", String, primary_key=True),
        Column("case_id", Uuid),
        Column("number", String),
        Column("item_name", String),
        Column("department", String),
        Column("officer", String),
        Column("channel", String),
        Column("complainant", String),
        Column("registered_on", Date),
        Column("due", Date),
        Column("answered", Instant),
        Column("late", Integer),
        Column("on_the_spot", Integer),
        Column("forwarded_to", String),
        Column("returned", Instant),
        Index("complaints_by_due", "due", "id"),
        Index("complaints_by_complainant", "complainant", "registered_on"),
        info={"view": True},
    )
    Table(
        "items",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("code", String, index=True),
        Column("name", String),
        info={"view": True},
    )


def of_file(database: Database, calendar: WorkingDayCalendar, file: CaseFile) -> Iterable[Change]:
    """Give the rows of a case's or an item's complaints, whose words stay in the file, and of the item that one may complain about."""
    picture = file.picture
    if picture.state == "ITEM":
        yield Upsert(database.table("items"), {"id": file.id, "code": picture.number, "name": picture.item["name"]})
    for one in file.complaints.values():
        clock = picture.clock(f"complaint:{one.id}")
        due = clock.said(calendar, one.registered_on).due if clock else None
        values = {"id": one.id, "case_id": file.id, "number": picture.number, "item_name": picture.item.get("name"), "channel": one.channel}
        who = {"department": one.department, "officer": one.officer, "complainant": one.complainant}
        breached = clock.breached(calendar, one.answered) if clock and one.answered else None
        late = {"due": due, "answered": one.answered, "late": int(breached is not None)}
        way = {"on_the_spot": int(one.on_the_spot), "forwarded_to": one.forwarded_to, "returned": one.returned}
        yield Upsert(database.table("complaints"), {**values, **who, **late, **way, "registered_on": one.registered_on})


def listed(database: Database, *, departments: Sequence[str] = (), waiting: bool = True, cursor: str = "") -> tuple[list[Row], str | None]:
    """Give complaints, what is due first on top, and the cursor of the next page."""
    table = database.table("complaints")
    query = select(table)
    if waiting:
        query = query.where(table.c.answered.is_(None))
    if departments:
        query = query.where(or_(table.c.department.in_(departments), table.c.forwarded_to.in_(departments)))
    order = (table.c.due, table.c.id)
    if cursor:
        query = query.where(after(order, from_cursor(cursor, date, str)))
    rows = rows_of(database, query.order_by(*order).limit(PAGE + 1))
    return (rows[:PAGE], to_cursor(rows[PAGE - 1]["due"], rows[PAGE - 1]["id"])) if len(rows) > PAGE else (rows, None)


def one(database: Database, complaint_id: str) -> Row | None:
    """Give one complaint."""
    table = database.table("complaints")
    return next(iter(rows_of(database, select(table).where(table.c.id == complaint_id))), None)


def of_complainant(database: Database, subject: str, cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the complaints that an account lodged in its own name, newest first, and the cursor of the next page."""
    table = database.table("complaints")
    return paged(database, select(table).where(table.c.complainant == subject), {"-registered": (table.c.registered_on, table.c.id)}, cursor=cursor)


def analysis(database: Database, first: date, last: date) -> list[Row]:
    """Count a period's complaints by department: all, settled on the spot, answered, answered late, and still open."""
    table = database.table("complaints").c

    def number(condition: Any) -> Any:  # noqa: ANN401 - an SQL expression
        return func.sum(case((condition, 1), else_=0))

    columns = (func.count().label("all"), number(table.answered.is_not(None)).label("answered"), func.sum(table.late).label("late"))
    on_the_spot = func.sum(table.on_the_spot).label("on_the_spot")
    query = select(table.department, *columns, on_the_spot).where(table.registered_on >= first, table.registered_on <= last).group_by(table.department)
    return [{**row, "open": row["all"] - row["answered"]} for row in rows_of(database, query.order_by(table.department))]


def item_by_code(database: Database, code: str) -> UUID | None:
    """Give the file of an item."""
    table = database.table("items").c
    return first_id(database, select(table.id).where(table.code == code))


def items(database: Database) -> list[tuple[str, str]]:
    """Give code and name of each item that was ever published."""
    table = database.table("items").c
    return [(row["code"], row["name"]) for row in rows_of(database, select(table.code, table.name).order_by(table.code))]
