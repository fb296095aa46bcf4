"""The read model of cases: one wide row for each, the lists of them, and the lights over what is in hand."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, ColumnElement, Date, Index, Integer, MetaData, String, Table, Uuid, and_, bindparam, case, func, or_, select

from services.chassis.http.paging import paged
from services.chassis.storage.connections import Question
from services.chassis.storage.database import Change, Database, Upsert, is_among, several
from services.chassis.storage.rows import Row, first_id
from services.kernel.calendar import WorkingDayCalendar, local_day
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.clocks import ClockSeen
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Level
from services.supervision.views.warnings import GRAVITY

NEVER = date(9999, 12, 31)
IN_HAND = ("RECEIVED", "CORRECTION", "OPEN")
LIGHTS = ("GREEN", "YELLOW", "RED")
FLOW = ("received", "accepted", "finished")
COUNTED = (*FLOW, "waiting", *LIGHTS)
"""What is counted of a day: what came and went, what waits for acceptance, and what is in hand, by its light."""


def tables(metadata: MetaData) -> None:
    """Define the table."""
    Table(
        "cases",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("number", String),
        Column("item", String),
        Column("item_name", String),
        Column("department", String),
        Column("channel", String),
        Column("window", String),
        Column("state", String),
        Column("outcome", String),
        Column("deemed", Boolean),
        Column("stage", String),
        Column("stage_department", String),
        Column("stage_departments", String),
        Column("officer", String),
        Column("received_on", Date),
        Column("accepted_on", Date),
        Column("refused_on", Date),
        Column("withdrawn_on", Date),
        Column("decided_on", Date),
        Column("due", Date),
        Column("next_due", Date),
        Column("statutory_due", Date),
        Column("used", Integer),
        Column("left", Integer),
        Column("late", Boolean),
        Column("light", Boolean),
        Column("card", String),
        Index("cases_by_due", "next_due", "id"),
        Index("cases_by_number", "number", "id"),
        Index("cases_by_department", "department", "state", "next_due", "id"),
        Index("cases_by_received", "received_on", "department"),
        Index("cases_by_decided", "decided_on", "department"),
        info={"view": True},
    )


def of_file(database: Database, calendar: WorkingDayCalendar, file: CaseFile) -> Iterable[Change]:
    """Give the row of a case; an item of the catalogue, what was done offline, or a log has a file but is no case."""
    if file.picture.state not in {"ITEM", "OFFLINE", "LOG"}:
        yield Upsert(database.table("cases"), _row(file, file.picture, calendar))


def _row(file: CaseFile, picture: Picture, calendar: WorkingDayCalendar) -> Row:
    last = max((local_day(fact.happened) for fact in file.facts.values()), default=date(2000, 1, 1))
    promised, statutory = picture.clock("promised"), picture.clock("statutory")
    said = promised.said(calendar, last) if promised else None
    stages = [stage for stage in picture.stages if stage.ended is None]
    cards = {warning.finding.level for warning in file.warnings.values() if warning.stands}
    return {
        "id": file.id,
        "number": picture.number,
        "item": picture.item.get("code"),
        "item_name": picture.item.get("name"),
        "department": picture.department,
        "channel": picture.channel,
        "window": picture.window,
        "state": picture.state,
        "outcome": picture.outcome,
        "deemed": picture.deemed,
        "stage": "、".join(stage.name for stage in stages) if picture.state == "OPEN" else None,
        "stage_department": stages[0].department if stages else None,
        "stage_departments": several(stage.department for stage in picture.stages),
        "officer": picture.officer,
        "received_on": picture.received_on,
        "accepted_on": picture.clock_start if picture.accepted else None,
        "refused_on": local_day(picture.refused) if picture.refused else None,
        "withdrawn_on": picture.withdrawn_on,
        "decided_on": picture.decided_on,
        "due": said.due or NEVER if said else None,
        "next_due": said.due or NEVER if said else _acceptance_due(picture, calendar, last),
        "statutory_due": _due(statutory, calendar, last),
        "used": said.used if said else None,
        "left": said.left if said and picture.decided_on else None,
        "late": said.state.value == "DECIDED_LATE" if said and picture.decided_on else None,
        "light": Level.LIGHT in cards,
        "card": min((level for level in cards if level is not Level.LIGHT), key=GRAVITY.__getitem__, default=None),
    }


def _due(clock: ClockSeen | None, calendar: WorkingDayCalendar, last: date) -> date | None:
    return clock.said(calendar, last).due if clock else None


def _acceptance_due(picture: Picture, calendar: WorkingDayCalendar, last: date) -> date | None:
    """Give when the application is to be answered; while the applicant corrects it, nothing is due."""
    if picture.state == "CORRECTION":
        return NEVER
    clocks = [clock for clock in picture.clocks() if clock.name == "acceptance"]
    return clocks[-1].said(calendar, last).due if clocks else None


def listed(
    database: Database,
    *,
    departments: Sequence[str] = (),
    department: str = "",
    state: str = "",
    text: str = "",
    item: str = "",
    sort: str = "",
    cursor: str = "",
) -> tuple[list[Row], str | None]:
    """Give applications and cases, what is due first on top, and the cursor of the next page; `IN_HAND` stands for every state before the end."""
    table = database.table("cases").c
    query = select(database.table("cases")).where(table.next_due.is_not(None))
    if departments:
        query = query.where(handled_by(database, departments))
    if state == "IN_HAND":
        query = query.where(table.state.in_(IN_HAND))
    elif state:
        query = query.where(table.state == state)
    for column, value in ((table.department, department), (table.item, item)):
        if value:
            query = query.where(column == value)
    if text:
        pattern = f"%{text.replace('%', '').replace('_', '')}%"
        query = query.where(or_(table.number.like(pattern), table.item_name.like(pattern)))
    return paged(database, query, {"due": (table.next_due, table.id), "number": (table.number, table.id)}, sort, cursor)


def handled_by(database: Database, departments: Sequence[str]) -> ColumnElement[bool]:
    """Give the condition that one of some departments has the case, or the stage that is open."""
    table = database.table("cases").c
    return or_(table.department.in_(departments), table.stage_department.in_(departments))


def concerning(database: Database, subjects: Collection[UUID], department: str) -> set[UUID]:
    """Give those of some cases that are a department's, or that have or had a stage there: what was said of it is told also when the case has gone on."""
    table = database.table("cases").c
    query = select(table.id).where(table.id.in_(subjects))
    query = query.where(or_(table.department == department, is_among(table.stage_departments, department)))
    with database.reading.connect() as connection:
        return set(connection.execute(query).scalars())


