"""The deadline calculator for everybody: when a limit ends and why, day by day, by the same fold as everywhere (clock.md)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.chassis.auth import Anyone
from services.chassis.clock import wire
from services.chassis.wiring import Now, ThePages
from services.intake.api import TheIntake
from services.kernel.calendar import Calendars, OutsideCalendar, WorkingDayCalendar, local_day
from services.kernel.clock import ClockFacts, ExplainedDay, Extension, ImpossibleFacts, Reckoning, Stop, explain, reckon

router = APIRouter()
LONGEST = 1000
"""Working days: some four years."""
_DAYS = ("start", "stop_from", "stop_to", "extension_on", "decided", "as_of")
_FIELDS = {"stops": "stop_to", "extensions": "extension_on"}
"""Which field of the page is at fault for a fact of the clock; the others have the same name."""
_BELONG = {
    "stop_to": ("stop_from", "请填写哪一天开始暂停"),
    "extension_days": ("extension_on", "请填写哪一天批准延期"),
    "extension_on": ("extension_days", "请填写延几天"),
}
"""What says nothing alone: the field that must come with it."""


def _asked(
    start: str = "",
    limit: str = "",
    stop_from: str = "",
    stop_to: str = "",
    extension_on: str = "",
    extension_days: str = "",
    decided: str = "",
    as_of: str = "",
    calendar: str = "",
) -> dict[str, str]:
    values = {"start": start, "limit": limit, "stop_from": stop_from, "stop_to": stop_to, "extension_on": extension_on, "extension_days": extension_days}
    return {name: value.strip() for name, value in {**values, "decided": decided, "as_of": as_of, "calendar": calendar}.items()}


@router.get("/calculator")
def calculator(request: Request, intake: TheIntake, pages: ThePages, now: Now, _: Anyone, values: Annotated[dict[str, str], Depends(_asked)]) -> Response:
    """Answer when a limit ends and why, day by day; the address keeps the question, so that it can be passed on."""
    errors: dict[str, str] = {}
    said: Reckoning | None = None
    days: list[ExplainedDay] = []
    known = intake.calendars
    if values["start"] or values["limit"]:
        said, days, errors = _answered(values, known, local_day(now))
    else:
        values |= {"start": local_day(now).isoformat(), "limit": "5"}
    versions = [(name, name) for name in reversed(known.ids)]
    return pages.render(request, "calculator.html", status=422 if errors else 200, values=values, errors=errors, said=said, days=days, versions=versions)


def _answered(values: dict[str, str], calendars: Calendars, today: date) -> tuple[Reckoning | None, list[ExplainedDay], dict[str, str]]:
    """Give what the clock says and explains, or else what is wrong with each field."""
    errors: dict[str, str] = {}
    days = {name: _day(values[name], name, errors) for name in _DAYS}
    limit, extension = (_number(values[name], name, errors) for name in ("limit", "extension_days"))
    for name, (other, message) in _BELONG.items():
        if values[name] and not values[other]:
            errors[other] = message
    calendar = _calendar(values["calendar"], calendars, errors)
    start = days["start"]
    if start is None:
        errors.setdefault("start", "请填写起算日")
    if limit is None:
        errors.setdefault("limit", "请填写时限")
    if errors or start is None or limit is None or calendar is None:
        return None, [], errors
    try:
        facts = _facts(start, limit, days, extension)
        as_of = days["as_of"] or max(today, start)
        return reckon(facts, calendar, as_of), list(explain(facts, calendar, as_of)), {}
    except OutsideCalendar:
        outside = [name for name in _DAYS if (day := days[name]) is not None and not calendar.first <= day <= calendar.last] or ["limit"]
        return None, [], dict.fromkeys(outside, f"超出工作日历的范围：{calendar.first} 至 {calendar.last}")
    except ImpossibleFacts as error:
        fact, why = wire.in_chinese(error, calendars)
        return None, [], {_FIELDS.get(fact, fact): why}


def _facts(start: date, limit: int, days: dict[str, date | None], extension: int | None) -> ClockFacts:
    stops = (Stop(days["stop_from"], days["stop_to"], "暂停"),) if days["stop_from"] else ()
    extensions = (Extension(days["extension_on"], extension),) if days["extension_on"] and extension is not None else ()
    return ClockFacts(start, limit, stops, extensions, days["decided"])


def _calendar(name: str, calendars: Calendars, errors: dict[str, str]) -> WorkingDayCalendar | None:
    if name and name not in calendars.ids:
        errors["calendar"] = f"没有这个日历版本；现有版本：{'、'.join(calendars.ids)}"
        return None
    return calendars.get(name) if name else calendars.newest


def _day(text: str, name: str, errors: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        errors[name] = "日期应写成 2026-03-02 的样子"
        return None


def _number(text: str, name: str, errors: dict[str, str]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LONGEST)) or int(text) > LONGEST:
        errors[name] = f"请填写 0 到 {LONGEST} 的整数"
        return None
    return int(text)
