"""The month that somebody asks for, like 2026-03."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Query

from services.chassis.problems import Problem
from services.kernel.calendar import local_day
from services.supervision.reports.bulletin import month_of

Month = Annotated[str, Query(max_length=10)]


def period_asked(text: str, now: datetime) -> tuple[date, date]:
    """Give the first and the last day of a month."""
    try:
        return month_of(text, local_day(now))
    except ValueError as error:
        raise Problem(422, "month-wrong", "月份不正确", "月份应写成 2026-03 的样子。") from error


def month_asked(text: str, now: datetime) -> date:
    """Give the first day of a month, of this one where none is named."""
    return period_asked(text, now)[0] if text else local_day(now).replace(day=1)
