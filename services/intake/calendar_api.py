"""Working-day calendars over HTTP: the days of a version, what a clock says, and the publication of a new version (CLK-01)."""

from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.auth import Anyone, allow
from services.chassis.clock import wire
from services.chassis.clock.calendars import CalendarData
from services.chassis.problems import Problem
from services.chassis.wiring import Now
from services.intake.api import TheIntake
from services.intake.wire import CalendarDay, CalendarIn, CalendarOut
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid
from services.kernel.calendar import OutsideCalendar, local_day

LONGEST = 400
"""How many days of the calendar are given at once."""
Publisher = Annotated[Actor, allow(Role.ADMINISTRATOR)]

router = APIRouter()


@router.post("/clock")
async def clock(request: Request, intake: TheIntake, _: Anyone) -> Response:
    """Answer what a clock says: the same document as `onewindow clock` takes and gives."""
    try:
        said = wire.answer(wire.question_of(await request.body()), intake.calendars)
    except wire.UNANSWERABLE as error:
        fact, why = wire.in_chinese(error, intake.calendars)
        raise Invalid("clock-question-wrong", f"{why}。", "CLK-02", {fact: why}) from error
    return Response(msgspec.json.encode(said), media_type="application/json")


@router.get("/calendar")
def calendar(intake: TheIntake, now: Now, _: Anyone, first: date | None = None, last: date | None = None, version: str = "") -> CalendarOut:
    """Give days of a calendar version, each with the reason why it is worked or not: this month of the newest one, where nothing else is said (CLK-01)."""
    begin = first or local_day(now).replace(day=1)
    end = last or begin + timedelta(days=30)
    if not begin <= end <= begin + timedelta(days=LONGEST):
        raise Invalid("days-wrong", f"起止日期有误：止不早于起，一次最多 {LONGEST} 天。", "CLK-01", {"last": "起止日期有误"})
    known = intake.calendars
    if version and version not in known.ids:
        raise Problem(404, "calendar-unknown", "没有这个日历版本", f"现有版本：{'、'.join(known.ids)}。")
    chosen = known.get(version) if version else known.newest
    days = []
    for number in range((end - begin).days + 1):
        day = begin + timedelta(days=number)
        try:
            reason, label = chosen.reason(day)
        except OutsideCalendar as error:
            raise Invalid("outside-calendar", f"日历 {chosen.id} 只到 {chosen.last}。", "CLK-01", {"last": "超出日历范围"}) from error
        days.append(CalendarDay(day=day, working=chosen.is_working(day), reason=reason, label=label, provisional=chosen.is_provisional(day)))
    return CalendarOut(id=chosen.id, versions=list(known.ids), known_through=chosen.known_through, days=days)


@router.post("/calendars", status_code=201)
def publish(body: CalendarIn, intake: TheIntake, now: Now, actor: Publisher) -> dict[str, Any]:
    """Publish a version of the calendar, such as `onewindow calendar build` writes; every open deadline is folded anew by it."""
    data = CalendarData(body.id, body.first, body.last, body.known_through, body.rest, body.moved)
    intake.publish_calendar(data, body.notice, actor, now)
    return {"id": data.id, "known_through": data.known_through}
