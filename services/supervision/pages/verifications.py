"""The verification list: over HTTP and as pages, where a supervisor concludes each entry (SUP-20)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.http.paging import Page
from services.chassis.service import NotFound
from services.chassis.web.words import word
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.actor import Actor
from services.kernel.aggregate import Refusal
from services.supervision import views
from services.supervision.api import Reader, TheSupervision, reach
from services.supervision.application import Supervision
from services.supervision.card_api import TheSupervisor
from services.supervision.domain.verification import DISPUTES, VerificationKind
from services.supervision.rules import RULES, Detection

router = APIRouter()
documents = APIRouter()
KINDS = [(kind.value, word(kind.value)) for kind in VerificationKind]


class ConclusionIn(BaseModel):
    """What was found; a rule's code where it was at fault."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(max_length=2000)
    rule: str | None = Field(None, max_length=20)


class DisputeIn(BaseModel):
    """A reconsideration or lawsuit about a case."""

    model_config = ConfigDict(extra="forbid")
    kind: VerificationKind
    text: str = Field(max_length=2000)


@documents.get("/verifications")
def list_verifications(supervision: TheSupervision, actor: Reader, kind: str = "", cursor: str = "", *, waiting: bool = True) -> Page[dict[str, Any]]:
    """List what is to be verified, the oldest first."""
    rows, following = views.verifications.listed(supervision.database, departments=reach(actor), kind=kind, waiting=waiting, cursor=cursor)
    return Page(items=rows, next=following)


@documents.post("/verifications/{evidence}/conclude")
def conclude_one(evidence: str, body: ConclusionIn, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Conclude an entry with a finding, which issues a card where something was at fault."""
    supervision.conclude_verification(_entry(supervision, evidence)["case_id"], evidence, body.reason, body.rule, actor, now)
    return _entry(supervision, evidence)


@documents.post("/cases/{case_id}/disputes", status_code=201)
def register_dispute(case_id: UUID, body: DisputeIn, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Register a reconsideration or lawsuit about a case."""
    return {"evidence": supervision.register_dispute(case_id, body.kind, body.text, actor, now)}


@router.get("/verifications")
def show(request: Request, supervision: TheSupervision, pages: ThePages, actor: Reader, kind: str = "", cursor: str = "", *, waiting: bool = True) -> Response:
    """List what is to be verified."""
    rows, following = views.verifications.listed(supervision.database, departments=reach(actor), kind=kind, waiting=waiting, cursor=cursor)
    return pages.render(request, "verifications.html", rows=rows, following=following, kind=kind, waiting=waiting, kinds=[("", "全部"), *KINDS])


@router.get("/verifications/{evidence}")
def read(request: Request, evidence: str, supervision: TheSupervision, pages: ThePages, now: Now, actor: TheSupervisor) -> Response:
    """Show an entry with what it is about."""
    return _page(request, supervision, pages, now, actor, evidence)


@router.post("/verifications/{evidence}")
def conclude(
    request: Request,
    evidence: str,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: TheSupervisor,
    reason: Annotated[str, Form(max_length=2000)] = "",
    rule: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Conclude an entry."""
    try:
        supervision.conclude_verification(_entry(supervision, evidence)["case_id"], evidence, reason, rule or None, actor, now)
    except Refusal as refusal:
        return _page(request, supervision, pages, now, actor, evidence, refusal, {"reason": reason, "rule": rule})
    return RedirectResponse(f"{request.scope.get('root_path', '')}/verifications", 303)


@router.post("/cases/{case_id}/disputes")
def dispute(
    request: Request,
    case_id: UUID,
    supervision: TheSupervision,
    now: Now,
    actor: TheSupervisor,
    kind: Annotated[str, Form(max_length=20)] = "",
    text: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Register a reconsideration or lawsuit from the page of a case."""
    chosen = VerificationKind(kind) if kind in {one.value for one in DISPUTES} else VerificationKind.REVOCATION
    evidence = supervision.register_dispute(case_id, chosen, text, actor, now)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/verifications/{evidence}", 303)


def _entry(supervision: Supervision, evidence: str) -> dict[str, Any]:
    row = views.verifications.one(supervision.database, evidence)
    if row is None:
        raise NotFound(evidence)
    return row


def _page(
    request: Request,
    supervision: Supervision,
    pages: ThePages,
    now: datetime,
    actor: Actor,
    evidence: str,
    refusal: Refusal | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    row = _entry(supervision, evidence)
    parts: TheParts = request.app.state.parts
    history = [entry for entry in supervision.history(row["case_id"]) if entry.source != "notification"]
    by_hand = [(one.code, f"{one.code[4:]} {one.title}", one.article) for one in RULES if Detection.HAND in one.by]
    return pages.render(
        request,
        "verification.html",
        row=row,
        history=history,
        rules=[("", "符合规定，不发牌"), *by_hand],
        name=lambda key: parts.directory.name(key) if key else "—",
        refusal=refusal,
        values=values or {},
        actor=actor,
        now=now,
    )
