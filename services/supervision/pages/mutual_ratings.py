"""互评, over HTTP and as a page: departments and the service centre rate each other's links of the chain by the month (SUP-29)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.auth import allow
from services.chassis.departments import service_centre
from services.chassis.parts import Parts
from services.chassis.service import NotFound
from services.chassis.web.words import word
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day
from services.supervision import views
from services.supervision.api import SUPERVISING, Reader, TheSupervision, reach
from services.supervision.application import Supervision
from services.supervision.domain.mutual_rating import LINKS_OF_CENTRE, LINKS_OF_DEPARTMENT, RATERS, Link, rateable
from services.supervision.pages.months import Month, month_asked

router = APIRouter()
documents = APIRouter()
Rater = Annotated[Actor, allow(*RATERS)]
LEVELS = [(str(level), f"{level} {word(f'LEVEL_{level}')}") for level in range(5, 0, -1)]


class RatingIn(BaseModel):
    """What one side thinks of each link of the other in a month; `month` is like 2026-03."""

    model_config = ConfigDict(extra="forbid")
    month: str = Field(max_length=10)
    rated: str = Field(max_length=60)
    marks: dict[Link, int]
    reason: str = Field("", max_length=2000)


class AnswerIn(BaseModel):
    """What is done about a low mark."""

    model_config = ConfigDict(extra="forbid")
    answer: str = Field(max_length=2000)


@documents.get("/mutual-ratings")
def list_ratings(supervision: TheSupervision, now: Now, actor: Reader, month: Month = "") -> list[dict[str, Any]]:
    """List a month's ratings, this month's where none is named; a department sees those that it gave and got."""
    return views.mutual_ratings.of_month(supervision.database, month_asked(month, now), reach(actor))


@documents.post("/mutual-ratings", status_code=201)
def rate(body: RatingIn, supervision: TheSupervision, parts: TheParts, now: Now, actor: Rater) -> dict[str, Any]:
    """Rate the other side; given again, the later counts."""
    links = _links(parts, actor, body.rated)
    return {"id": supervision.rate(month_asked(body.month, now), body.rated, links, body.marks, body.reason, actor, now)}


@documents.post("/mutual-ratings/{rating}/answer")
def answer(rating: UUID, body: AnswerIn, supervision: TheSupervision, now: Now, actor: Rater) -> dict[str, Any]:
    """Answer a low mark."""
    supervision.answer_rating(rating, body.answer, actor, now)
    return {"id": rating}


@router.get("/mutual-ratings")
def show(request: Request, supervision: TheSupervision, pages: ThePages, now: Now, actor: Reader, month: Month = "") -> Response:
    """Show a month, with the form of whoever rates."""
    return _page(request, supervision, pages, now, actor, {"month": month})


@router.post("/mutual-ratings")
async def rate_by_form(request: Request, supervision: TheSupervision, pages: ThePages, parts: TheParts, now: Now, actor: Rater) -> Response:
    """Rate the other side."""
    form = {key: str(value) for key, value in (await request.form()).items()}
    month, rated = form.get("month", ""), form.get("rated", "") or service_centre(parts.departments) or ""
    try:
        links = _links(parts, actor, rated)
        marks = {link: int(given) for link in links if (given := form.get(link.value.lower(), "")) in dict(LEVELS)}
        supervision.rate(month_asked(month, now), rated, links, marks, form.get("reason", "")[:2000], actor, now)
    except Refusal as refusal:
        return _page(request, supervision, pages, now, actor, form, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/mutual-ratings?month={month}", 303)


@router.post("/mutual-ratings/{rating}")
def answer_by_form(
    request: Request,
    rating: UUID,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: Rater,
    answer: Annotated[str, Form(max_length=2000)] = "",
    month: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Answer a low mark."""
    try:
        supervision.answer_rating(rating, answer, actor, now)
    except Refusal as refusal:
        return _page(request, supervision, pages, now, actor, {"month": month}, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/mutual-ratings?month={month}", 303)


def _links(parts: Parts, actor: Actor, rated: str) -> tuple[Link, ...]:
    """Give the links that an actor's side rates of another: the centre those of a department, a department those of the centre."""
    if rated not in parts.departments or rated == actor.department:
        raise NotFound(rated)
    if actor.department == service_centre(parts.departments):
        return LINKS_OF_DEPARTMENT
    if rated != service_centre(parts.departments):
        raise Invalid("centre-only", "部门与政务服务中心互评。", "SUP-29", {"rated": "部门评价政务服务中心"})
    return LINKS_OF_CENTRE


def _page(
    request: Request, supervision: Supervision, pages: ThePages, now: Now, actor: Actor, values: dict[str, str], refusal: Refusal | None = None
) -> Response:
    parts: TheParts = request.app.state.parts
    month, centre = month_asked(values.get("month", ""), now), service_centre(parts.departments)
    rows = views.mutual_ratings.of_month(supervision.database, month, reach(actor))
    handling = [one for one in views.cases.handling_departments(supervision.database) if one != centre]
    given = {(row["rater"], row["rated"]) for row in rows}
    expected = [(centre, one) for one in handling] + [(one, centre) for one in handling] if centre else []
    mine = [rated for rater, rated in expected if rater == actor.department]
    return pages.render(
        request,
        "mutual_ratings.html",
        month=f"{month:%Y-%m}",
        months=[f"{one:%Y-%m}" for one in rateable(local_day(now).replace(day=1))],
        rows=rows,
        means=views.mutual_ratings.means(rows),
        columns=[(name, word(f"LINK_{link.value}")) for link, name in views.mutual_ratings.COLUMNS.items()],
        missing=[pair for pair in expected if pair not in given and (actor.has(*SUPERVISING) or actor.department == pair[0])],
        rated=[(one, parts.departments[one].short_name) for one in mine if one in parts.departments] if actor.has(*RATERS) else [],
        links=[(link.value.lower(), word(f"LINK_{link.value}")) for link in (LINKS_OF_DEPARTMENT if actor.department == centre else LINKS_OF_CENTRE)],
        levels=LEVELS,
        values={"month": f"{month:%Y-%m}", **values},
        answers=lambda row: actor.has(*RATERS) and row["is_low"] and row["answered"] is None and row["rated"] == actor.department,
        refusal=refusal,
    )
