"""The cases, and the decisions that were made public."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import Column, Date, Index, Integer, MetaData, String, Table, Uuid, or_, select

from services.chassis.http.paging import paged
from services.chassis.storage.database import Change, Database, Upsert, is_among, several
from services.chassis.storage.rows import Row
from services.workflow.domain.case import Case


def tables(metadata: MetaData) -> None:
    """Define the cases and the publications."""
    Table(
        "cases",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("number", String, unique=True),
        Column("item", String),
        Column("department", String),
        Column("departments", String),
        Column("state", String),
        Column("outcome", String),
        Column("version", Integer),
        info={"view": True},
    )
    Table(
        "publications",
        metadata,
        Column("case_id", Uuid, primary_key=True),
        Column("number", String),
        Column("item_name", String),
        Column("department", String),
        Column("outcome", String),
        Column("decided_on", Date),
        Column("published_on", Date),
        Index("publications_by_day", "published_on", "case_id"),
        Index("publications_by_decision", "decided_on", "case_id"),
        Index("publications_by_number", "number", "case_id"),
        info={"view": True},
    )


def of_case(database: Database, case: Case) -> Iterable[Change]:
    """Give a case's row, and that of its publication."""
    values = {
        "id": case.id,
        "number": case.number,
        "item": case.item.code,
        "department": case.item.department,
        "departments": several(case.departments),
        "state": case.state.value,
        "outcome": case.outcome.value if case.outcome else None,
        "version": case.version,
    }
    yield Upsert(database.table("cases"), values)
    if case.published_on is not None and case.outcome is not None:
        public = {"case_id": case.id, "number": case.number, "item_name": case.item.name, "department": case.item.department}
        days = {"decided_on": case.decided_on, "published_on": case.published_on}
        yield Upsert(database.table("publications"), {**public, **days, "outcome": case.outcome.value})


def concerning(database: Database, subjects: Collection[UUID], department: str) -> set[UUID]:
    """Give those of some cases in which a department takes part: the one that decides, and those that it consults, from the beginning."""
    table = database.table("cases").c
    with database.reading.connect() as connection:
        return set(connection.execute(select(table.id).where(table.id.in_(subjects), is_among(table.departments, department))).scalars())


def published(database: Database, text: str = "", *, sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the decisions that were made public, newest first, and the cursor of the next page."""
    table = database.table("publications").c
    query = select(table.number, table.item_name, table.department, table.outcome, table.decided_on, table.published_on, table.case_id)
    if text:
        pattern = f"%{text.strip().replace('%', '').replace('_', '')}%"
        query = query.where(or_(table.number.like(pattern), table.item_name.like(pattern)))
    orders = {"-published": (table.published_on, table.case_id), "decided": (table.decided_on, table.case_id), "number": (table.number, table.case_id)}
    rows, following = paged(database, query, orders, sort, cursor)
    for row in rows:
        del row["case_id"]
    return rows, following
