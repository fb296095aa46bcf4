"""The period and the moment that somebody asks for, as pages send them: local days, local time, and nothing where a field was left empty."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Query

from services.chassis.problems import Problem
from services.kernel.calendar import SHANGHAI

PERIOD = timedelta(days=30)
First = Annotated[str, Query(alias="from", max_length=10)]
Last = Annotated[str, Query(alias="to", max_length=10)]
AsOf = Annotated[str, Query(max_length=40)]


def period_asked(first: str, last: str, today: date) -> tuple[date, date]:
    """Give the period asked for, the last thirty days where none is."""
    try:
        end = date.fromisoformat(last) if last else today
        begin = date.fromisoformat(first) if first else end - PERIOD
    except ValueError as error:
        raise Problem(422, "period-wrong", "起止日期不正确", "日期应写成 2026-03-02 的样子。") from error
    if end < begin:
        raise Problem(422, "period-wrong", "起止日期不正确", "截止日期不能早于起始日期。")
    return begin, end


def moment_asked(text: str) -> datetime | None:
    """Give the moment asked for; the picker of a page knows local time only."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(422, "moment-wrong", "时间不正确", "时间应写成 2026-03-02T09:00 的样子。") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
