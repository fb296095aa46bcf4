"""What changes the clock of a case, over HTTP: special procedures and the extension (FLW-06, FLW-07)."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.chassis.http.preconditions import SeenVersion
from services.chassis.wiring import Now
from services.kernel.calendar import local_day
from services.kernel.process import SpecialProcedure
from services.workflow.api import Body, Officer, TheWorkflow
from services.workflow.reading import summary

router = APIRouter()


class StopIn(Body):
    """A special procedure."""

    procedure: SpecialProcedure
    expected_days: int
    reason: str = Field(max_length=2000)


class ResumeIn(Body):
    """What came of a special procedure."""

    result: str = Field(max_length=2000)


class ExtensionIn(Body):
    """So many working days more, and why."""

    days: int
    reason: str = Field(max_length=2000)


@router.post("/cases/{case_id}/stops")
def stop(case_id: UUID, body: StopIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Begin a special procedure (FLW-06)."""
    case = workflow.stop_clock(case_id, body.procedure, body.expected_days, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/stops/{stop_id}/end")
def resume(case_id: UUID, stop_id: str, body: ResumeIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """End a special procedure (FLW-06)."""
    case = workflow.resume_clock(case_id, stop_id, body.result, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/extension")
def extend(case_id: UUID, body: ExtensionIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Grant the one extension (FLW-07)."""
    case = workflow.extend(case_id, body.days, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))
