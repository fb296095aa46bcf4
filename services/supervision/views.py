"""Supervision's read models: one wide row for each case, one for each light and card; lists by cursor."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate
from sqlalchemy import Boolean, Column, Date, Index, Integer, MetaData, Select, String, Table, Uuid, case, func, or_, select

from services.chassis.database import Change, Database, Instant, Upsert
from services.chassis.paging import paged
from services.chassis.timers import timer
from services.kernel.calendar import WorkingDayCalendar, local_day
from services.supervision import (
    complaint_views,
    disagreement_views,
    mutual_rating_views,
    pattern_views,
    recomputed_views,
    review_views,
    spot_views,
    verification_views,
)
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.clocks import ClockSeen
from services.supervision.domain.disagreement import Disagreement
from services.supervision.domain.follow_up import FollowUp
from services.supervision.domain.mutual_rating import MutualRating
from services.supervision.domain.picture import Picture
from services.supervision.domain.spot_check import SpotCheck
from services.supervision.domain.verification import Verification
from services.supervision.domain.warnings import CardState, Level
from services.supervision.rules import findings
from services.supervision.rules.unit import settled_from

Row = dict[str, Any]
_PROJECTIONS: dict[type[Aggregate], Callable[[Database, Any], Iterable[Change]]] = {
    FollowUp: review_views.of_follow_up,
    SpotCheck: spot_views.project,
    Verification: verification_views.of_list,
    Disagreement: disagreement_views.project,
    MutualRating: mutual_rating_views.project,
}
NEVER = date(9999, 12, 31)
_GRAVITY = {Level.RED: 0, Level.YELLOW: 1, Level.LIGHT: 2, Level.ANOMALY: 3}


def tables() -> MetaData:
    """Give supervision's tables."""
    metadata = MetaData()
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
    Table(
        "offline_approvals",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("department", String),
        Column("approved_on", Date, index=True),
        info={"view": True},
    )
    verification_views.tables(metadata)
    pattern_views.tables(metadata)
    spot_views.tables(metadata)
    complaint_views.tables(metadata)
    review_views.tables(metadata)
    recomputed_views.tables(metadata)
    disagreement_views.tables(metadata)
    mutual_rating_views.tables(metadata)
    return metadata


def project(database: Database, calendar: WorkingDayCalendar, aggregate: Aggregate) -> Iterable[Change]:
    """Give the rows of a case file, and the timer of its next look, as functions of what it holds alone."""
    if (projection := _PROJECTIONS.get(type(aggregate))) is not None:
        yield from projection(database, aggregate)
        return
    assert isinstance(aggregate, CaseFile)  # noqa: S101 - the only other aggregate
    yield from verification_views.of_file(database, aggregate)
    yield from pattern_views.of_file(database, calendar, aggregate)
    yield from complaint_views.of_file(database, calendar, aggregate)
    yield from review_views.of_file(database, aggregate)
    yield from recomputed_views.of_file(database, aggregate)
    picture = aggregate.picture
    for fact in aggregate.facts.values():
        if fact.name == "offline-approval-registered":
            values = {"id": aggregate.id, "department": fact.data["department"], "approved_on": date.fromisoformat(fact.data["approved_on"])}
            yield Upsert(database.table("offline_approvals"), values)
    # An item of the catalogue, or what was done offline, has a file but is no case.
    if picture.state not in {"ITEM", "OFFLINE"}:
        yield Upsert(database.table("cases"), _row(aggregate, picture, calendar))
    for warning in aggregate.warnings.values():
        finding = warning.finding
        values = {
            "id": warning.id,
            "case_id": aggregate.id,
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
    yield timer(database, "look", aggregate.id, _next_look(aggregate, picture, calendar))


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
        "card": min((level for level in cards if level is not Level.LIGHT), key=_GRAVITY.__getitem__, default=None),
    }


def _due(clock: ClockSeen | None, calendar: WorkingDayCalendar, last: date) -> date | None:
    return clock.said(calendar, last).due if clock else None


def _acceptance_due(picture: Picture, calendar: WorkingDayCalendar, last: date) -> date | None:
    """Give when the application is to be answered; while the applicant corrects it, nothing is due."""
    if picture.state == "CORRECTION":
        return NEVER
    clocks = [clock for clock in picture.clocks() if clock.name == "acceptance"]
    return clocks[-1].said(calendar, last).due if clocks else None


