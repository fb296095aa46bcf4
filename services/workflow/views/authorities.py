"""Who may sign the stages of which items, and whom a stage can be given to."""

from collections.abc import Iterable

from sqlalchemy import Boolean, Column, Index, MetaData, String, Table, Uuid, select

from services.chassis.http.paging import paged
from services.chassis.storage.database import Change, Database, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.workflow.domain.authority import EVERY_ITEM, Authority


def tables(metadata: MetaData) -> None:
    """Define the authorities."""
    Table(
        "authorities",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("officer", String, index=True),
        Column("officer_name", String),
        Column("department", String),
        Column("item", String),
        Column("role", String),
        Column("holds", Boolean),
        Index("authorities_in_order", "department", "officer_name", "item", "role", "id"),
        Index("authorities_by_officer", "officer_name", "item", "role", "id"),
        info={"view": True},
    )


def of_authority(database: Database, authority: Authority) -> Iterable[Change]:
    """Give an authority's row."""
    names = ("id", "officer", "officer_name", "department", "item", "role", "holds")
    yield Upsert(database.table("authorities"), {name: getattr(authority, name) for name in names})


def officers(database: Database, department: str, item: str, role: str) -> list[Row]:
    """Give the officers of a department who hold the authority for such stages of an item."""
    table = database.table("authorities").c
    query = select(table.officer, table.officer_name).where(table.holds, table.department == department, table.role == role, table.item.in_((item, EVERY_ITEM)))
    return rows_of(database, query.distinct().order_by(table.officer_name))


def holding(database: Database, department: str = "", sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the authorities that hold, by department and officer, and the cursor of the next page."""
    table = database.table("authorities")
    query = select(table).where(table.c.holds)
    if department:
        query = query.where(table.c.department == department)
    named = (table.c.officer_name, table.c.item, table.c.role, table.c.id)
    return paged(database, query, {"department": (table.c.department, *named), "officer": named}, sort, cursor)
