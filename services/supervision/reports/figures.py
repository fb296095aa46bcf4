"""Figures of any period, by department, item, window or officer, and the cases behind each of them (SUP-23)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select, union

from services.chassis.http.paging import PAGE, after, from_cursor, to_cursor
from services.chassis.storage.database import Database
from services.chassis.storage.rows import Row, rows_of
from services.supervision.domain.warnings import CardState, Level

_RAISED = ("lights", "cards")
OFFLINE = "offline"
"""What was approved offline and entered afterwards: a figure of departments in the bulletin."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in a period, for one department, item, window or officer. Rates are of the finished cases, None where there is none."""

    key: str
    received: int = 0
    accepted: int = 0
    deemed: int = 0
    refused: int = 0
    withdrawn: int = 0
    finished: int = 0
    granted: int = 0
    early: int = 0
    late: int = 0
    in_hand: int = 0
    overdue: int = 0
    lights: int = 0
    cards: int = 0

    @property
    def on_time_rate(self) -> float | None:
        """The share of finished cases that were decided in the promised limit."""
        return (self.finished - self.late) / self.finished if self.finished else None

    @property
    def early_rate(self) -> float | None:
        """The share of finished cases that were decided before the last day of the promised limit."""
        return self.early / self.finished if self.finished else None


GROUPS = ("department", "item", "window", "officer")


def counted(database: Database, first: date, last: date) -> dict[str, Any]:
    """Give the condition under which a case is counted, for each figure of a period; in hand is as of its last day."""
    table = database.table("cases").c

    def within(column: Any) -> Any:  # noqa: ANN401 - an SQL expression
        return and_(column >= first, column <= last)

    ended = func.coalesce(table.decided_on, table.withdrawn_on, table.refused_on)
    finished = within(table.decided_on)
    in_hand = and_(table.received_on <= last, or_(ended.is_(None), ended > last))
    return {
        "received": within(table.received_on),
        "accepted": within(table.accepted_on),
        "deemed": and_(within(table.accepted_on), table.deemed),
        "refused": within(table.refused_on),
        "withdrawn": within(table.withdrawn_on),
        "finished": finished,
        "granted": and_(finished, table.outcome == "GRANTED"),
        "early": and_(finished, table.left > 0, table.late.is_(False)),
        "late": and_(finished, table.late),
        "in_hand": in_hand,
        "overdue": and_(in_hand, table.due < last),
    }


def figures_of(database: Database, first: date, last: date, by: str, departments: Sequence[str] = ()) -> list[Figures]:
    """Give the figures of a period, from its first to its last day, in hand as of the end of it."""
    table = database.table("cases").c
    key = table[by]
    conditions = counted(database, first, last)
    numbers = [func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in conditions.values()]
    query = select(key, *numbers).where(key.is_not(None), table.received_on <= last)
    if departments:
        query = query.where(table.department.in_(departments))
    with database.reading.connect() as connection:
        found = {row[0]: dict(zip(conditions, row[1:], strict=True)) for row in connection.execute(query.group_by(key))}
    # A department, item or officer may have lights and cards without a case: of an item's file, or of what was approved offline.
    for of, numbers_of in _raised(database, first, last, by, departments).items():
        found.setdefault(of, {}).update(numbers_of)
    return [Figures(of, **counts) for of, counts in sorted(found.items()) if any(counts.values())]


def behind(
    database: Database, first: date, last: date, by: str, key: str, figure: str, departments: Sequence[str] = (), cursor: str = ""
) -> tuple[list[Row], str | None]:
    """Give the cases, lights and cards, or offline approvals that a figure counts, and the cursor of the next page; raise `KeyError` for an unknown figure."""
    if figure in _RAISED:
        table = database.table("warnings").c
        condition = and_(table.day >= first, table.day <= last, _raised_as(database)[figure])
        query = select(database.table("warnings"), table.case_id.label("case"), table.day.label("since"))
        order = (table.day, table.id)
    elif figure == OFFLINE:
        table = database.table("offline_approvals").c
        condition = and_(table.approved_on >= first, table.approved_on <= last)
        query = select(database.table("offline_approvals"), table.id.label("case"), table.approved_on.label("since"))
        order = (table.approved_on, table.id)
    else:
        table = database.table("cases").c
        condition = and_(table.received_on <= last, counted(database, first, last)[figure])
        query = select(database.table("cases"), table.id.label("case"), table.received_on.label("since"))
        order = (table.received_on, table.id)
    query = query.where(condition, table[by] == key)
    if departments:
        query = query.where(table.department.in_(departments))
    if cursor:
        query = query.where(after(order, from_cursor(cursor, date, UUID)))
    rows = rows_of(database, query.order_by(*order).limit(PAGE + 1))
    return rows[:PAGE], to_cursor(rows[PAGE - 1]["since"], rows[PAGE - 1]["id"]) if len(rows) > PAGE else None


def _raised_as(database: Database) -> dict[str, Any]:
    """Give the conditions of lights, and of yellow and red cards that were neither withdrawn nor exempted."""
    table = database.table("warnings").c
    is_light = table.level == Level.LIGHT.value
    is_void = table.state.in_((CardState.RETRACTED.value, CardState.EXEMPTED.value))
    return {"lights": is_light, "cards": and_(~is_light, table.level != Level.ANOMALY.value, ~is_void)}


def _raised(database: Database, first: date, last: date, by: str, departments: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count lights and cards of a period."""
    table = database.table("warnings").c
    conditions = _raised_as(database)
    numbers = [func.sum(case((conditions[name], 1), else_=0)) for name in _RAISED]
    query = select(table[by], *numbers).where(table.day >= first, table.day <= last, table[by].is_not(None))
    if departments:
        query = query.where(table.department.in_(departments))
    with database.reading.connect() as connection:
        return {row[0]: dict(zip(_RAISED, row[1:], strict=True)) for row in connection.execute(query.group_by(table[by]))}


def item_names(database: Database) -> dict[str, str]:
    """Give the name of each item of which there are cases, lights or cards; what is not in the catalogue has no code."""
    tables = [database.table(name).c for name in ("cases", "warnings")]
    query = union(*(select(table.item, table.item_name) for table in tables))
    with database.reading.connect() as connection:
        return {**{row[0]: row[1] for row in connection.execute(query)}, "": "目录以外的事项"}
