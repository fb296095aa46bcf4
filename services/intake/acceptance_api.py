"""Acceptance over HTTP: pre-reviewed, corrected, accepted or refused, the paper signed for (COR-01, COR-06); and approvals given outside the system."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter

from services.chassis.auth import allow
from services.chassis.http.preconditions import SeenVersion
from services.chassis.wiring import Now, TheParts
from services.intake.api import Acceptor, Registering, TheIntake
from services.intake.reading import summary
from services.intake.wire import NoticeIn, OfflineIn, PreReviewIn, ReasonIn
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid

router = APIRouter()


@router.post("/applications/{application_id}/accept")
def accept(application_id: UUID, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Accept (受理, COR-06)."""
    application = intake.accept(application_id, actor, now, seen)
    return summary(intake, application)


@router.post("/applications/{application_id}/refuse")
def refuse(application_id: UUID, body: ReasonIn, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Refuse to accept (不予受理, COR-06)."""
    application = intake.refuse(application_id, body.reason, actor, now, seen)
    return summary(intake, application)


@router.post("/applications/{application_id}/correction-notices")
def issue_notice(application_id: UUID, body: NoticeIn, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Tell everything that is to be corrected (COR-01)."""
    application = intake.issue_correction_notice(application_id, body.defects, body.justification, actor, now, seen)
    return summary(intake, application)


@router.post("/applications/{application_id}/pre-review")
def pre_review(application_id: UUID, body: PreReviewIn, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Tell what came of the pre-review of an online submission (APP-05)."""
    application = intake.pre_review(application_id, body.opinion, actor, now, seen, passed=body.passed)
    return summary(intake, application)


@router.post("/applications/{application_id}/paper/sign")
def sign_for_paper(application_id: UUID, intake: TheIntake, now: Now, actor: Annotated[Actor, allow(Role.HANDLER)], seen: SeenVersion) -> dict[str, Any]:
    """Sign for the paper that the window had received (HAL-04)."""
    application = intake.sign_for_paper(application_id, actor, now, seen)
    return summary(intake, application)


@router.post("/offline-approvals", status_code=201)
def register_offline(body: OfflineIn, intake: TheIntake, parts: TheParts, now: Now, actor: Registering) -> dict[str, Any]:
    """Enter an approval that a department gave outside the system."""
    if body.department and body.department not in parts.departments:
        raise Invalid("department-unknown", "没有这个部门。", "CAT-01", {"department": "没有这个部门"})
    identity = uuid4()
    officer = actor.subject if actor.has(Role.HANDLER) else None
    fields = (body.item, body.item_name, body.department, body.approved_on, body.cause, body.reason)
    return {"id": identity, "number": intake.register_offline(identity, *fields, officer, actor, now)}
