"""Applicants' marks, over HTTP and as pages: satisfaction by department, and the follow-up of low marks (SUP-25)."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.problems import Problem
from services.chassis.service import NotFound
from services.chassis.wiring import Now, ThePages
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Refusal
from services.kernel.calendar import local_day
from services.supervision import views
from services.supervision.api import Reader, TheSupervision, reach
from services.supervision.application import Supervision
from services.supervision.domain.follow_up import LOW

router = APIRouter()
documents = APIRouter()
PERIOD = timedelta(days=30)


@documents.get("/satisfaction")
def satisfaction(
    supervision: TheSupervision, actor: Reader, first: Annotated[date, Query(alias="from")], last: Annotated[date, Query(alias="to")]
) -> list[dict[str, Any]]:
    """Give satisfaction by department in a period."""
    if last < first:
        raise Problem(422, "period-wrong", "起止日期不正确", "截止日期不能早于起始日期。")
    return views.reviews.satisfaction(supervision.database, first, last, reach(actor))


@router.get("/reviews")
def show(request: Request, supervision: TheSupervision, pages: ThePages, now: Now, actor: Reader, *, waiting: bool = True) -> Response:
    """Show satisfaction, and the low marks that wait."""
    today = local_day(now)
    context: dict[str, Any] = {
        "rows": views.reviews.low_marks(supervision.database, reach(actor), waiting=waiting),
        "satisfaction": views.reviews.satisfaction(supervision.database, today - PERIOD, today, reach(actor)),
        "waiting": waiting,
    }
    return pages.render(request, "reviews.html", **context)


@router.get("/reviews/{evidence}")
def read(request: Request, evidence: str, supervision: TheSupervision, pages: ThePages, actor: Reader) -> Response:
    """Show a mark and its follow-up."""
    return _page(request, supervision, pages, evidence, actor)


@router.post("/reviews/{evidence}")
def follow_up(
    request: Request,
    evidence: str,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: Reader,
    answer: Annotated[str, Form(max_length=2000)] = "",
    result: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Answer a low mark, by the department, or close it, by a supervisor."""
    row = _row(supervision, evidence, actor)
    try:
        if actor.has(Role.SUPERVISOR):
            supervision.close_follow_up(row["case_id"], evidence, result, actor, now)
        else:
            supervision.answer_review(row["case_id"], evidence, row["department"], answer, actor, now)
    except Refusal as refusal:
        return _page(request, supervision, pages, evidence, actor, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/reviews/{evidence}", 303)


def _row(supervision: Supervision, evidence: str, actor: Actor) -> dict[str, Any]:
    row = views.reviews.one(supervision.database, evidence)
    seen = reach(actor)
    if row is None or (seen and row["department"] not in seen):
        raise NotFound(evidence)
    return row


def _page(request: Request, supervision: Supervision, pages: ThePages, evidence: str, actor: Actor, refusal: Refusal | None = None) -> Response:
    row = _row(supervision, evidence, actor)
    return pages.render(
        request,
        "review.html",
        row=row,
        is_low=row["level"] <= LOW,
        may_answer=actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) and actor.department == row["department"] and not row["closed"],
        may_close=actor.has(Role.SUPERVISOR) and row["answered"] is not None and row["closed"] is None,
        refusal=refusal,
    )
