"""Spot checks, over HTTP and as pages (SUP-28)."""

import secrets
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.service import NotFound
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day
from services.supervision import views
from services.supervision.api import Supervisor, TheSupervision
from services.supervision.application import Supervision
from services.supervision.card_api import TheSupervisor
from services.supervision.rules import RULES, Detection

router = APIRouter()
documents = APIRouter()
MOST_SEED = 2**31
PERIOD = timedelta(days=30)


class DrawIn(BaseModel):
    """What to draw from; without a seed, one is drawn, too."""

    model_config = ConfigDict(extra="forbid")
    size: int
    first: date
    last: date
    department: str = Field("", max_length=60)
    seed: int | None = Field(None, ge=0, lt=MOST_SEED)


class FindingIn(BaseModel):
    """What was found; a rule's code where it was at fault."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(max_length=2000)
    rule: str | None = Field(None, max_length=20)


@documents.get("/spot-checks")
def list_checks(supervision: TheSupervision, _: Supervisor) -> list[dict[str, Any]]:
    """List the newest draws."""
    return views.spot_checks.newest(supervision.database)


@documents.post("/spot-checks", status_code=201)
def draw(body: DrawIn, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Draw cases by chance; the seed is recorded, so that anybody can draw them again."""
    seed = body.seed if body.seed is not None else secrets.randbelow(MOST_SEED)
    check = uuid4()
    supervision.draw_spot_check(check, body.size, seed, body.department, body.first, body.last, actor, now)
    return _read(supervision, check)


@documents.get("/spot-checks/{check_id}")
def read_check(check_id: UUID, supervision: TheSupervision, _: Supervisor) -> dict[str, Any]:
    """Give a draw with its cases."""
    return _read(supervision, check_id)


@documents.post("/spot-checks/{check_id}/cases/{case}")
def find(check_id: UUID, case: UUID, body: FindingIn, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Record what was found in a drawn case, which issues a card where something was at fault."""
    supervision.record_spot_finding(check_id, case, body.reason, body.rule, actor, now)
    return _read(supervision, check_id)


@router.get("/spot-checks")
def show(request: Request, supervision: TheSupervision, pages: ThePages, now: Now, _: Supervisor) -> Response:
    """List the draws, with the form for a new one."""
    return _list(request, supervision, pages, now)


@router.post("/spot-checks")
def draw_by_form(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: TheSupervisor,
    size: Annotated[str, Form(max_length=6)] = "",
    first: Annotated[str, Form(max_length=10)] = "",
    last: Annotated[str, Form(max_length=10)] = "",
    department: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Draw cases."""
    values = {"size": size, "first": first, "last": last, "department": department}
    try:
        begin, end = _day(first, "first"), _day(last, "last")
        number = int(size) if size.isascii() and size.isdigit() else 0
        check = uuid4()
        supervision.draw_spot_check(check, number, secrets.randbelow(MOST_SEED), department, begin, end, actor, now)
    except Refusal as refusal:
        return _list(request, supervision, pages, now, values, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/spot-checks/{check}", 303)


@router.get("/spot-checks/{check_id}")
def look(request: Request, check_id: UUID, supervision: TheSupervision, pages: ThePages, _: Supervisor) -> Response:
    """Show a draw and its cases."""
    return _page(request, supervision, pages, check_id)


@router.post("/spot-checks/{check_id}/cases/{case}")
def find_by_form(
    request: Request,
    check_id: UUID,
    case: UUID,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: TheSupervisor,
    reason: Annotated[str, Form(max_length=2000)] = "",
    rule: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Record what was found."""
    try:
        supervision.record_spot_finding(check_id, case, reason, rule or None, actor, now)
    except Refusal as refusal:
        return _page(request, supervision, pages, check_id, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/spot-checks/{check_id}", 303)


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("draw-wrong", "请改正所列各项。", "SUP-28", {field: "应为日期，如 2026-03-02"}) from error


def _read(supervision: Supervision, check_id: UUID) -> dict[str, Any]:
    found, cases = views.spot_checks.one(supervision.database, check_id)
    if found is None:
        raise NotFound(check_id)
    return {**found, "cases": cases}


def _list(
    request: Request, supervision: Supervision, pages: ThePages, now: datetime, values: dict[str, str] | None = None, refusal: Refusal | None = None
) -> Response:
    parts: TheParts = request.app.state.parts
    today = local_day(now)
    return pages.render(
        request,
        "spot_checks.html",
        rows=views.spot_checks.newest(supervision.database),
        departments=[("", "全部部门"), *((one.code, one.name) for one in parts.departments.values())],
        values=values or {"size": "10", "first": (today - PERIOD).isoformat(), "last": today.isoformat()},
        refusal=refusal,
    )


def _page(request: Request, supervision: Supervision, pages: ThePages, check_id: UUID, refusal: Refusal | None = None) -> Response:
    check = _read(supervision, check_id)
    rules = [("", "符合规定"), *((one.code, f"{one.code[4:]} {one.title}") for one in RULES if Detection.HAND in one.by)]
    return pages.render(request, "spot_check.html", check=check, rules=rules, refusal=refusal)
