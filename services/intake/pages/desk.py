"""The window where a clerk receives, and the desk where officers accept, refuse, or ask for corrections."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from services.chassis.auth import allow
from services.chassis.wiring import Now, ThePages
from services.intake import views
from services.intake.api import Acceptor, TheIntake
from services.intake.application import Intake
from services.intake.domain.facts import Channel
from services.intake.domain.form import missing_materials
from services.intake.pages.explaining import acceptance
from services.intake.pages.mine import details_of
from services.intake.pages.submitting import fields_of, materials_of, read_form, shown_errors
from services.intake.reading import seen_by
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day

router = APIRouter()
Clerk = Annotated[Actor, allow(Role.WINDOW_CLERK)]
DEFECT = "defect-"


@router.get("/window")
def window(request: Request, intake: TheIntake, pages: ThePages, now: Now, _: Clerk, text: Annotated[str, Query(max_length=60)] = "") -> Response:
    """Choose the item that is applied for at the window."""
    return pages.render(request, "window.html", rows=views.items(intake.database, local_day(now), text=text), text=text)


@router.get("/window/{code}")
def receive_page(request: Request, code: str, intake: TheIntake, pages: ThePages, now: Now, _: Clerk) -> Response:
    """Show the form by which a clerk receives an application."""
    item = intake.item(code).on(local_day(now))
    return pages.render(request, "receive.html", item=item, values={"kind": "PERSON", "key": str(uuid4())}, errors={})


@router.post("/window/{code}")
async def receive(request: Request, code: str, intake: TheIntake, pages: ThePages, now: Now, actor: Clerk) -> Response:
    """Receive an application at the window, with a 受理承诺单 (APP-02, APP-03)."""
    texts, files = await read_form(request)
    item = (await run_in_threadpool(intake.item, code)).on(local_day(now))
    try:
        materials = await materials_of(intake, item, texts, files, actor, now)
        details = details_of(texts)
        key = texts.get("key") or str(uuid4())
        application = await run_in_threadpool(intake.submit, code, Channel.WINDOW, details, fields_of(texts), materials, actor, now, key=key, commitment=True)
    except Refusal as error:
        errors = shown_errors(error) if isinstance(error, Invalid) else {"number": error.message}
        return pages.render(request, "receive.html", status=422, item=item, values=texts, errors=errors)
    return RedirectResponse(f"../applications/{application.id}/receipt", 303)


@router.get("/desk")
def desk(
    request: Request,
    intake: TheIntake,
    pages: ThePages,
    now: Now,
    actor: Acceptor,
    state: str = "",
    text: Annotated[str, Query(max_length=60)] = "",
    cursor: str = "",
) -> Response:
    """List what waits for acceptance, what is due first on top."""
    rows, following = views.desk(intake.database, roles=sorted(actor.roles), department=actor.department, state=state, text=text, cursor=cursor)
    today = local_day(now)
    for row in rows:
        row["left"] = _left(intake, row["acceptance_due"], today)
    return pages.render(request, "desk.html", rows=rows, following=following, state=state, text=text)


def _left(intake: Intake, due: date, today: date) -> int:
    return -intake.calendar.count(due, today) if today > due else intake.calendar.count(today, due)


@router.get("/desk/{application_id}")
def handle_page(request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, now: Now, actor: Acceptor) -> Response:
    """Show an application to whoever accepts it."""
    return _handled(request, application_id, intake, pages, now, actor, {}, {})


@router.post("/desk/{application_id}")
async def handle(request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, now: Now, actor: Acceptor) -> Response:
    """Accept, refuse, or tell what is to be corrected (COR-01, COR-06)."""
    texts, _ = await read_form(request)
    seen = int(texts["version"]) if texts.get("version", "").isdigit() else 0
    try:
        match texts.get("act"):
            case "accept":
                await run_in_threadpool(intake.accept, application_id, actor, now, seen)
            case "refuse":
                await run_in_threadpool(intake.refuse, application_id, texts.get("reasons", ""), actor, now, seen)
            case _:
                defects = {name.removeprefix(DEFECT): value for name, value in texts.items() if name.startswith(DEFECT) and value.strip()}
                await run_in_threadpool(intake.issue_correction_notice, application_id, defects, texts.get("justification", ""), actor, now, seen)
    except Refusal as error:
        errors = error.fields if isinstance(error, Invalid) and error.fields else {"act": error.message}
        return await run_in_threadpool(_handled, request, application_id, intake, pages, now, actor, errors, texts)
    return RedirectResponse("../desk", 303)


def _handled(
    request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, now: Now, actor: Actor, errors: dict[str, str], values: dict[str, str]
) -> Response:
    application = seen_by(intake, application_id, actor)
    context: dict[str, Any] = {
        "application": application,
        "clock": acceptance(intake, application, local_day(now)),
        "missing": missing_materials(application.item, application.materials),
        "errors": errors,
        "values": values,
    }
    return pages.render(request, "handle.html", status=422 if errors else 200, **context)
