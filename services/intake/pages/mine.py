"""The applicant's own pages: real-name registration, applying, receipts, corrections, withdrawal."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from services.chassis.auth import SignedIn, allow
from services.chassis.wiring import Now, ThePages
from services.intake import views
from services.intake.api import TheIntake
from services.intake.domain.applicant import ApplicantDetails, ApplicantKind
from services.intake.domain.facts import Channel
from services.intake.pages.explaining import acceptance
from services.intake.pages.submitting import fields_of, materials_of, read_form, shown_errors
from services.intake.reading import seen_by
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day

router = APIRouter()
Citizen = Annotated[Actor, allow(Role.APPLICANT)]
_DETAILS = ("name", "number", "phone", "email", "agent_name", "agent_number")


@router.get("/register")
def register_page(request: Request, intake: TheIntake, pages: ThePages, actor: Citizen, then: str = "") -> Response:
    """Show the real-name registration."""
    return pages.render(request, "register.html", known=intake.applicants(actor.subject), values={"kind": "PERSON"}, errors={}, then=then)


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
    applicants = intake.applicants(actor.subject)
    if not applicants:
        return RedirectResponse(f"../../register?then={code}", 303)
    item = intake.item(code).on(local_day(now))
    return pages.render(request, "apply.html", item=item, applicants=applicants, values={"key": str(uuid4())}, errors={})


@router.post("/items/{code}/apply")
async def apply(request: Request, code: str, intake: TheIntake, pages: ThePages, now: Now, actor: Citizen) -> Response:
    """Receive the application; the key in the form makes a second click harmless (APP-07)."""
    texts, files = await read_form(request)
    item = (await run_in_threadpool(intake.item, code)).on(local_day(now))
    try:
        materials = await materials_of(intake, item, texts, files, actor, now)
        applicant = UUID(texts.get("applicant", ""))
        application = await run_in_threadpool(
            intake.submit, code, Channel.ONLINE, applicant, fields_of(texts), materials, actor, now, key=texts.get("key") or str(uuid4())
        )
    except (Invalid, ValueError) as error:
        errors = shown_errors(error) if isinstance(error, Invalid) else {"applicant": "请选择申请人"}
        applicants = await run_in_threadpool(intake.applicants, actor.subject)
        return pages.render(request, "apply.html", status=422, item=item, applicants=applicants, values=texts, errors=errors)
    return RedirectResponse(f"../../applications/{application.id}/receipt", 303)


@router.get("/applications")
def mine(request: Request, intake: TheIntake, pages: ThePages, actor: Citizen, cursor: str = "") -> Response:
    """List the account's applications."""
    rows, following = views.applications_of(intake.database, actor.subject, cursor)
    return pages.render(request, "applications.html", rows=rows, following=following)


@router.get("/applications/{application_id}")
def show(request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, now: Now, actor: SignedIn) -> Response:
    """Show an application: what is missing, when it is due, and why."""
    return _shown(request, application_id, intake, pages, now, actor, {}, {})


@router.get("/applications/{application_id}/receipt")
def receipt(request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, actor: SignedIn) -> Response:
    """Show the receipt, to print (APP-03)."""
    application = seen_by(intake, application_id, actor)
    may_follow = actor.has(Role.WINDOW_CLERK) or actor.subject == application.account
    context: dict[str, Any] = {"application": application, "due": application.acceptance_due(intake.calendar)}
    return pages.render(request, "receipt.html", **context, secret=intake.secret(application.id) if may_follow else "")


@router.post("/applications/{application_id}/corrections")
async def correct(request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, now: Now, actor: SignedIn) -> Response:
    """Hand in what was asked for (COR-05)."""
    texts, files = await read_form(request)
    application = await run_in_threadpool(seen_by, intake, application_id, actor)
    try:
        materials = await materials_of(intake, application.item, texts, files, actor, now)
        await run_in_threadpool(intake.submit_corrections, application_id, materials, actor, now)
    except Invalid as error:
        return await run_in_threadpool(_shown, request, application_id, intake, pages, now, actor, shown_errors(error), texts)
    return RedirectResponse(f"../{application_id}", 303)


@router.post("/applications/{application_id}/withdraw")
def withdraw(application_id: UUID, intake: TheIntake, now: Now, actor: SignedIn, reason: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Withdraw before acceptance (APP-08)."""
    seen_by(intake, application_id, actor)
    intake.withdraw(application_id, reason, actor, now)
    return RedirectResponse(f"../{application_id}", 303)


def _shown(
    request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, now: Now, actor: Actor, errors: dict[str, str], values: dict[str, str]
) -> Response:
    application = seen_by(intake, application_id, actor)
    context: dict[str, Any] = {"application": application, "clock": acceptance(intake, application, local_day(now)), "by_receipt": False}
    return pages.render(request, "application.html", status=422 if errors else 200, **context, errors=errors, values=values)


def details_of(texts: dict[str, str]) -> ApplicantDetails:
    """Give the applicant that a form describes."""
    kind = ApplicantKind.LEGAL_PERSON if texts.get("kind") == "LEGAL_PERSON" else ApplicantKind.PERSON
    return ApplicantDetails(kind, **{name: texts.get(name, "") for name in _DETAILS})
