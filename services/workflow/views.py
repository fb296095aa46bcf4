"""Workflow's read models: the desk with every open stage, what is due first on top; the cases; the authorities.

The due days of a row are there to sort by; a row carries the facts of its clocks, and whoever shows it folds them again by the one function.
"""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import msgspec
from eventsourcing.domain import Aggregate
from sqlalchemy import Boolean, Column, ColumnElement, Date, Index, Integer, MetaData, Select, String, Table, Uuid, and_, func, or_, select

from services.chassis.database import Change, Database, Delete, Document, Upsert
from services.chassis.paging import paged
from services.chassis.rows import Row, rows_of
from services.kernel.actor import Actor, Role
from services.kernel.calendar import WorkingDayCalendar
from services.kernel.clock import ClockFacts, Reckoning, reckon
from services.workflow.domain.authority import EVERY_ITEM, Authority
from services.workflow.domain.case import Case

NEVER = date(9999, 12, 31)
"""Sorts what stands still behind everything that is due."""
_SIGNING = (Role.WINDOW_CLERK, Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)


def tables() -> MetaData:
    """Give workflow's tables."""
    metadata = MetaData()
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
    Table(
        "cases",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("number", String, unique=True),
        Column("item", String),
        Column("department", String),
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
    return metadata


def project(database: Database, calendar: WorkingDayCalendar, aggregate: Aggregate) -> Iterable[Change]:
    """Give an aggregate's rows as they now are."""
    match aggregate:
        case Case():
            yield from _case(database, calendar, aggregate)
        case Authority():
            names = ("id", "officer", "officer_name", "department", "item", "role", "holds")
            yield Upsert(database.table("authorities"), {name: getattr(aggregate, name) for name in names})


def _case(database: Database, calendar: WorkingDayCalendar, case: Case) -> Iterable[Change]:
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
    values = {
        "id": case.id,
        "number": case.number,
        "item": case.item.code,
        "department": case.item.department,
        "state": case.state.value,
        "outcome": case.outcome.value if case.outcome else None,
        "version": case.version,
    }
    yield Upsert(database.table("cases"), values)
    if case.published_on is not None and case.outcome is not None:
        public = {"case_id": case.id, "number": case.number, "item_name": case.item.name, "department": case.item.department}
        days = {"decided_on": case.decided_on, "published_on": case.published_on}
        yield Upsert(database.table("publications"), {**public, **days, "outcome": case.outcome.value})


def _due(facts: ClockFacts, calendar: WorkingDayCalendar) -> date:
    """Give the due day with all facts so far, to sort by; pages fold again for what they show."""
    last = max([facts.start, *(stop.begin for stop in facts.stops), *(stop.end for stop in facts.stops if stop.end), *(one.on for one in facts.extensions)])
    return reckon(facts, calendar, last).due or NEVER


def in_hand(database: Database, since: date) -> Select[tuple[UUID]]:
    """Give the query for the cases with a stage that is due on a day from one on, or stands."""
    table = database.table("desk").c
    return select(table.case_id).where(or_(table.due >= since, table.stage_due >= since)).distinct()


def desk(
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
    roles = [role.value for role in _SIGNING if role in actor.roles and role is not Role.WINDOW_CLERK]
    reach = and_(table.role.in_(roles), table.department == actor.department)
    return or_(reach, table.role == Role.WINDOW_CLERK.value) if actor.has(Role.WINDOW_CLERK) else reach


def clocks(row: Row, calendar: WorkingDayCalendar, today: date) -> tuple[Reckoning, Reckoning]:
    """Fold the clocks of a row of the desk as of a day: the stage's, and the case's against the promised limit."""
    stage, promised = (msgspec.convert(row[name], ClockFacts) for name in ("stage_clock", "promised_clock"))
    return reckon(stage, calendar, max(today, stage.start)), reckon(promised, calendar, max(today, promised.start))


def desk_figures(database: Database, actor: Actor, calendar: WorkingDayCalendar, today: date, *, whole: bool = False) -> dict[str, int]:
    """Count what waits on a desk: `all`, past the promised due day (`breached`), with at most one working day left (`soon`), and standing."""
    due = database.table("desk").c.due
    figures = (
        func.count(),
        func.count().filter(due < today),
        func.count().filter(due >= today, due <= calendar.add(today, 1)),
        func.count().filter(due == NEVER),
    )
    with database.reading.connect() as connection:
        found = connection.execute(select(*figures).where(_reach(database, actor, whole=whole))).one()
    return dict(zip(("all", "breached", "soon", "standing"), found, strict=True))


def items_of(database: Database, actor: Actor, *, whole: bool = False) -> list[tuple[str, str]]:
    """Give the items, code and name, of which stages wait on a desk."""
    table = database.table("desk").c
    query = select(table.item, table.item_name).where(_reach(database, actor, whole=whole)).distinct().order_by(table.item_name)
    with database.reading.connect() as connection:
        return [(code, name) for code, name in connection.execute(query)]


def officers(database: Database, department: str, item: str, role: str) -> list[Row]:
    """Give the officers of a department who hold the authority for such stages of an item."""
    table = database.table("authorities").c
    query = select(table.officer, table.officer_name).where(table.holds, table.department == department, table.role == role, table.item.in_((item, EVERY_ITEM)))
    return rows_of(database, query.distinct().order_by(table.officer_name))


def authorities(database: Database, department: str = "", sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the authorities that hold, by department and officer, and the cursor of the next page."""
    table = database.table("authorities")
    query = select(table).where(table.c.holds)
    if department:
        query = query.where(table.c.department == department)
    named = (table.c.officer_name, table.c.item, table.c.role, table.c.id)
    return paged(database, query, {"department": (table.c.department, *named), "officer": named}, sort, cursor)


def published(database: Database, text: str = "", sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
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
