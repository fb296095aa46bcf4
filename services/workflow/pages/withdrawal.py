"""Withdrawing after acceptance (APP-08): by the applicant himself, or by a window clerk upon his written request."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.auth import allow
from services.chassis.wiring import Now, ThePages
from services.kernel.actor import Actor, Role
from services.workflow.api import TheWorkflow
from services.workflow.application import Workflow
from services.workflow.domain.case import Case
from services.workflow.pages.trouble import attempt
from services.workflow.reading import seen_by

router = APIRouter()
Withdrawer = Annotated[Actor, allow(Role.APPLICANT, Role.WINDOW_CLERK)]


def _case(workflow: Workflow, case_id: UUID, actor: Actor) -> Case:
    """A clerk at any window may take a withdrawal in, and sees no more of the case than what it is."""
    return workflow.case(case_id) if actor.has(Role.WINDOW_CLERK) else seen_by(workflow, case_id, actor)


@router.get("/cases/{case_id}/withdraw")
def ask(request: Request, case_id: UUID, workflow: TheWorkflow, pages: ThePages, actor: Withdrawer) -> Response:
    """Ask whether it is really meant."""
    case = _case(workflow, case_id, actor)
    return pages.render(request, "withdraw.html", case=case, own=actor.subject == case.account, values={}, trouble=None, done=False)


@router.post("/cases/{case_id}/withdraw")
def withdraw(
    request: Request,
    case_id: UUID,
    workflow: TheWorkflow,
    pages: ThePages,
    now: Now,
    actor: Withdrawer,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """End the case."""
    case = _case(workflow, case_id, actor)
    own = actor.subject == case.account
    trouble = attempt(lambda: workflow.withdraw(case_id, reason, actor, now))
    if trouble is None and own:
        return RedirectResponse(f"/intake/applications/{case_id}", 303)
    shown: dict[str, Any] = {"case": workflow.case(case_id), "own": own, "values": {"reason": reason}, "done": trouble is None}
    errors = trouble.errors if trouble else {}
    return pages.render(request, "withdraw.html", status=trouble.status if trouble else 200, errors=errors, trouble=trouble, **shown)
