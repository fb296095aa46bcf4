"""The pages of supervision: lights and cards, applications and cases, and the whole history of each."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.calendar import local_day
from services.supervision import views
from services.supervision.api import CasesAsked, Reader, TheSupervision, WarningsAsked, reach, seen_by
from services.supervision.application import Supervision
from services.supervision.domain.picture import Picture
from services.supervision.pages.moments import AsOf, moment_asked
from services.supervision.pages.naming import namer
from services.supervision.rules import RULES

router = APIRouter()


@dataclass(frozen=True, slots=True)
class CasesShown(CasesAsked):
    """The page begins with what is in hand."""

    state: str = "IN_HAND"


@router.get("/cards")
def cards(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    parts: TheParts,
    actor: Reader,
    asked: Annotated[WarningsAsked, Depends()],
) -> Response:
    """List lights and cards, newest first."""
    rows, following = asked.listed(supervision, actor)
    values = {**asdict(asked), "until": asked.until or ""} | {name: str(getattr(asked, name)).lower() for name in ("standing", "withdrawn")}
    departments = [] if reach(actor) else [(one.code, one.short_name) for one in parts.departments.values()]
    context: dict[str, Any] = {"rows": rows, "following": following, "sort": asked.sort, "values": values, "departments": departments}
    return pages.render(request, "cards.html", **context, rules=sorted({one.code for one in RULES}), name=namer(request, "officer"))


@router.get("/cases")
def cases(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    parts: TheParts,
    actor: Reader,
    asked: Annotated[CasesShown, Depends()],
) -> Response:
    """List applications and cases, what is due first on top."""
    rows, following = asked.listed(supervision, actor)
    today = local_day(now)
    for row in rows:
        row["left_now"] = None if row["next_due"] == views.cases.NEVER else _left(supervision, row["next_due"], today)
    chosen = [] if reach(actor) else [(one.code, one.short_name) for one in parts.departments.values()]
    context: dict[str, Any] = {"rows": rows, "following": following, "sort": asked.sort, "values": asdict(asked), "departments": chosen}
    return pages.render(request, "cases.html", **context, name=namer(request, "officer"))


@router.get("/cases/{case_id}")
def case(
    request: Request,
    case_id: UUID,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: Reader,
    as_of: AsOf = "",
) -> Response:
    """Show the whole history of a case over all services, as it was known at any moment (AUD-01)."""
    moment = moment_asked(as_of)
    picture = seen_by(supervision, case_id, actor, moment)
    context: dict[str, Any] = {
        "case_id": case_id,
        "picture": picture,
        "history": supervision.history(case_id, moment),
        "clocks": _clocks(supervision, picture, local_day(moment or now)),
        "as_of": as_of,
        "moment": moment,
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
