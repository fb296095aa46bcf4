"""The desk where officers accept, refuse, or ask for corrections: what is due first on top (COR-01, COR-06)."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from services.chassis.http.paging import Sort
from services.chassis.http.preconditions import Stale
from services.chassis.wiring import Now, ThePages, TheParts
from services.intake import views
from services.intake.api import Acceptor, TheIntake
from services.intake.application import Intake
from services.intake.domain.application import Application
from services.intake.pages.explaining import shown
from services.intake.pages.submitting import read_form
from services.intake.pages.telling import tell
from services.intake.pages.window import DEFECT
from services.intake.reading import seen_by
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day

router = APIRouter()
DONE = {
    "accept": ("已经受理。", "acceptance"),
    "deemed": ("已经超过受理时限，依法自收到申请之日起视为受理。", "acceptance"),
    "refuse": ("已经作出不予受理的决定。", "refusal"),
    "pre-review": ("预审结果已经告知申请人。", ""),
    "paper": ("纸质材料已经签收。", ""),
    "notice-1": ("补正通知已经发出，申请人会收到消息。", "notice-1"),
    "notice-2": ("补正通知已经发出，申请人会收到消息。", "notice-2"),
}
"""What was done, and the document that came of it."""


@router.get("/desk")
def desk(
    request: Request,
    intake: TheIntake,
    pages: ThePages,
    now: Now,
    actor: Acceptor,
    state: str = "",
    text: Annotated[str, Query(max_length=60)] = "",
    sort: Sort = "",
    cursor: str = "",
    done: str = "",
    on: UUID | None = None,
) -> Response:
    """List what waits for acceptance, what is due first on top."""
    rows, following = views.applications.desk(
        intake.database, roles=sorted(actor.roles), department=actor.department, state=state, text=text, sort=sort, cursor=cursor
    )
    today = local_day(now)
    for row in rows:
        row["left"] = None if row["acceptance_due"] is None else _left(intake, row["acceptance_due"], today)
    said = DONE.get(done) if on is not None else None
    return pages.render(request, "desk.html", rows=rows, following=following, state=state, text=text, sort=sort or "due", said=said, on=on)


def _left(intake: Intake, due: date, today: date) -> int:
    return -intake.calendar.count(due, today) if today > due else intake.calendar.count(today, due)


@router.get("/desk/{application_id}")
def handle_page(request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, parts: TheParts, now: Now, actor: Acceptor) -> Response:
    """Show an application to whoever accepts it."""
    return pages.render(request, "handle.html", **_handled(request, application_id, intake, parts, now, actor), values={})


@router.post("/desk/{application_id}")
async def handle(request: Request, application_id: UUID, intake: TheIntake, pages: ThePages, parts: TheParts, now: Now, actor: Acceptor) -> Response:
    """Accept, refuse, or tell what is to be corrected (COR-01, COR-06)."""
    texts, _ = await read_form(request)
    await run_in_threadpool(seen_by, intake, application_id, actor)
    try:
        done = await run_in_threadpool(_act, intake, application_id, texts, actor, now)
    except Refusal as error:
        errors = error.fields if isinstance(error, Invalid) and error.fields else {"act": error.message}
    except Stale as error:
        errors = {"act": error.detail}
    else:
        return RedirectResponse(f"../desk?done={done}&on={application_id}", 303)
    context = await run_in_threadpool(_handled, request, application_id, intake, parts, now, actor)
    return pages.render(request, "handle.html", status=422, **context, errors=errors, values=texts)


def _act(intake: Intake, application_id: UUID, texts: dict[str, str], actor: Actor, now: Now) -> str:
    """Do what the form says, and give the name of what was done."""
    version = texts.get("version", "")
    seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0  # noqa: PLR2004 - no version is longer
    match texts.get("act"):
        case "accept":
            intake.accept(application_id, actor, now, seen)
            return "deemed" if intake.application(application_id).deemed else "accept"
        case "pre-review":
            intake.pre_review(application_id, texts.get("opinion", ""), actor, now, seen, passed=texts.get("passed") != "no")
            return "pre-review"
        case "paper":
            intake.sign_for_paper(application_id, actor, now, seen)
            return "paper"
        case "refuse":
            intake.refuse(application_id, texts.get("reasons", ""), actor, now, seen)
            return "refuse"
        case _:
            defects = {name.removeprefix(DEFECT): value for name, value in texts.items() if name.startswith(DEFECT) and value.strip()}
            intake.issue_correction_notice(application_id, defects, texts.get("justification", ""), actor, now, seen)
            return f"notice-{intake.application(application_id).notices}"


def _handled(request: Request, application_id: UUID, intake: Intake, parts: TheParts, now: Now, actor: Actor) -> dict[str, Any]:
    application = seen_by(intake, application_id, actor)
    today = local_day(now)
    letters = f"{request.scope.get('root_path', '')}/applications/{application_id}/letters"
    context = shown(intake, application, today, letters)
    context["history"] = tell(intake.history(application_id), letters, parts.directory.name)
    waits = context["acceptance"] is not None
    context["may_answer"] = waits and application.may_answer(actor)
    context["may_pre_review"] = waits and application.may_answer(actor) and application.may_be_pre_reviewed
    context["may_sign_for_paper"] = application.may_sign_for_paper(actor)
    context["may_tell"] = waits and (application.may_answer(actor) or application.may_tell_at_once(actor, today))
    context["tellable"] = _tellable(application)
    return context


def _tellable(application: Application) -> list[Any]:
    """Give the materials about which a notice can be: after a first one, what was corrected (COR-03)."""
    return [material for material in application.item.materials if not application.notices or material.code in application.corrected]
