"""The comprehensive window: a clerk receives for whoever stands before him, and tells at once what is missing (APP-02, COR-01)."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from services.chassis.auth import allow
from services.chassis.wiring import Now, ThePages
from services.intake import views
from services.intake.api import TheIntake
from services.intake.application import Intake
from services.intake.domain.applicant import checked
from services.intake.domain.facts import Channel
from services.intake.domain.form import SubmittedMaterial, missing_materials
from services.intake.domain.item import ItemRevision
from services.intake.pages.applying import details_of
from services.intake.pages.submitting import errors_of, fields_of, materials_of, read_form, shown_errors
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day

router = APIRouter()
Clerk = Annotated[Actor, allow(Role.WINDOW_CLERK)]
DEFECT = "defect-"
MISSING = "没有提交"


@router.get("/window")
def window(
    request: Request, intake: TheIntake, pages: ThePages, now: Now, _: Clerk, text: Annotated[str, Query(max_length=60)] = "", cursor: str = ""
) -> Response:
    """Choose the item that is applied for at the window."""
    rows, following = views.catalogue.items(intake.database, local_day(now), text=text, cursor=cursor)
    return pages.render(request, "window.html", rows=rows, following=following, text=text)


@router.get("/window/{code}")
def receive_page(request: Request, code: str, intake: TheIntake, pages: ThePages, now: Now, _: Clerk) -> Response:
    """Show the form by which a clerk receives an application."""
    item = intake.item(code).on(local_day(now))
    return pages.render(request, "receive.html", item=item, values={"kind": "PERSON", "key": str(uuid4())})


@router.post("/window/{code}")
async def receive(request: Request, code: str, intake: TheIntake, pages: ThePages, now: Now, actor: Clerk) -> Response:
    """Receive an application with a 受理承诺单, and where it is not complete tell so at once (APP-02, APP-03, COR-01)."""
    texts, files = await read_form(request)
    item = (await run_in_threadpool(intake.item, code)).on(local_day(now))
    materials, errors = await materials_of(intake, item, texts, files, actor, now)
    errors = errors_of(item, texts, materials, actor, lambda: checked(details_of(texts), now)) | errors
    defects = _defects(item, texts, materials) if texts.get("act") == "tell" else None
    if defects == {}:
        errors["act"] = "材料齐全，没有填写需要补正的问题，不用告知补正。"
    if not errors:
        try:
            return await run_in_threadpool(_received, intake, code, texts, materials, defects or {}, actor, now)
        except Refusal as error:
            errors = shown_errors(error) if isinstance(error, Invalid) else {"number": error.message}
    return pages.render(request, "receive.html", status=422, item=item, values=texts, errors=errors)


def _defects(item: ItemRevision, texts: dict[str, str], materials: list[SubmittedMaterial]) -> dict[str, str]:
    """Give what is to be corrected: what the clerk wrote, and every required material that is missing."""
    written = {name.removeprefix(DEFECT): value for name, value in texts.items() if name.startswith(DEFECT) and value.strip()}
    return dict.fromkeys(missing_materials(item, materials), MISSING) | written


def _received(
    intake: Intake, code: str, texts: dict[str, str], materials: list[SubmittedMaterial], defects: dict[str, str], actor: Actor, now: Now
) -> Response:
    key = texts.get("key") or str(uuid4())
    application = intake.submit(code, Channel.WINDOW, details_of(texts), fields_of(texts), materials, actor, now, key=key, commitment=True)
    # A second click finds the notice given.
    if defects and not application.notices:
        intake.issue_correction_notice(application.id, defects, "", actor, now)
    return _receipt(application.id)


def _receipt(application_id: UUID) -> Response:
    return RedirectResponse(f"../applications/{application_id}/receipt", 303)
