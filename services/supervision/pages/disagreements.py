"""Disagreements between window and department, over HTTP and as pages: raised, answered and settled (SUP-29)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.auth import allow
from services.chassis.departments import service_centre
from services.chassis.http.paging import Page
from services.chassis.service import NotFound, Transaction
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal
from services.supervision import views
from services.supervision.api import SUPERVISING, TheSupervision, reach
from services.supervision.application import Supervision
from services.supervision.card_api import Text
from services.supervision.domain.disagreement import SIDES, Disagreement

router = APIRouter()
documents = APIRouter()
Side = Annotated[Actor, allow(*SIDES)]
Seeing = Annotated[Actor, allow(*SIDES, *SUPERVISING)]
Settling = Annotated[Actor, allow(*SIDES, Role.SUPERVISOR)]


class DisagreementIn(BaseModel):
    """What one side does not agree with; between window and department where no other is named."""

    model_config = ConfigDict(extra="forbid")
    other: str = Field("", max_length=60)
    matter: Text


class SaidIn(BaseModel):
    """What a side says, or how it is settled."""

    model_config = ConfigDict(extra="forbid")
    text: Text


@documents.get("/disagreements")
def list_disagreements(supervision: TheSupervision, actor: Seeing, cursor: str = "", *, waiting: bool = True) -> Page[dict[str, Any]]:
    """List disagreements, the oldest first; a side sees its own."""
    rows, following = views.disagreements.listed(supervision.database, departments=reach(actor), waiting=waiting, cursor=cursor)
    return Page(items=rows, next=following)


@documents.post("/cases/{case_id}/disagreements", status_code=201)
def raise_one(case_id: UUID, body: DisagreementIn, supervision: TheSupervision, parts: TheParts, now: Now, actor: Side) -> dict[str, Any]:
    """Raise a disagreement about a case."""
    return {"id": supervision.raise_disagreement(case_id, service_centre(parts.departments), body.other, body.matter, actor, now)}


@documents.post("/disagreements/{disagreement}/state")
def state_one(disagreement: UUID, body: SaidIn, supervision: TheSupervision, now: Now, actor: Side) -> dict[str, Any]:
    """Say how the other side sees it."""
    supervision.state_disagreement(_seen(supervision, disagreement, actor).id, body.text, actor, now)
    return {"id": disagreement}


@documents.post("/disagreements/{disagreement}/settle")
def settle_one(disagreement: UUID, body: SaidIn, supervision: TheSupervision, now: Now, actor: Settling) -> dict[str, Any]:
    """Settle it: by a supervisor, or as both sides agreed."""
    supervision.settle_disagreement(_seen(supervision, disagreement, actor).id, body.text, actor, now)
    return {"id": disagreement}


@router.get("/disagreements")
def show(
    request: Request, supervision: TheSupervision, pages: ThePages, actor: Seeing, cursor: str = "", number: str = "", *, waiting: bool = True
) -> Response:
    """List disagreements, with the form for a new one."""
    return _list(request, supervision, pages, actor, {"number": number}, cursor=cursor, waiting=waiting)


@router.post("/disagreements")
def raise_by_form(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    parts: TheParts,
    now: Now,
    actor: Side,
    number: Annotated[str, Form(max_length=60)] = "",
    other: Annotated[str, Form(max_length=60)] = "",
    matter: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Raise a disagreement about the case of a number."""
    try:
        case = views.cases.by_number(supervision.database, number.strip().upper())
        if case is None:
            raise Invalid("number-unknown", "请改正所列各项。", "SUP-29", {"number": "没有这个编号的办件，请核对受理凭证"})
        one = supervision.raise_disagreement(case, service_centre(parts.departments), other, matter, actor, now)
    except Refusal as refusal:
        return _list(request, supervision, pages, actor, {"number": number, "other": other, "matter": matter}, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/disagreements/{one}", 303)


@router.get("/disagreements/{disagreement}")
def read(request: Request, disagreement: UUID, supervision: TheSupervision, pages: ThePages, actor: Seeing) -> Response:
    """Show a disagreement."""
    return _page(request, supervision, pages, disagreement, actor)


@router.post("/disagreements/{disagreement}")
def say(
    request: Request,
    disagreement: UUID,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: Settling,
    statement: Annotated[str | None, Form(max_length=2000)] = None,
    result: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Answer a disagreement, or settle it."""
    known = _seen(supervision, disagreement, actor)
    try:
        if statement is not None:
            supervision.state_disagreement(known.id, statement, actor, now)
        else:
            supervision.settle_disagreement(known.id, result, actor, now)
    except Refusal as refusal:
        return _page(request, supervision, pages, disagreement, actor, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/disagreements/{disagreement}", 303)


def _seen(supervision: Supervision, disagreement: UUID, actor: Actor) -> Disagreement:
    known = Transaction(supervision).get(Disagreement, disagreement)
    if not actor.has(*SUPERVISING) and actor.department not in {known.department, known.other}:
        raise NotFound(disagreement)
    return known


def _list(
    request: Request,
    supervision: Supervision,
    pages: ThePages,
    actor: Actor,
    values: dict[str, str],
    refusal: Refusal | None = None,
    *,
    cursor: str = "",
    waiting: bool = True,
) -> Response:
    parts: TheParts = request.app.state.parts
    rows, following = views.disagreements.listed(supervision.database, departments=reach(actor), waiting=waiting, cursor=cursor)
    return pages.render(
        request,
        "disagreements.html",
        rows=rows,
        following=following,
        waiting=waiting,
        raises=actor.has(*SIDES) and actor.department is not None,
        others=[("", "窗口与主办部门之间"), *((one.code, one.short_name) for one in parts.departments.values() if one.code != actor.department)],
        values=values,
        refusal=refusal,
    )


def _page(request: Request, supervision: Supervision, pages: ThePages, disagreement: UUID, actor: Actor, refusal: Refusal | None = None) -> Response:
    known = _seen(supervision, disagreement, actor)
    return pages.render(
        request,
        "disagreement.html",
        one=known,
        states=known.may_state(actor),
        agrees=known.may_agree(actor),
        decides=known.may_decide(actor),
        sees_case=not actor.has(Role.WINDOW_CLERK),
        refusal=refusal,
    )
