"""Complaints over HTTP: registered, forwarded and settled by supervisors, reported on by the departments that are asked (SUP-24)."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.problems import Problem
from services.chassis.wiring import Now, TheParts
from services.supervision.api import TheSupervision
from services.supervision.card_api import Answering, Text, TheSupervisor

router = APIRouter()


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ComplaintIn(_Body):
    """A complaint about the handling of a case."""

    channel: Literal["WEB", "LETTER", "VISIT", "TELEPHONE"]
    text: Text
    result: Text | None = None
    """A simple complaint is settled on the spot, with its result."""


class ComplaintExtensionIn(_Body):
    """So many working days more, and why."""

    days: int
    reason: Text


class ResultIn(_Body):
    """What came of a complaint; a rule's code where it shows a fault."""

    result: Text
    rule: str | None = Field(None, max_length=20)


class ForwardIn(_Body):
    """Which department is asked about a complaint, and what."""

    department: str
    reason: Text


class ReportIn(_Body):
    """What the department found and did."""

    report: Text


@router.post("/cases/{case_id}/complaints", status_code=201)
def register_complaint(case_id: UUID, body: ComplaintIn, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Register a complaint about the handling of a case, or about an item by its id, or settle a simple one on the spot."""
    return {"id": supervision.register_complaint(case_id, body.channel, body.text, actor, now, result=body.result)}


@router.post("/cases/{case_id}/complaints/{complaint}/extend")
def ask_for_extension(case_id: UUID, complaint: str, body: ComplaintExtensionIn, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Ask for more time for the answer."""
    supervision.ask_for_extension(case_id, complaint, body.days, body.reason, actor, now)
    return {"id": complaint}


@router.post("/cases/{case_id}/complaints/{complaint}/extend/approve")
def approve_extension(case_id: UUID, complaint: str, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Approve the time that another supervisor asked for."""
    supervision.approve_extension(case_id, complaint, actor, now)
    return {"id": complaint}


@router.post("/cases/{case_id}/complaints/{complaint}/forward")
def forward_complaint(case_id: UUID, complaint: str, body: ForwardIn, supervision: TheSupervision, parts: TheParts, now: Now, actor: TheSupervisor) -> Any:  # noqa: ANN401
    """Ask a department what happened."""
    if body.department not in parts.departments:
        raise Problem(404, "not-found", "没有找到", "没有这个部门。")
    supervision.forward_complaint(case_id, complaint, body.department, body.reason, actor, now)
    return {"id": complaint}


@router.post("/cases/{case_id}/complaints/{complaint}/return")
def return_complaint(case_id: UUID, complaint: str, body: ReportIn, supervision: TheSupervision, now: Now, actor: Answering) -> dict[str, Any]:
    """Say what the department found and did."""
    supervision.return_complaint(case_id, complaint, body.report, actor, now)
    return {"id": complaint}


@router.post("/cases/{case_id}/complaints/{complaint}/answer")
def answer_complaint(case_id: UUID, complaint: str, body: ResultIn, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Give the result of a complaint."""
    supervision.answer_complaint(case_id, complaint, body.result, actor, now, body.rule)
    return {"id": complaint}
