"""The public hall: what is offered, the guide of each item, following by receipt, and the deadline calculator."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from services.chassis.auth import Anyone
from services.chassis.service import NotFound
from services.chassis.web.words import word
from services.chassis.wiring import Now, ThePages, TheParts
from services.intake import views
from services.intake.api import TheIntake
from services.intake.domain.item import ItemKind, Theme
from services.intake.pages.explaining import shown
from services.intake.pages.flow_chart import flow_chart_svg
from services.kernel.calendar import OutsideCalendar, local_day
from services.kernel.clock import ClockFacts, Extension, ImpossibleFacts, Stop, explain, reckon

router = APIRouter()


@router.get("/")
def hall(request: Request, intake: TheIntake, pages: ThePages, now: Now, _: Anyone) -> Response:
    """Show the hall."""
    today = local_day(now)
    return pages.render(request, "hall.html", popular=views.popular(intake.database, today), counts=views.counts(intake.database, today))


@router.get("/items")
def items(
    request: Request,
    intake: TheIntake,
    pages: ThePages,
    parts: TheParts,
    now: Now,
    _: Anyone,
    theme: str = "",
    department: str = "",
    kind: str = "",
    text: Annotated[str, Query(max_length=60)] = "",
    cursor: str = "",
) -> Response:
    """List the items on offer."""
    rows, following = views.items(intake.database, local_day(now), theme, department, kind, text, cursor)
    choices = {
        "theme_pairs": [(one.value, word(one)) for one in Theme],
        "kind_pairs": [(one.value, word(one)) for one in ItemKind],
        "department_pairs": [(code, department.short_name) for code, department in parts.departments.items()],
    }
    chosen = {"theme": theme, "department": department, "kind": kind, "text": text}
    return pages.render(request, "items.html", rows=rows, following=following, choices=choices, chosen=chosen)


@router.get("/items/{code}")
def guide(request: Request, code: str, intake: TheIntake, pages: ThePages, parts: TheParts, now: Now, _: Anyone) -> Response:
    """Show the guide of an item, complete (CAT-02)."""
    today = local_day(now)
    offered = intake.item(code)
    item = views.current(offered, today)
    coming = next((revision for revision in offered.revisions if revision.effective_from > today), None)

    def department(name: str) -> str:
        return parts.departments[name].short_name if name in parts.departments else name

    chart = flow_chart_svg(item.process, department, acceptance_limit=item.acceptance_limit, result=item.result.name)
    is_over = offered.last_day is not None and offered.last_day < today
    context: dict[str, Any] = {"item": item, "coming": coming, "last_day": offered.last_day, "is_over": is_over}
    return pages.render(request, "guide.html", **context, chart=Markup(chart))  # noqa: S704 - drawn and escaped by us


@router.get("/follow")
def follow_page(request: Request, pages: ThePages, _: Anyone) -> Response:
    """Ask for the receipt's number and secret."""
    return pages.render(request, "follow.html", values={}, errors={})


@router.post("/follow")
def follow(
    request: Request,
    intake: TheIntake,
    pages: ThePages,
    now: Now,
    _: Anyone,
    number: Annotated[str, Form(max_length=60)] = "",
    secret: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Show how far an application is (APP-06)."""
    try:
        application = intake.followed(number, secret, now)
    except NotFound:
        errors = {"number": "没有找到：请核对接件凭证上的编号和查询码"}
        return pages.render(request, "follow.html", status=404, values={"number": number}, errors=errors)
    context = shown(intake, application, local_day(now), letters="") | {"own": False, "at_window": False, "by_receipt": True}
    return pages.render(request, "application.html", **context, errors={}, values={})


@router.get("/calculator")
def calculator(
    request: Request,
    intake: TheIntake,
    pages: ThePages,
    now: Now,
    _: Anyone,
    start: str = "",
    limit: str = "",
    stop_from: str = "",
    stop_to: str = "",
    extension_on: str = "",
    extension_days: str = "",
    decided: str = "",
    as_of: str = "",
) -> Response:
    """Answer when a limit ends and why, day by day; the address keeps the question, so that it can be passed on."""
    values = {"start": start, "limit": limit, "stop_from": stop_from, "stop_to": stop_to, "extension_on": extension_on}
    values |= {"extension_days": extension_days, "decided": decided, "as_of": as_of}
    errors: dict[str, str] = {}
    said: Any = None
    days: list[Any] = []
    if start or limit:
        try:
            facts = _facts(values, errors)
            if not errors and facts is not None:
                day = _day(as_of, "as_of", errors) or max(local_day(now), facts.start)
                said = reckon(facts, intake.calendar, day)
                days = list(explain(facts, intake.calendar, day))
        except (ImpossibleFacts, OutsideCalendar) as error:
            errors["start"] = f"这些事实不能同时成立：{error}"
    asked = values if start or limit else {"start": local_day(now).isoformat(), "limit": "5"}
    return pages.render(request, "calculator.html", status=422 if errors else 200, values=asked, errors=errors, said=said, days=days)


def _facts(values: dict[str, str], errors: dict[str, str]) -> ClockFacts | None:
    start = _day(values["start"], "start", errors)
    if start is None:
        errors.setdefault("start", "请填写起算日")
    limit = _number(values["limit"], "limit", errors)
    begin, end = _day(values["stop_from"], "stop_from", errors), _day(values["stop_to"], "stop_to", errors)
    on, days = _day(values["extension_on"], "extension_on", errors), _number(values["extension_days"], "extension_days", errors)
    decided = _day(values["decided"], "decided", errors)
    if errors or start is None or limit is None:
        errors.setdefault("limit", "请填写时限") if limit is None else None
        return None
    stops = (Stop(begin, end, "暂停"),) if begin else ()
    extensions = (Extension(on, days),) if on and days else ()
    return ClockFacts(start, limit, stops, extensions, decided)


def _day(text: str, name: str, errors: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        errors[name] = "日期应写成 2026-03-02 的样子"
        return None


def _number(text: str, name: str, errors: dict[str, str]) -> int | None:
    if not text:
        return None
    if not text.isdigit() or int(text) > 1000:  # noqa: PLR2004 - four years of working days
        errors[name] = "请填写 0 到 1000 的整数"
        return None
    return int(text)
