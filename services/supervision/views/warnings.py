"""The read model of lights and cards: one row for each, the lists of them, and what stands."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, Index, Integer, MetaData, String, Table, Uuid, case, func, or_, select

from services.chassis.http.paging import paged
from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.warnings import CardState, Level

CARDS = "CARD"
"""Stands for every level but that of lights where somebody asks for warnings."""
GRAVITY = {Level.RED: 0, Level.YELLOW: 1, Level.LIGHT: 2, Level.ANOMALY: 3}


def tables(metadata: MetaData) -> None:
    """Define the table."""
    Table(
        "warnings",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("case_id", Uuid, index=True),
        Column("number", String),
        Column("item", String),
        Column("item_name", String),
        Column("rule", String),
        Column("version", Integer),
        Column("level", String),
        Column("title", String),
        Column("clock", String),
        Column("statutory", Boolean),
        Column("department", String),
        Column("officer", String),
        Column("window", String),
        Column("due", Date),
        Column("day", Date),
        Column("rectify_by", Date),
        Column("raised", Instant),
        Column("state", String),
        Column("by_hand", Boolean),
        Column("detail", String),
        Column("rectified", Instant),
        Column("stands", Boolean),
        Column("reason", String),
        Index("warnings_by_raised", "raised", "id"),
        Index("warnings_by_rule", "rule", "raised", "id"),
        Index("warnings_by_number", "number", "raised", "id"),
        Index("warnings_standing", "stands", "level", "department"),
        info={"view": True},
    )


def of_file(database: Database, file: CaseFile) -> Iterable[Change]:
    """Give the rows of a case's or an item's lights and cards."""
    picture = file.picture
    for warning in file.warnings.values():
        finding = warning.finding
        values = {
            "id": warning.id,
            "case_id": file.id,
            "number": picture.number,
            "item": picture.item.get("code"),
            "item_name": picture.item.get("name"),
            "rule": finding.rule,
            "version": finding.version,
            "level": finding.level.value,
            "title": finding.title,
            "clock": finding.clock,
            "statutory": finding.statutory,
            "department": finding.department,
            "officer": finding.officer,
            "window": picture.window,
            "due": finding.due,
            "day": finding.day,
            "rectify_by": finding.rectify_by,
            "raised": warning.raised,
            "state": warning.state.value,
            "by_hand": finding.by_hand,
            "detail": finding.detail,
            "rectified": warning.rectified,
            "stands": warning.stands,
            "reason": warning.reason,
        }
        yield Upsert(database.table("warnings"), values)


def listed(
    database: Database,
    *,
    departments: Sequence[str] = (),
    department: str = "",
    level: str = "",
    rule: str = "",
    text: str = "",
    standing: bool = False,
    withdrawn: bool = True,
    until: date | None = None,
    sort: str = "",
    cursor: str = "",
) -> tuple[list[Row], str | None]:
    """Give lights and cards, newest first, and the cursor of the next page."""
    table = database.table("warnings").c
    query = select(database.table("warnings"))
    if departments:
        query = query.where(table.department.in_(departments))
    for column, value in ((table.department, department), (table.level, level if level != CARDS else ""), (table.rule, rule)):
        if value:
            query = query.where(column == value)
    if level == CARDS:
        query = query.where(table.level != Level.LIGHT.value)
    if text:
        query = query.where(or_(*(column.contains(text.strip(), autoescape=True) for column in (table.number, table.item_name, table.title))))
    if standing:
        query = query.where(table.stands)
    if not withdrawn:
        query = query.where(table.state != CardState.RETRACTED.value)
    if until is not None:
        query = query.where(table.day <= until)
    orders = {"-raised": (table.raised, table.id), "rule": (table.rule, table.raised, table.id), "number": (table.number, table.raised, table.id)}
    return paged(database, query, orders, sort, cursor)


def one(database: Database, warning_id: UUID) -> Row | None:
    """Give one light or card."""
    table = database.table("warnings")
    return next(iter(rows_of(database, select(table).where(table.c.id == warning_id))), None)


def standing(database: Database) -> dict[str, int]:
    """Count the lights and cards that stand, by level."""
    table = database.table("warnings").c
    with database.reading.connect() as connection:
        counted = {row[0]: row[1] for row in connection.execute(select(table.level, func.count()).where(table.stands).group_by(table.level))}
    return {level.value: counted.get(level.value, 0) for level in GRAVITY}


def gravest(database: Database, most: int) -> list[Row]:
    """Give the lights and cards that stand: red before yellow, the newest of each first."""
    table = database.table("warnings").c
    gravity = case({level.value: number for level, number in GRAVITY.items()}, value=table.level)
    return rows_of(database, select(database.table("warnings")).where(table.stands).order_by(gravity, table.raised.desc(), table.id).limit(most))
