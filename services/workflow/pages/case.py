"""The page of a case: what was applied for, how far it is, when it is due and why; and the signature of its open stage."""

import logging
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.auth import SignedIn, allow
from services.chassis.http.preconditions import version
from services.chassis.problems import Problem
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.kernel.identity_numbers import masked
from services.workflow.api import Officer, TheWorkflow
from services.workflow.application import Workflow
from services.workflow.domain.authority import SIGNING
from services.workflow.domain.case import Case
from services.workflow.domain.facts import CaseState
from services.workflow.pages.notices import EXTENSION, Notice, extension_notice, stop_notice
from services.workflow.pages.showing import can, clock, levels
from services.workflow.pages.telling import tell
from services.workflow.pages.trouble import Trouble, attempt
from services.workflow.reading import seen_by

logger = logging.getLogger(__name__)
router = APIRouter()
DONE = {
    "taken": "已领取，请在环节时限内签署意见。",
    "signed": "意见已经签署，办件转入下一环节。",
    "decided": "决定已经作出，结果文书将自动制作。",
    "assigned": "承办人员已经指派。",
    "returned": "办件已经退回，原意见保留在办理过程中。",
    "handed-over": "纸质材料已经签收，材料接收凭证号见办理过程。",
    "stopped": "计时已经暂停。请打印告知书送达申请人。",
    "resumed": "计时已经恢复，到期日已重新计算。",
    "extended": "延期已经批准。请打印告知书送达申请人。",
    "added": "材料已经加入办件。",
    "published": "决定已经公开。",
    "forwarded": "上报已经登记。",
    "charged": "收费已经登记。",
    "refunded": "退费已经登记。",
    "withdrawn": "办件已按申请人的意愿终止。",
}
Reader = Annotated[Actor, allow(*SIGNING, Role.SUPERVISOR, Role.AUDITOR)]


@router.get("/cases/{case_id}")
def show(
    request: Request,
    case_id: UUID,
    workflow: TheWorkflow,
    pages: ThePages,
    parts: TheParts,
    now: Now,
    actor: Reader,
    stage: Annotated[str, Query(max_length=100)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show a case to its officers and to supervision."""
    case = seen_by(workflow, case_id, actor)
    context = _context(workflow, case, parts.directory.name, actor, local_day(now), stage)
    return pages.render(request, "case.html", **context, done=DONE.get(done, ""), trouble=None, values={})


@router.post("/cases/{case_id}/stages/{stage}/sign")
def sign(
    request: Request,
    case_id: UUID,
    stage: str,
    workflow: TheWorkflow,
    pages: ThePages,
    parts: TheParts,
    now: Now,
    actor: Officer,
    seen: Annotated[str, Form()] = "",
    conclusion: Annotated[str, Form()] = "",
    opinion: Annotated[str, Form(max_length=4000)] = "",
    grounds: Annotated[str, Form(max_length=4000)] = "",
    reasons: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Sign a stage (FLW-02), or at the last one decide (FLW-08)."""
    case = seen_by(workflow, case_id, actor)
    trouble: Trouble | None
    if conclusion in {"yes", "no"}:
        approves, saw = conclusion == "yes", version(seen)
        trouble = attempt(lambda: workflow.sign(case_id, stage, opinion, actor, now, approves=approves, grounds=grounds, reasons=reasons, seen=saw))
    else:
        trouble = Trouble(422, "请先选择结论。", {"conclusion": "请选择结论"})
    if trouble is None:
        decided = workflow.case(case_id).state is CaseState.DECIDED
        return RedirectResponse(f"{request.scope.get('root_path', '')}/cases/{case_id}?done={'decided' if decided else 'signed'}", 303)
    values = {"conclusion": conclusion, "opinion": opinion, "grounds": grounds, "reasons": reasons}
    context = _context(workflow, case, parts.directory.name, actor, local_day(now), stage)
    return pages.render(request, "case.html", status=trouble.status, **context, done="", trouble=trouble, values=values)


@router.get("/cases/{case_id}/notices/{name}")
def notice(request: Request, case_id: UUID, name: str, workflow: TheWorkflow, pages: ThePages, actor: SignedIn) -> Response:
    """Show a notice to print: of a special procedure by its number, or of the extension."""
    case = seen_by(workflow, case_id, actor)
    found = _notice(workflow, case, name, _addressee(workflow, case, actor))
    if found is None:
        raise Problem(404, "not-found", "没有找到", "没有这份告知书。")
    return pages.render(request, "notice.html", notice=found, case=case, is_officer=actor.has(*SIGNING))


def _notice(workflow: Workflow, case: Case, name: str, addressee: str) -> Notice | None:
    if name != EXTENSION:
        return next((stop_notice(case, addressee, stop) for stop in case.stops if stop.notice == name), None)
    granted = next((event for event in workflow.history(case.id) if isinstance(event, Case.LimitExtended)), None)
    if granted is None:
        return None
    return extension_notice(case, addressee, granted.days, granted.reason, granted.granted_on, workflow.calendar)


def _addressee(workflow: Workflow, case: Case, actor: Actor) -> str:
    applicant, _ = workflow.application_of(case)
    name = str(applicant["name"])
    return name if is_open_to(case, actor) else f"{name[:1]}**"


def is_open_to(case: Case, actor: Actor) -> bool:
    """Say whether an actor needs the personal data of a case: who handles it, and the applicant; supervision sees them masked (SEC-02)."""
    return actor.has(*SIGNING) or (case.account is not None and actor.subject == case.account)


def applicant_of(workflow: Workflow, case: Case, actor: Actor) -> tuple[dict[str, Any], dict[str, str]]:
    """Give the applicant and the form as an actor may see them; that somebody looked is logged (SEC-02)."""
    applicant, form = workflow.application_of(case)
    if is_open_to(case, actor):
        logger.info("personal data of case %s read by %s", case.id, actor.subject)
        return applicant, form["filled"]
    shown = {"kind": applicant.get("kind", ""), "name": f"{applicant['name'][:1]}**", "number": masked(str(applicant.get("number", "")))}
    return shown, {}


def _context(workflow: Workflow, case: Case, name: Any, actor: Actor, today: date, stage: str) -> dict[str, Any]:  # noqa: ANN401 - the directory's method
    calendar = workflow.calendar
    applicant, form = applicant_of(workflow, case, actor)
    history = workflow.history(case.id)
    return {
        "case": case,
        "applicant": applicant,
        "form": form,
        "clocks": [clock("promised", case.promised_clock(), calendar, today), clock("statutory", case.statutory_clock(), calendar, today)],
        "levels": levels(case, calendar, today),
        "can": can(workflow, case, actor, calendar, today, stage),
        "history": tell(history, case, name),
        "is_officer": actor.has(*SIGNING),
    }
