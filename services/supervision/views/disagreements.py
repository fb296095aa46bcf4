"""The read model of disagreements between window and department (SUP-29)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Column, Index, MetaData, String, Table, Uuid, or_, select

from services.chassis.http.paging import PAGE, after, from_cursor, to_cursor
from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.supervision.domain.disagreement import Disagreement


def tables(metadata: MetaData) -> None:
    """Define the table."""
    Table(
        "disagreements",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("case_id", Uuid, index=True),
        Column("number", String),
        Column("item_name", String),
        Column("department", String),
        Column("other", String),
        Column("matter", String),
        Column("raised", Instant),
        Column("statement", String),
        Column("stated", Instant),
        Column("result", String),
        Column("agreed", Boolean),
        Column("settled", Instant),
        Index("disagreements_by_raised", "raised", "id"),
        info={"view": True},
    )


def project(database: Database, one: Disagreement) -> Iterable[Change]:
    """Give the row of a disagreement."""
    known = {"id": one.id, "case_id": one.case_id, "number": one.number, "item_name": one.item_name, "department": one.department, "other": one.other}
    said = {"matter": one.matter, "raised": one.created_on, "statement": one.statement, "stated": one.stated}
    yield Upsert(database.table("disagreements"), {**known, **said, "result": one.result, "agreed": one.agreed, "settled": one.settled})


def listed(database: Database, *, departments: Sequence[str] = (), waiting: bool = True, cursor: str = "") -> tuple[list[Row], str | None]:
    """Give disagreements in which some departments (all where none is named) are a side, the oldest first, and the cursor of the next page."""
    table = database.table("disagreements")
    query = select(table)
    if waiting:
        query = query.where(table.c.settled.is_(None))
    if departments:
        query = query.where(or_(table.c.department.in_(departments), table.c.other.in_(departments)))
    order = (table.c.raised, table.c.id)
    if cursor:
        query = query.where(after(order, from_cursor(cursor, datetime, UUID)))
    rows = rows_of(database, query.order_by(*order).limit(PAGE + 1))
    return (rows[:PAGE], to_cursor(rows[PAGE - 1]["raised"], rows[PAGE - 1]["id"])) if len(rows) > PAGE else (rows, None)


def of_cases(database: Database, cases: Collection[UUID]) -> dict[UUID, UUID]:
    """Give the ids of the disagreements about some cases, in the order in which they were raised, each with its case."""
    table = database.table("disagreements").c
    query = select(table.id, table.case_id).where(table.case_id.in_(cases)).order_by(table.raised, table.id)
    with database.reading.connect() as connection:
        return {row.id: row.case_id for row in connection.execute(query)}
