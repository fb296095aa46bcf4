"""An application as its applicant sees it: receipts, what is missing, what is due and why, documents, corrections, withdrawal."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from services.chassis.auth import SignedIn, allow
from services.chassis.http.paging import Sort
from services.chassis.problems import Problem
from services.chassis.wiring import Now, ThePages
from services.intake import views
from services.intake.api import TheIntake
from services.intake.domain.review import ReviewStage, ReviewTag
from services.intake.pages.explaining import shown
from services.intake.pages.letters import letters_of
from services.intake.pages.submitting import materials_of, read_form, shown_errors
from services.intake.reading import seen_by
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day

router = APIRouter()


@router.get("/applications")
def mine(
    request: Request, intake: TheIntake, pages: ThePages, actor: Annotated[Actor, allow(Role.APPLICANT)], sort: Sort = "-received", cursor: str = ""
) -> Response:
    """List the account's applications."""
    rows, following = views.applications.of_account(intake.database, actor.subject, sort, cursor)
    return pages.render(request, "applications.html", rows=rows, following=following, sort=sort)


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


@router.get("/applications/{application_id}/letters/{name}")
def letter(request: Request, application_id: UUID, name: str, intake: TheIntake, pages: ThePages, actor: SignedIn) -> Response:
    """Show a document of the application, to print (CAT-05)."""
    application = seen_by(intake, application_id, actor)
    found = letters_of(application, intake.history(application_id), intake.calendar).get(name)
    if found is None:
        raise Problem(404, "not-found", "没有找到", "没有这份文书。")
    return pages.render(request, "letter.html", application=application, letter=found)


@router.post("/applications/{application_id}/corrections")
async def correct(request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, now: Now, actor: SignedIn) -> Response:
    """Hand in what was asked for (COR-05)."""
    texts, files = await read_form(request)
    application = await run_in_threadpool(seen_by, intake, application_id, actor)
    materials, errors = await materials_of(intake, application.item, texts, files, actor, now)
    if not errors:
        try:
            await run_in_threadpool(intake.submit_corrections, application_id, materials, actor, now)
        except Refusal as error:
            errors = shown_errors(error) if isinstance(error, Invalid) else {"act": error.message}
    if errors:
        return await run_in_threadpool(_shown, request, application_id, intake, pages, now, actor, errors, texts)
    return RedirectResponse(f"../{application_id}", 303)


@router.post("/applications/{application_id}/withdraw")
def withdraw(
    request: Request,
    application_id: UUID,
    intake: TheIntake,
    pages: ThePages,
    now: Now,
    actor: SignedIn,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Withdraw before acceptance (APP-08)."""
    seen_by(intake, application_id, actor)
    try:
        intake.withdraw(application_id, reason, actor, now)
    except Refusal as error:
        return _shown(request, application_id, intake, pages, now, actor, {"act": error.message}, {"reason": reason})
    return RedirectResponse(f"../{application_id}", 303)


@router.post("/applications/{application_id}/reviews")
def review(
    request: Request,
    application_id: UUID,
    intake: TheIntake,
    pages: ThePages,
    now: Now,
    actor: SignedIn,
    stage: Annotated[str, Form(max_length=20)] = "",
    level: Annotated[str, Form(max_length=1)] = "",
    tags: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Mark a stage of the service (SUP-25)."""
    seen_by(intake, application_id, actor)
    chosen = [ReviewTag(tag) for tag in tags or () if tag in {one.value for one in ReviewTag}]
    try:
        if stage not in {one.value for one in ReviewStage}:
            raise Invalid("stage-missing", "请选择评价的环节。", "SUP-25", {"stage": "请选择环节"})
        intake.review(application_id, ReviewStage(stage), int(level) if level.isascii() and level.isdigit() else 0, chosen, actor, now)
    except Refusal as error:
        errors = shown_errors(error) if isinstance(error, Invalid) else {"act": error.message}
        return _shown(request, application_id, intake, pages, now, actor, errors, {"stage": stage, "level": level})
    return RedirectResponse(f"../{application_id}", 303)


def _shown(
    request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, now: Now, actor: Actor, errors: dict[str, str], values: dict[str, str]
) -> Response:
    application = seen_by(intake, application_id, actor)
    context = shown(intake, application, local_day(now), letters=f"{request.scope.get('root_path', '')}/applications/{application_id}/letters")
    at_window = actor.has(Role.WINDOW_CLERK)
    context |= {"own": actor.subject == application.account, "at_window": at_window, "by_receipt": False}
    return pages.render(request, "application.html", status=422 if errors else 200, **context, errors=errors, values=values)