def lights(database: Database, today: date) -> dict[str, int]:
    """Count what is in hand against its limit: RED past it, YELLOW with the light lit, else GREEN, also before acceptance."""
    table = database.table("cases").c
    light = _light(database, today)
    query = select(light, func.count()).where(table.state.in_(IN_HAND), table.department.is_not(None)).group_by(light)
    with database.reading.connect() as connection:
        return {**dict.fromkeys(LIGHTS, 0), **{row[0]: row[1] for row in connection.execute(query)}}


def _light(database: Database, today: Any) -> Any:  # noqa: ANN401 - SQL expressions
    table = database.table("cases").c
    return case((table.due < today, "RED"), (table.light, "YELLOW"), else_="GREEN")


def of_day(database: Database, by: str) -> Question:
    """Make the question that counts by department or window, as `COUNTED` says, what a `day` brought and what is in hand against its limit."""
    table = database.table("cases").c
    day = bindparam("day", type_=Date)
    is_in_hand = or_(*(table.state == state for state in IN_HAND))
    light = _light(database, day)
    days = {"received": table.received_on, "accepted": table.accepted_on, "finished": table.decided_on}
    conditions = {name: and_(on == day, table.received_on <= day) for name, on in days.items()}
    conditions |= {"waiting": and_(is_in_hand, table.state != "OPEN")} | {name: and_(is_in_hand, light == name) for name in LIGHTS}
    numbers = [func.sum(case((conditions[name], 1), else_=0)) for name in COUNTED]
    concerned = or_(is_in_hand, *(on == day for on in days.values()))
    return Question(database.reading, select(table[by], *numbers).where(table[by].is_not(None), concerned).group_by(table[by]))


def handling_departments(database: Database) -> list[str]:
    """Give the departments that handle cases, by all cases so far."""
    table = database.table("cases").c
    with database.reading.connect() as connection:
        return list(connection.execute(select(table.department).where(table.department.is_not(None)).distinct().order_by(table.department)).scalars())


def by_number(database: Database, number: str) -> UUID | None:
    """Give the case of a number."""
    table = database.table("cases").c
    return first_id(database, select(table.id).where(table.number == number))
