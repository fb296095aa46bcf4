"""Publishing a year of the calendar from the State Council's notice: shown before it is published, for it is never changed (CLK-01)."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.clock.calendars import CalendarData
from services.chassis.wiring import Now, ThePages
from services.intake.api import TheIntake
from services.intake.application import Intake
from services.intake.calendar_api import Publisher
from services.intake.calendar_notices import check_new_version, version_of_year
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import WorkingDayCalendar, differing

router = APIRouter()
Values = dict[str, str]


async def _values(request: Request) -> Values:
    form = await request.form()
    return {name: value[:4000] for name, value in form.items() if isinstance(value, str) and name != "csrf_token"}


@router.get("/calendars")
def ask(request: Request, intake: TheIntake, pages: ThePages, _: Publisher, done: str = "") -> Response:
    """Show the versions and the form."""
    return _form(request, intake, pages, {"year": str(intake.calendar.known_through.year + 1)}, done=done)


@router.post("/calendars")
def publish(request: Request, intake: TheIntake, pages: ThePages, now: Now, actor: Publisher, values: Annotated[Values, Depends(_values)]) -> Response:
    """Show what the notice changes, and publish it where that was seen and confirmed."""
    try:
        data = _version(intake, values)
        if values.get("seen") != data.id:
            return _form(request, intake, pages, values, data=data)
        intake.publish_calendar(data, values.get("notice", ""), actor, now)
    except Refusal as refusal:
        errors = refusal.fields if isinstance(refusal, Invalid) else {"year": refusal.message}
        return _form(request, intake, pages, values, errors=errors)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/calendars?done={data.id}", 303)


def _version(intake: Intake, values: Values) -> CalendarData:
    year, newest = values.get("year", ""), intake.calendar
    if not year.isdigit() or not newest.known_through.year <= int(year) <= newest.last.year:
        raise Invalid("year-wrong", "请填写年份。", "CLK-01", {"year": f"请填写 {newest.known_through.year} 至 {newest.last.year} 之间的年份"})
    data = version_of_year(newest, intake.calendars, int(year), values.get("rest", ""), values.get("moved", ""))
    check_new_version(data, values.get("notice", ""), intake.calendars)
    return data


def _form(
    request: Request,
    intake: Intake,
    pages: ThePages,
    values: Values,
    *,
    errors: dict[str, str] | None = None,
    data: CalendarData | None = None,
    done: str = "",
) -> Response:
    published = {one.data.id: one for one in intake.published}
    versions = [(intake.calendars.get(one), published.get(one)) for one in reversed(intake.calendars.ids)]
    return pages.render(
        request,
        "calendars.html",
        status=422 if errors else 200,
        versions=versions,
        values=values,
        errors=errors or {},
        coming=data,
        changes=_changes(intake.calendar, data.calendar(), int(values["year"])) if data else [],
        done=done,
    )


def _changes(old: WorkingDayCalendar, new: WorkingDayCalendar, year: int) -> list[dict[str, Any]]:
    """Give the days from December before to January after the year that are worked by one version and not by the other."""
    days = differing(old, new, date(year - 1, 11, 30), date(year + 1, 1, 31))
    return [{"day": day, "before": _said(old, day), "after": _said(new, day)} for day in days]


def _said(calendar: WorkingDayCalendar, day: date) -> str:
    _, label = calendar.reason(day)
    return f"{'上班' if calendar.is_working(day) else '休息'}{f'（{label}）' if label else ''}"
