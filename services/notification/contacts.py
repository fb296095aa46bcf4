"""Which public events say whom to tell of a matter, and what it is called."""

from contracts import intake, supervision
from contracts.registry import PublicEvent
from services.chassis.sealing import Sealer
from services.notification.domain.message import Contact


def contact_of(event: PublicEvent, sealer: Sealer) -> Contact | None:  # noqa: PLR0911 - one line for each
    """Give what an event says of it, None where it says nothing."""
    match event:
        case intake.ApplicationReceived():
            known = sealer.unseal(event.applicant.sealed)
            return Contact(event.applicant.reference, known["account"], known["email"], event.number, event.item.name)
        case intake.StepReported() if event.item is not None:
            # The department's own system tells its applicants; we tell the officers and leaders.
            return Contact("", None, "", event.number, event.item.name)
        case intake.ReportRefused():
            return Contact("", None, "", event.number, "")
        case intake.ItemRevisionPublished():
            return Contact("", None, "", event.item.code, event.item.name)
        case intake.ItemWithdrawn():
            return Contact("", None, "", event.item, event.name)
        case intake.OfflineApprovalRegistered():
            return Contact("", None, "", event.number, event.item_name)
        case supervision.LogAltered():
            return Contact("", None, "", f"LOG-{event.service}", f"{event.service} 服务的事件流")
        case supervision.AccountabilityFound():
            return Contact("", None, "", f"{event.month.year}年{event.month.month}月", "责任追究")
        case _:
            return None
