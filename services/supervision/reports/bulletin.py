"""The monthly bulletin (O 四(五)): entry rate, volumes, early and on-time rates, satisfaction, accuracy and score, by department."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select

from services.chassis.storage.database import Database
from services.supervision import views
from services.supervision.domain.appraisal import VOID, scheme_on, scores
from services.supervision.reports.appraisal import marks, reviewed, schemes
from services.supervision.reports.figures import Figures, figures_of

DATA_RULES = ("SUP-Y10", "SUP-R08")
"""A card under one of these says that what is recorded of a case is late, wrong or altered."""


@dataclass(frozen=True, slots=True)
class Line:
    """One department's month; a rate is None where there is nothing to rate.

    `entry_rate`: of all approvals, those received in the system and not entered afterwards. `accuracy`: of the cases in hand in the month, those without a
    card for wrong, late or altered data. `satisfaction`: of all marks, those of four or five.
    """

    department: str
    received: int
    finished: int
    in_hand: int
    late: int
    offline: int
    entry_rate: float | None
    on_time_rate: float | None
    early_rate: float | None
    satisfaction: float | None
    accuracy: float | None
    lights: int
    cards: int
    score: int


def month_of(text: str, today: date) -> tuple[date, date]:
    """Give the first and the last day of a month written as `2026-03`, of the last whole month where none is; raise `ValueError`."""
    if text:
        first = date.fromisoformat(f"{text}-01")
    else:
        first = today.replace(year=today.year - 1, month=12, day=1) if today.month == 1 else today.replace(month=today.month - 1, day=1)
    return first, last_day_of(first)


def last_day_of(month: date) -> date:
    """Give the last day of a month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def bulletin(database: Database, first: date, last: date) -> list[Line]:
    """Give the lines of a month, in the order of the scores."""
    counted = {one.key: one for one in figures_of(database, first, last, "department")}
    offline = _offline(database, first, last)
    marked = {row["department"]: row["share"] for row in views.reviews.satisfaction(database, first, last)}
    handled, wrong = _handled(database, first, last), _wrong(database, first, last)
    keys = sorted({*counted, *offline, *marked})
    scored = {
        one.key: one.total
        for one in scores(scheme_on(schemes(), last), keys, marks(database, first, last), "department", reviewed(database, first, last, "department"))
    }
    lines = []
    for key in sorted({*keys, *scored}):
        one = counted.get(key, Figures(key))
        entered = one.received + offline.get(key, 0)
        lines.append(
            Line(
                department=key,
                received=one.received,
                finished=one.finished,
                in_hand=one.in_hand,
                late=one.late,
                offline=offline.get(key, 0),
                entry_rate=one.received / entered if entered else None,
                on_time_rate=one.on_time_rate,
                early_rate=one.early_rate,
                satisfaction=marked.get(key),
                accuracy=1 - wrong.get(key, 0) / handled[key] if handled.get(key) else None,
                lights=one.lights,
                cards=one.cards,
                score=scored[key],
            )
        )
    return sorted(lines, key=lambda line: (-line.score, line.department))


def _offline(database: Database, first: date, last: date) -> Mapping[str, int]:
    table = database.table("offline_approvals").c
    return _counted(database, select(table.department, func.count()).where(table.approved_on >= first, table.approved_on <= last).group_by(table.department))


def _handled(database: Database, first: date, last: date) -> Mapping[str, int]:
    table = database.table("cases").c
    ended = func.coalesce(table.decided_on, table.withdrawn_on, table.refused_on)
    in_month = and_(table.received_on <= last, or_(ended.is_(None), ended >= first))
    return _counted(database, select(table.department, func.count()).where(in_month).group_by(table.department))


def _wrong(database: Database, first: date, last: date) -> Mapping[str, int]:
    table = database.table("warnings").c
    of_month = and_(table.day >= first, table.day <= last, table.rule.in_(DATA_RULES), table.state.not_in(VOID))
    return _counted(database, select(table.department, func.count(table.case_id.distinct())).where(of_month).group_by(table.department))


def _counted(database: Database, query: Any) -> dict[str, int]:  # noqa: ANN401 - an SQL query
    with database.reading.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}
