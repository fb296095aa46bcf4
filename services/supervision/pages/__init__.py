"""The pages of supervision: what happens now, lights and cards, and the whole history of a case."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.problems import Problem
from services.chassis.wiring import Now, ThePages
from services.kernel.calendar import SHANGHAI, local_day
from services.supervision import views
from services.supervision.api import Reader, Supervisor, TheSupervision, reach, seen_by
from services.supervision.application import Supervision
from services.supervision.domain.picture import Picture
from services.supervision.figures import figures_of
from services.supervision.pages.naming import namer

router = APIRouter()


@router.get("/live")
def live(request: Request, supervision: TheSupervision, pages: ThePages, now: Now, _: Supervisor) -> Response:
    """Show what happens, as it happens (SUP-22)."""
    today = local_day(now)
    found = figures_of(supervision.database, today, today, "department")
    totals = {name: sum(getattr(one, name) for one in found) for name in ("received", "accepted", "finished", "in_hand", "overdue")}
    warnings, _next = views.warnings(supervision.database, standing=True)
    position = supervision.recorder.max_notification_id() or 0
    context: dict[str, Any] = {"figures": found, "totals": totals, "warnings": warnings[:12], "position": position}
    return pages.render(request, "live.html", **context)


@router.get("/cards")
def cards(
    request: Request, supervision: TheSupervision, pages: ThePages, actor: Reader, level: str = "", cursor: str = "", *, standing: bool = False
) -> Response:
    """List lights and cards, newest first."""
    rows, following = views.warnings(supervision.database, departments=reach(actor), level=level, standing=standing, cursor=cursor)
    return pages.render(request, "cards.html", rows=rows, following=following, level=level, standing=standing, name=namer(request, "officer"))


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
    return pages.render(request, "cases.html", rows=rows, following=following, state=state, text=text, name=namer(request, "officer"))


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
        "name": namer(request, "officer"),
    }
    return pages.render(request, "case.html", **context)


def _clocks(supervision: Supervision, picture: Picture, day: date) -> list[dict[str, Any]]:
    shown = []
    for clock in picture.clocks():
        days = clock.explained(supervision.calendar, day)
        shown.append({"clock": clock, "facts": clock.facts, "said": clock.said(supervision.calendar, day), "days": days})
    return shown


def _left(supervision: Supervision, due: date, today: date) -> int:
    calendar = supervision.calendar
    return -calendar.count(due, today) if today > due else calendar.count(today, due)


def _moment(text: str) -> datetime | None:
    """Read the moment of a page's picker, which knows local time only."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(422, "moment-wrong", "时间不正确", "时间应写成 2026-03-02T09:00 的样子。") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
