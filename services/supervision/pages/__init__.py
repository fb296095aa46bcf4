"""The pages of supervision: what happens now, figures, lights and cards, and the whole history of a case."""

import csv
import io
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.problems import Problem
from services.chassis.web.words import word
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.calendar import SHANGHAI, local_day
from services.kernel.clock import explain
from services.supervision import views
from services.supervision.api import Reader, Supervisor, TheSupervision, reach, seen_by
from services.supervision.application import Supervision
from services.supervision.domain.picture import Picture

router = APIRouter()
COLUMNS = ("received", "accepted", "deemed", "refused", "withdrawn", "finished", "granted", "early", "late", "in_hand", "overdue", "lights", "cards")
LABELS = {
    "received": "收件",
    "accepted": "受理",
    "deemed": "其中视为受理",
    "refused": "不予受理",
    "withdrawn": "撤回",
    "finished": "办结",
    "granted": "其中准予",
    "early": "提前办结",
    "late": "超期办结",
    "in_hand": "在办",
    "overdue": "在办超期",
    "lights": "黄灯",
    "cards": "红黄牌",
    "on_time_rate": "按期率",
    "early_rate": "提前率",
}


@router.get("/live")
def live(request: Request, supervision: TheSupervision, pages: ThePages, now: Now, _: Supervisor) -> Response:
    """Show what happens, as it happens (SUP-22)."""
    today = local_day(now)
    figures = views.figures(supervision.database, today, today, "department")
    totals = {name: sum(getattr(one, name) for one in figures) for name in ("received", "accepted", "finished", "in_hand", "overdue")}
    warnings, _next = views.warnings(supervision.database, standing=True)
    position = supervision.recorder.max_notification_id() or 0
    context: dict[str, Any] = {"figures": figures, "totals": totals, "warnings": warnings[:12], "position": position}
    return pages.render(request, "live.html", **context)


@router.get("/figures")
def figures(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: Reader,
    first: Annotated[str, Query(alias="from")] = "",
    last: Annotated[str, Query(alias="to")] = "",
    by: Annotated[str, Query(pattern="^(department|item|window|officer)$")] = "department",
) -> Response:
    """Show the figures of a period (SUP-23)."""
    begin, end = _period(first, last, local_day(now))
    found = views.figures(supervision.database, begin, end, by, reach(actor))
    chosen = {"from": begin.isoformat(), "to": end.isoformat(), "by": by}
    return pages.render(request, "figures.html", figures=found, chosen=chosen, columns=COLUMNS, labels=LABELS, name=_namer(request, by))


@router.get("/figures.csv")
def figures_csv(
    request: Request,
    supervision: TheSupervision,
    now: Now,
    actor: Reader,
    first: Annotated[str, Query(alias="from")] = "",
    last: Annotated[str, Query(alias="to")] = "",
    by: Annotated[str, Query(pattern="^(department|item|window|officer)$")] = "department",
) -> Response:
    """Give the figures as a file that spreadsheets open (UTF-8 with a mark)."""
    begin, end = _period(first, last, local_day(now))
    name = _namer(request, by)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["名称", *(LABELS[column] for column in COLUMNS), LABELS["on_time_rate"], LABELS["early_rate"]])
    for one in views.figures(supervision.database, begin, end, by, reach(actor)):
        rates = ["" if rate is None else f"{rate:.4f}" for rate in (one.on_time_rate, one.early_rate)]
        writer.writerow([name(one.key), *(getattr(one, column) for column in COLUMNS), *rates])
    headers = {"Content-Disposition": f'attachment; filename="figures-{begin}-{end}.csv"'}
    return Response(table.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/cards")
def cards(
    request: Request, supervision: TheSupervision, pages: ThePages, actor: Reader, level: str = "", cursor: str = "", *, standing: bool = False
) -> Response:
    """List lights and cards, newest first."""
    rows, following = views.warnings(supervision.database, departments=reach(actor), level=level, standing=standing, cursor=cursor)
    return pages.render(request, "cards.html", rows=rows, following=following, level=level, standing=standing, name=_namer(request, "officer"))


@router.get("/cases")
def cases(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: Reader,
    state: str = "",
    text: Annotated[str, Query(max_length=60)] = "",
    cursor: str = "",
) -> Response:
    """List cases, what is due first on top."""
    rows, following = views.cases(supervision.database, departments=reach(actor), state=state, text=text, cursor=cursor)
    today = local_day(now)
    for row in rows:
        row["left_now"] = None if row["due"] == views.NEVER else _left(supervision, row["due"], today)
    return pages.render(request, "cases.html", rows=rows, following=following, state=state, text=text, name=_namer(request, "officer"))


@router.get("/cases/{case_id}")
def case(
    request: Request,
    case_id: UUID,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: Reader,
    as_of: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Show the whole history of a case over all services, as it was known at any moment (AUD-01)."""
    moment = _moment(as_of)
    picture = seen_by(supervision, case_id, actor, moment)
    context: dict[str, Any] = {
        "case_id": case_id,
        "picture": picture,
        "history": supervision.history(case_id, moment),
        "clocks": _clocks(supervision, picture, local_day(moment or now)),
        "as_of": as_of,
        "name": _namer(request, "officer"),
    }
    return pages.render(request, "case.html", **context)


def _clocks(supervision: Supervision, picture: Picture, day: date) -> list[dict[str, Any]]:
    shown = []
    for clock in picture.clocks():
        as_of = max(day, clock.facts.start)
        days = list(explain(clock.facts, supervision.calendar, as_of))
        shown.append({"clock": clock, "facts": clock.facts, "said": clock.said(supervision.calendar, as_of), "days": days})
    return shown


def _left(supervision: Supervision, due: date, today: date) -> int:
    calendar = supervision.calendar
    return -calendar.count(due, today) if today > due else calendar.count(today, due)


def _period(first: str, last: str, today: date) -> tuple[date, date]:
    """Give the period asked for, the last thirty days where none is."""
    try:
        end = date.fromisoformat(last) if last else today
        begin = date.fromisoformat(first) if first else end - timedelta(days=30)
    except ValueError as error:
        raise Problem(422, "period-wrong", "起止日期不正确", "日期应写成 2026-03-02 的样子。") from error
    if end < begin:
        raise Problem(422, "period-wrong", "起止日期不正确", "截止日期不能早于起始日期。")
    return begin, end


def _moment(text: str) -> datetime | None:
    """Read the moment of a page's picker, which knows local time only."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(422, "moment-wrong", "时间不正确", "时间应写成 2026-03-02T09:00 的样子。") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _namer(request: Request, by: str) -> Any:  # noqa: ANN401 - a function for templates
    """Give the function that turns a key of figures, or an officer's reference, into what people read."""
    parts: TheParts = request.app.state.parts
    if by == "department":
        return lambda key: parts.departments[key].short_name if key in parts.departments else key
    if by == "item":
        return word
    return lambda key: parts.directory.name(key) if key else "—"
