"""The stages of a case over HTTP: take, assign, sign, roll back; and sign for their paper (FLW-02, FLW-03, FLW-09, HAL-04)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.chassis.auth import allow
from services.chassis.http.preconditions import SeenVersion
from services.chassis.wiring import Now
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.workflow.api import Body, Deciding, Officer, ReasonIn, TheWorkflow
from services.workflow.reading import summary

router = APIRouter()


class AssignIn(Body):
    """To whom, and why."""

    officer: str = Field(min_length=1, max_length=100)
    reason: str = Field(max_length=2000)


class SignIn(Body):
    """A signature: the opinion, and at the last stage grounds and reasons."""

    opinion: str = Field(max_length=4000)
    approves: bool
    grounds: str = Field("", max_length=4000)
    reasons: str = Field("", max_length=4000)


class RollBackIn(Body):
    """Back to which stage, and why."""

    to: str
    reason: str = Field(max_length=2000)


@router.post("/cases/{case_id}/stages/{stage}/take")
def take(case_id: UUID, stage: str, body: ReasonIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Take a stage, or take it over (FLW-09)."""
    case = workflow.take(case_id, stage, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/stages/{stage}/assign")
def assign(
    case_id: UUID,
    stage: str,
    body: AssignIn,
    workflow: TheWorkflow,
    now: Now,
    actor: Annotated[Actor, allow(Role.SECTION_HEAD, Role.LEADER)],
    seen: SeenVersion,
) -> dict[str, Any]:
    """Give a stage to an officer who holds the authority for it (FLW-09)."""
    case = workflow.assign(case_id, stage, body.officer, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/stages/{stage}/sign")
def sign(case_id: UUID, stage: str, body: SignIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Sign a stage with an opinion (FLW-02); at the last one, decide (FLW-08)."""
    case = workflow.sign(case_id, stage, body.opinion, actor, now, approves=body.approves, grounds=body.grounds, reasons=body.reasons, seen=seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/stages/{stage}/roll-back")
def roll_back(case_id: UUID, stage: str, body: RollBackIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Send the case back to an earlier stage (FLW-03)."""
    case = workflow.roll_back(case_id, stage, body.to, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/paper/sign")
def sign_for_paper(case_id: UUID, workflow: TheWorkflow, now: Now, actor: Deciding, seen: SeenVersion) -> dict[str, Any]:
    """Sign for the paper that came from another department (HAL-04)."""
    case = workflow.sign_for_paper(case_id, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))
