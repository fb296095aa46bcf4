"""Where certificates' private events become public."""

from typing import Any

from contracts import certificates as public
from contracts import workflow
from contracts.registry import PublicEvent
from services.certificates.domain.document import Decision
from services.certificates.domain.result import Result
from services.kernel.calendar import local_day


def to_public(event: Any) -> PublicEvent | None:  # noqa: ANN401
    """Give the public form of an event."""
    match event:
        case Result.Issued(document=document):
            return public.CertificateIssued(
                certificate=str(event.originator_id),
                number=document.number,
                name=document.title,
                outcome="GRANTED" if event.granted else "REFUSED",
                issued_on=local_day(event.happened),
                valid_until=document.valid_until,
                digest=document.digest,
                algorithm=document.algorithm,
            )
        case Result.PickupNoticeIssued():
            return public.PickupNoticeIssued(number=event.number, window=event.window, materials=event.materials)
        case Result.Delivered():
            return public.ResultDelivered(number=event.number, manner="WINDOW", delivered_on=event.delivered_on)
        case Result.Archived():
            return public.ResultArchived(number=event.number, sheet=event.sheet, archived_on=event.archived_on)
        case Result.AlterationFound():
            return public.AlterationFound(number=event.number, found_on=event.found_on)
        case Result.Revoked():
            return public.CertificateRevoked(number=event.number, revoked_on=event.revoked_on, reason=event.reason)
        case _:
            return None


def decision_of(event: workflow.CaseDecided) -> Decision:
    """Give what a result is made from."""
    item = event.item
    return Decision(
        case_number=event.number,
        item=item.code,
        item_name=item.name,
        department=item.department,
        authority=item.decision_authority,
        result_name=item.result_name,
        months=item.result_months,
        granted=event.outcome == "GRANTED",
        grounds=event.grounds,
        reasons=event.reasons,
        decided_on=event.decided_on,
        applicant=event.applicant.reference,
        applicant_sealed=event.applicant.sealed,
        form_sealed=event.form,
        numbered_blank=item.numbered_blank and event.outcome == "GRANTED",
    )
