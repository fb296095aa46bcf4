"""Who may read an application, and what is said of it."""

from typing import Any
from uuid import UUID

from services.chassis.problems import Problem
from services.intake.application import Intake
from services.intake.domain.application import Application
from services.intake.wire import Receipt
from services.kernel.actor import Actor, Role


def receipt_of(intake: Intake, application: Application) -> Receipt:
    """Give the receipt of an application."""
    return Receipt(
        id=application.id,
        number=application.number,
        secret=intake.secret(application.id),
        item=application.item.name,
        received_on=application.received_on,
        promised_limit=application.item.promised_limit,
        acceptance_due=application.acceptance_due(intake.calendar),
    )


def seen_by(intake: Intake, application_id: UUID, actor: Actor) -> Application:
    """Give an application to those who may see it; to other applicants there is none."""
    application = intake.application(application_id)
    if not application.may_see(actor):
        if actor.has(Role.APPLICANT):
            raise Problem(404, "not-found", "没有找到", "没有这份申请，或者它不属于您。")
        raise Problem(403, "another-department", "无权查看", "该申请由其他部门办理。")
    return application


def summary(intake: Intake, application: Application) -> dict[str, Any]:
    """Give what lists and acts say of an application: no name and no content."""
    return {
        "id": application.id,
        "number": application.number,
        "item": application.item.code,
        "item_name": application.item.name,
        "department": application.item.department,
        "channel": application.channel,
        "state": application.state,
        "deemed": application.deemed,
        "received_on": application.received_on,
        "acceptance_due": application.acceptance_due(intake.calendar),
        "clock_start": application.clock_start,
        "promised_limit": application.item.promised_limit,
        "version": application.version,
    }
