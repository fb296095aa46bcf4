"""Applying online: the real name first, then the form and its files, a look at all of it, and the receipt (APP-01 to APP-04)."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from services.chassis.auth import allow
from services.chassis.wiring import Now, ThePages
from services.intake.api import TheIntake
from services.intake.domain.applicant import ApplicantDetails, ApplicantKind
from services.intake.domain.facts import Channel
from services.intake.domain.form import missing_materials
from services.intake.pages.submitting import errors_of, fields_of, materials_of, read_form, shown_errors
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day

router = APIRouter()
Citizen = Annotated[Actor, allow(Role.APPLICANT)]
_DETAILS = ("name", "number", "phone", "email", "agent_name", "agent_number")


@router.get("/register")
def register_page(request: Request, intake: TheIntake, pages: ThePages, actor: Citizen, then: str = "") -> Response:
    """Show the real-name registration."""
    return pages.render(request, "register.html", known=intake.applicants(actor.subject), values={"kind": "PERSON"}, then=then)


@router.post("/register")
async def register(request: Request, intake: TheIntake, pages: ThePages, now: Now, actor: Citizen) -> Response:
    """Register the real name (APP-01)."""
    texts, _ = await read_form(request)
    try:
        await run_in_threadpool(intake.register_applicant, details_of(texts), actor.subject, actor, now)
    except Refusal as error:
        errors = error.fields if isinstance(error, Invalid) else {"number": error.message}
        known = await run_in_threadpool(intake.applicants, actor.subject)
        return pages.render(request, "register.html", status=422, known=known, values=texts, errors=errors, then=texts.get("then", ""))
    item = texts.get("then", "")
    return RedirectResponse(f"items/{item}/apply" if item.replace("-", "").isalnum() else "register", 303)


@router.get("/items/{code}/apply")
def apply_page(request: Request, code: str, intake: TheIntake, pages: ThePages, now: Now, actor: Citizen) -> Response:
    """Show the application form of an item."""
    item = intake.item(code).on(local_day(now))
    applicants = intake.applicants(actor.subject)
    if not applicants:
        return RedirectResponse(f"../../register?then={code}", 303)
    return pages.render(request, "apply.html", item=item, applicants=applicants, values={"key": str(uuid4())})


@router.post("/items/{code}/apply")
async def apply(request: Request, code: str, intake: TheIntake, pages: ThePages, now: Now, actor: Citizen) -> Response:
    """Show what was filled in before it is handed in; the key in the form makes a second click harmless (APP-07)."""
    texts, files = await read_form(request)
    item = (await run_in_threadpool(intake.item, code)).on(local_day(now))
    applicants = await run_in_threadpool(intake.applicants, actor.subject)
    texts.setdefault("applicant", "")
    materials, errors = await materials_of(intake, item, texts, files, actor, now)
    errors |= errors_of(item, texts, materials, actor)
    step = texts.pop("step", "check")
    if step == "edit" or errors:
        shown = {} if step == "edit" else errors
        return pages.render(request, "apply.html", status=422 if shown else 200, item=item, applicants=applicants, values=texts, errors=shown)
    if step == "submit":
        try:
            application = await run_in_threadpool(
                intake.submit, code, Channel.ONLINE, UUID(texts["applicant"]), fields_of(texts), materials, actor, now, key=texts.get("key") or str(uuid4())
            )
        except Refusal as error:
            shown = shown_errors(error) if isinstance(error, Invalid) else {"applicant": _said(error)}
            return pages.render(request, "apply.html", status=422, item=item, applicants=applicants, values=texts, errors=shown)
        return RedirectResponse(f"../../applications/{application.id}/receipt", 303)
    chosen = next((one for one in applicants if str(one.id) == texts["applicant"]), None)
    missing = missing_materials(item, materials)
    return pages.render(request, "review.html", item=item, applicant=chosen, values=texts, materials=materials, missing=missing)


def _said(refusal: Refusal) -> str:
    if refusal.code == "idempotency-key-reused":
        return "这份申请已经提交，请到「我的申请」查看；要另外申请一次，请从办事指南重新打开。"
    return refusal.message


def details_of(texts: dict[str, str]) -> ApplicantDetails:
    """Give the applicant that a form describes."""
    kind = ApplicantKind.LEGAL_PERSON if texts.get("kind") == "LEGAL_PERSON" else ApplicantKind.PERSON
    return ApplicantDetails(kind, **{name: texts.get(name, "") for name in _DETAILS})
