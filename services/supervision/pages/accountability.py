"""责任追究, over HTTP and as a page: which departments answer for a month, and what was found of them and their officers (SUP-27)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.web.words import word
from services.chassis.wiring import Now, ThePages
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Refusal
from services.supervision import views
from services.supervision.api import Reader, TheSupervision, reach
from services.supervision.application import Supervision
from services.supervision.card_api import Text, TheSupervisor
from services.supervision.domain.accountability import Measure
from services.supervision.domain.warnings import Ground
from services.supervision.pages.months import Month, month_asked
from services.supervision.pages.naming import namer

router = APIRouter()
documents = APIRouter()
MITIGATED = "MITIGATED"
Short = Annotated[str, Form(max_length=200)]
Long = Annotated[str, Form(max_length=2000)]


class FindingIn(BaseModel):
    """Who answers for a month (like 2026-03) and how: a measure, perhaps mitigated, or the ground of an exemption. Without an officer, the department does."""

    model_config = ConfigDict(extra="forbid")
    month: str = Field(max_length=10)
    department: str = Field(max_length=60)
    officer: str | None = Field(None, max_length=200)
    measure: Measure | None = None
    mitigated: bool = False
    exempted: Ground | None = None
    reason: Text


class WithdrawalIn(BaseModel):
    """Why a finding stands no longer."""

    model_config = ConfigDict(extra="forbid")
    why: Text


@documents.get("/accountability/findings")
def list_findings(supervision: TheSupervision, now: Now, actor: Reader, month: Month = "") -> list[dict[str, Any]]:
    """List a month's findings, this month's where none is named, withdrawn ones too; a department sees its own."""
    return views.accountability.of_month(supervision.database, month_asked(month, now), reach(actor))


@documents.post("/accountability/findings", status_code=201)
def find(body: FindingIn, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Find that a department, or one of its officers, answers for a flagged month, or why nobody does."""
    month = month_asked(body.month, now)
    found = supervision.find_accountable(
        month, body.department, body.officer or None, body.measure, body.exempted, body.reason, actor, now, mitigated=body.mitigated
    )
    return {"id": found}


@documents.post("/accountability/findings/{record}/withdraw")
def withdraw(record: UUID, body: WithdrawalIn, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Withdraw the finding that stands; it stays on record with this reason."""
    supervision.withdraw_finding(record, body.why, actor, now)
    return {"id": record}


@router.get("/accountability")
def show(request: Request, supervision: TheSupervision, pages: ThePages, now: Now, actor: Reader, month: Month = "") -> Response:
    """Show a month, with the form of the supervisor."""
    return _page(request, supervision, pages, now, actor, {"month": month})


@router.post("/accountability")
def find_by_form(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: TheSupervisor,
    month: Annotated[str, Form(max_length=10)] = "",
    officer: Short = "",
    measure: Short = "",
    leniency: Short = "",
    reason: Long = "",
) -> Response:
    """Find who answers; `officer` is a department, or a department and one of its officers."""
    form = {"month": month, "officer": officer, "measure": measure, "leniency": leniency, "reason": reason}
    department, _, person = officer.partition("/")
    taken = Measure(measure) if measure in set(Measure) else None
    exempted = Ground(leniency) if leniency in set(Ground) else None
    try:
        supervision.find_accountable(month_asked(month, now), department, person or None, taken, exempted, reason, actor, now, mitigated=leniency == MITIGATED)
    except Refusal as refusal:
        return _page(request, supervision, pages, now, actor, form, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/accountability?month={month}", 303)


@router.post("/accountability/withdraw")
def withdraw_by_form(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: TheSupervisor,
    record: Annotated[UUID, Form()],
    why: Long = "",
    month: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Withdraw a finding."""
    try:
        supervision.withdraw_finding(record, why, actor, now)
    except Refusal as refusal:
        return _page(request, supervision, pages, now, actor, {"month": month, "record": str(record), "why": why}, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/accountability?month={month}", 303)


def _page(
    request: Request, supervision: Supervision, pages: ThePages, now: Now, actor: Actor, values: dict[str, str], refusal: Refusal | None = None
) -> Response:
    month, name, unit = month_asked(values.get("month", ""), now), namer(request, "officer"), namer(request, "department")
    counted = supervision.answerable(month, reach(actor))
    rows = views.accountability.of_month(supervision.database, month, reach(actor))
    standing = [row for row in rows if row["withdrawn"] is None] if actor.has(Role.SUPERVISOR) else []
    flagged = [one for one in counted if one.is_flagged] if actor.has(Role.SUPERVISOR) else []
    officers = [(one.department, officer) for one in flagged for officer in sorted({mark.officer for mark in one.confirmed if mark.officer})]
    return pages.render(
        request,
        "accountability.html",
        month=f"{month:%Y-%m}",
        counted=counted,
        rows=rows,
        accountable=[(one.department, unit(one.department)) for one in flagged]
        + [(f"{department}/{officer}", f"{unit(department)} {name(officer)}") for department, officer in officers],
        measures=[("", "不采取措施（免责）"), *((one.value, word(one.value)) for one in Measure)],
        leniencies=[("", "没有"), (MITIGATED, "主动纠正，从轻"), *((one.value, f"免责：{word(one.value)}") for one in Ground)],
        standing=[(str(row["id"]), f"{unit(row['department'])} {name(row['officer']) if row['officer'] else ''}".strip()) for row in standing],
        values={**values, "month": f"{month:%Y-%m}"},
        name=name,
        refusal=refusal,
    )
