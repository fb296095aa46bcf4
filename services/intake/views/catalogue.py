"""The items as the public finds them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, MetaData, Select, String, Table, func, or_, select

from services.chassis.http.paging import paged
from services.chassis.storage.database import Change, Database, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.intake.domain.item import ItemRevision, revision_in_force
from services.intake.domain.service_item import ServiceItem
from services.kernel.calendar import start_of


def tables(metadata: MetaData) -> None:
    """Add the table of items, a row for each revision."""
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


def of_item(database: Database, item: ServiceItem) -> Iterable[Change]:
    """Give the rows of an item."""
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


def every_item(database: Database) -> list[tuple[str, str]]:
    """Give code and name of every item of the catalogue, also of those that are not offered any more."""
    table = database.table("items").c
    with database.reading.connect() as connection:
        rows = connection.execute(select(table.code, table.name).order_by(table.department, table.name, table.revision)).all()
    return list({code: (code, name) for code, name in rows}.values())


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
    return rows_of(database, query.order_by(func.coalesce(asked.c.number, 0).desc(), item.department, item.name).limit(6))


def _offered(database: Database, today: date) -> Select[Any]:
    table = database.table("items")
    other = table.alias()
    in_force = select(func.max(other.c.effective_from)).where(other.c.code == table.c.code, other.c.effective_from <= today).scalar_subquery()
    return select(table).where(table.c.effective_from == in_force, or_(table.c.last_day.is_(None), table.c.last_day >= today))


def current(item: ServiceItem, today: date) -> ItemRevision:
    """Give the revision that applies today, or the first where none does yet."""
    return revision_in_force(item.revisions, today) or item.revisions[0]
