"""The desk: every open stage, what is due first on top.

The due days of a row are there to sort by; a row carries the facts of its clocks, and whoever shows it folds them again by the one function.
"""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import Column, ColumnElement, Date, Index, MetaData, Select, String, Table, Uuid, and_, func, or_, select

from services.chassis.http.paging import paged
from services.chassis.storage.database import Change, Database, Delete, Document, Upsert
from services.chassis.storage.rows import Row
from services.kernel.actor import Actor, Role
from services.kernel.calendar import WorkingDayCalendar
from services.kernel.clock import ClockFacts, Reckoning, reckon
from services.workflow.domain.authority import SIGNING
from services.workflow.domain.case import Case

NEVER = date(9999, 12, 31)
"""Sorts what stands still behind everything that is due."""


def tables(metadata: MetaData) -> None:
    """Define the open stages."""
    Table(
        "desk",
        metadata,
        Column("case_id", Uuid, primary_key=True),
        Column("stage", String, primary_key=True),
        Column("stage_name", String),
        Column("number", String),
        Column("item", String),
        Column("item_name", String),
        Column("department", String),
        Column("role", String),
        Column("officer", String),
        Column("officer_name", String),
        Column("stage_due", Date),
        Column("due", Date),
        Column("entered_on", Date),
        Column("stage_clock", Document),
        Column("promised_clock", Document),
        Index("desk_by_role", "role", "department", "due", "case_id", "stage"),
        Index("desk_by_department", "department", "due", "case_id", "stage"),
        Index("desk_by_officer", "officer", "due", "case_id", "stage"),
        info={"view": True},
    )


def of_case(database: Database, calendar: WorkingDayCalendar, case: Case) -> Iterable[Change]:
    """Give the row of each stage that is open."""
    desk = database.table("desk")
    for stage in case.item.process.stages:
        held = case.open.get(stage.code)
        if held is None:
            yield Delete(desk, (case.id, stage.code))
            continue
        stage_clock, promised_clock = case.stage_clock(stage.code), case.promised_clock()
        values = {
            "case_id": case.id,
            "stage": stage.code,
            "stage_name": stage.name,
            "number": case.number,
            "item": case.item.code,
            "item_name": case.item.name,
            "department": stage.department,
            "role": stage.role.value,
            "officer": held.officer,
            "officer_name": held.officer_name,
            "stage_due": _due(stage_clock, calendar),
            "due": _due(promised_clock, calendar),
            "entered_on": held.entered_on,
            "stage_clock": msgspec.to_builtins(stage_clock),
            "promised_clock": msgspec.to_builtins(promised_clock),
        }
        yield Upsert(desk, values)


def _due(facts: ClockFacts, calendar: WorkingDayCalendar) -> date:
    """Give the due day with all facts so far, to sort by; pages fold again for what they show."""
    last = max([facts.start, *(stop.begin for stop in facts.stops), *(stop.end for stop in facts.stops if stop.end), *(one.on for one in facts.extensions)])
    return reckon(facts, calendar, last).due or NEVER


def in_hand(database: Database, since: date) -> Select[tuple[UUID]]:
    """Give the query for the cases with a stage that is due on a day from one on, or stands."""
    table = database.table("desk").c
    return select(table.case_id).where(or_(table.due >= since, table.stage_due >= since)).distinct()


def waiting(
    database: Database,
    actor: Actor,
    *,
    whole: bool = False,
    item: str = "",
    role: str = "",
    mine: bool = False,
    text: str = "",
    sort: str = "",
    cursor: str = "",
) -> tuple[list[Row], str | None]:
    """Give the open stages that an officer may sign by role and department, and the cursor of the next page.

    `whole` gives heads and leaders every open stage of their department.
    """
    table = database.table("desk").c
    query = select(database.table("desk")).where(_reach(database, actor, whole=whole))
    if item:
        query = query.where(table.item == item)
    if role:
        query = query.where(table.role == role)
    if mine:
        query = query.where(table.officer == actor.subject)
    if text:
        pattern = f"%{text.strip().replace('%', '').replace('_', '')}%"
        query = query.where(or_(table.number.like(pattern), table.item_name.like(pattern)))
    last = (table.case_id, table.stage)
    orders = {"due": (table.due, *last), "stage": (table.stage_due, *last), "entered": (table.entered_on, *last), "number": (table.number, *last)}
    return paged(database, query, orders, sort, cursor)


def _reach(database: Database, actor: Actor, *, whole: bool) -> ColumnElement[bool]:
    table = database.table("desk").c
    if whole and actor.has(Role.SECTION_HEAD, Role.LEADER):
        return table.department == actor.department
    roles = [role.value for role in SIGNING if role in actor.roles and role is not Role.WINDOW_CLERK]
    reach = and_(table.role.in_(roles), table.department == actor.department)
    return or_(reach, table.role == Role.WINDOW_CLERK.value) if actor.has(Role.WINDOW_CLERK) else reach


def clocks(row: Row, calendar: WorkingDayCalendar, today: date) -> tuple[Reckoning, Reckoning]:
    """Fold the clocks of a row of the desk as of a day: the stage's, and the case's against the promised limit."""
    stage, promised = (msgspec.convert(row[name], ClockFacts) for name in ("stage_clock", "promised_clock"))
    return reckon(stage, calendar, max(today, stage.start)), reckon(promised, calendar, max(today, promised.start))


def figures(database: Database, actor: Actor, calendar: WorkingDayCalendar, today: date, *, whole: bool = False) -> dict[str, int]:
    """Count what waits on a desk: `all`, past the promised due day (`breached`), with at most one working day left (`soon`), and standing."""
    due = database.table("desk").c.due
    counted = (
        func.count(),
        func.count().filter(due < today),
        func.count().filter(due >= today, due <= calendar.add(today, 1)),
        func.count().filter(due == NEVER),
    )
    with database.reading.connect() as connection:
        found = connection.execute(select(*counted).where(_reach(database, actor, whole=whole))).one()
    return dict(zip(("all", "breached", "soon", "standing"), found, strict=True))


def items(database: Database, actor: Actor, *, whole: bool = False) -> list[tuple[str, str]]:
    """Give the items, code and name, of which stages wait on a desk."""
    table = database.table("desk").c
    query = select(table.item, table.item_name).where(_reach(database, actor, whole=whole)).distinct().order_by(table.item_name)
    with database.reading.connect() as connection:
        return [(code, name) for code, name in connection.execute(query)]