def _next_look(file: CaseFile, picture: Picture, calendar: WorkingDayCalendar) -> datetime | None:
    """Give when the rules are to be asked next: at once where something is to be raised, else when a clock by itself changes (CLK-05)."""
    now = file.modified_on
    for finding in findings(picture, calendar, now):
        warning = file.warnings.get(file.identity(finding))
        if warning is None:
            return finding.since
        if not warning.stands and finding.standing and (finding.level is Level.LIGHT or warning.state is CardState.RETRACTED):
            return max(finding.since, now)
        if warning.stands and finding.rectified is not None:
            return max(finding.rectified, now)
    looks = [look for clock in picture.clocks() for look in clock.looks(calendar, now)]
    looks += [settled for fact in picture.awaiting() if (settled := settled_from(fact, calendar)) > now]
    return min(looks, default=None)


# Lists


IN_HAND = ("RECEIVED", "CORRECTION", "OPEN")


def cases(
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
        query = query.where(or_(table.department.in_(departments), table.stage_department.in_(departments)))
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


def warnings(
    database: Database,
    *,
    departments: Sequence[str] = (),
    department: str = "",
    level: str = "",
    rule: str = "",
    text: str = "",
    standing: bool = False,
    sort: str = "",
    cursor: str = "",
) -> tuple[list[Row], str | None]:
    """Give lights and cards, newest first, and the cursor of the next page."""
    table = database.table("warnings").c
    query = select(database.table("warnings"))
    if departments:
        query = query.where(table.department.in_(departments))
    for column, value in ((table.department, department), (table.level, level), (table.rule, rule)):
        if value:
            query = query.where(column == value)
    if text:
        query = query.where(or_(*(column.contains(text.strip(), autoescape=True) for column in (table.number, table.item_name, table.title))))
    if standing:
        query = query.where(table.stands)
    orders = {"-raised": (table.raised, table.id), "rule": (table.rule, table.raised, table.id), "number": (table.number, table.raised, table.id)}
    return paged(database, query, orders, sort, cursor)


def warning(database: Database, warning_id: UUID) -> Row | None:  # the parameter's name is the caller's word
    """Give one light or card."""
    table = database.table("warnings")
    return next(iter(_rows(database, select(table).where(table.c.id == warning_id))), None)


LIGHTS = ("GREEN", "YELLOW", "RED")


def lights(database: Database, today: date, by: str = "department") -> dict[str, dict[str, int]]:
    """Count what is in hand against its limit, by department or window: RED past it, YELLOW with the light lit, else GREEN, also before acceptance."""
    table = database.table("cases").c
    light = case((table.due < today, "RED"), (table.light, "YELLOW"), else_="GREEN")
    query = select(table[by], light, func.count(), func.sum(case((table.state != "OPEN", 1), else_=0)))
    query = query.where(table.state.in_(IN_HAND), table[by].is_not(None)).group_by(table[by], light)
    counted: dict[str, dict[str, int]] = {}
    with database.engine.connect() as connection:
        for key, name, number, waiting in connection.execute(query):
            found = counted.setdefault(key, {**dict.fromkeys(LIGHTS, 0), "waiting": 0})
            found[name] = number
            found["waiting"] += waiting
    return counted


def standing(database: Database) -> dict[str, int]:
    """Count the lights and cards that stand, by level."""
    table = database.table("warnings").c
    with database.engine.connect() as connection:
        counted = {row[0]: row[1] for row in connection.execute(select(table.level, func.count()).where(table.stands).group_by(table.level))}
    return {level.value: counted.get(level.value, 0) for level in _GRAVITY}


def gravest(database: Database, most: int) -> list[Row]:
    """Give the lights and cards that stand: red before yellow, the newest of each first."""
    table = database.table("warnings").c
    gravity = case({level.value: number for level, number in _GRAVITY.items()}, value=table.level)
    return _rows(database, select(database.table("warnings")).where(table.stands).order_by(gravity, table.raised.desc(), table.id).limit(most))


def handling_departments(database: Database) -> list[str]:
    """Give the departments that handle cases, by all cases so far."""
    table = database.table("cases").c
    with database.engine.connect() as connection:
        return list(connection.execute(select(table.department).where(table.department.is_not(None)).distinct().order_by(table.department)).scalars())


def _rows(database: Database, query: Select[Any]) -> list[Row]:
    with database.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
