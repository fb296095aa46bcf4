"""Where intake's private events become public: the applicant leaves as a reference and a sealed document, never in clear (SEC-02)."""

from typing import Any
from uuid import UUID

import msgspec

from contracts import common
from contracts import intake as public
from contracts.registry import PublicEvent
from services.chassis.clock.reckoning import CalendarVersions
from services.chassis.sealing import Sealer
from services.intake.domain.applicant import ApplicantDetails
from services.intake.domain.application import Application
from services.intake.domain.department_case import DepartmentCase
from services.intake.domain.form import SubmittedMaterial, printed_fields
from services.intake.domain.item import ItemRevision
from services.intake.domain.offline import OfflineApproval
from services.intake.domain.service_item import ServiceItem
from services.kernel.calendar import local_day


def to_public(event: Any, sealer: Sealer) -> PublicEvent | None:  # noqa: ANN401, PLR0911 - one line for each
    """Give the public form of an event, None where it is nobody else's business."""
    match event:
        case ServiceItem.Published() | ServiceItem.Revised():
            item = event.revision
            return public.ItemRevisionPublished(item=snapshot(item), effective_from=item.effective_from, guide=guide(item))
        case ServiceItem.Withdrawn():
            return public.ItemWithdrawn(
                item=event.code, last_day=event.last_day, reason=event.reason, basis=event.basis, department=event.department, name=event.name
            )
        case Application.Received():
            return public.ApplicationReceived(
                number=event.number,
                item=snapshot(event.item),
                channel=event.channel.value,
                window=event.window,
                applicant=reference(event.applicant, event.details, event.account, sealer),
                received_on=event.received_on,
                commitment=event.commitment,
                acceptance_limit=event.acceptance_limit,
                materials=materials(event.materials),
            )
        case Application.CorrectionNoticeIssued():
            defects = tuple(public.Defect(material=one.material, name=one.name, reason=one.reason) for one in event.defects)
            return public.CorrectionNoticeIssued(
                notice=event.notice, ordinal=event.ordinal, defects=defects, at_once=event.at_once, justification=event.justification
            )
        case Application.CorrectionsSubmitted():
            return public.CorrectionsSubmitted(materials=materials(event.materials), submitted_on=event.submitted_on)
        case Application.Accepted():
            return public.ApplicationAccepted(
                number=event.number,
                item=snapshot(event.item),
                applicant=reference(event.applicant, event.details, event.account, sealer),
                channel=event.channel.value,
                deemed=event.deemed,
                clock_start=event.clock_start,
                materials=materials(event.materials),
                form=sealer.seal({"filled": labelled(event.item, event.form), "printed": printed_fields(event.item, event.form)}),
            )
        case Application.AcceptanceRefused():
            return public.AcceptanceRefused(notice=event.notice, reasons=event.reasons)
        case Application.PreReviewed():
            return public.PreReviewCompleted(passed=event.passed, opinion=event.opinion, completed_on=local_day(event.happened))
        case Application.PaperSignedFor():
            return public.PaperSignedFor(department=event.department, receipt=event.receipt, materials=event.materials)
        case OfflineApproval.Registered():
            return _offline(event)
        case _:
            return _of_no_application(event)


def _of_no_application(event: Any) -> PublicEvent | None:  # noqa: ANN401
    match event:
        case DepartmentCase.StepReported():
            return public.StepReported(
                department=event.department,
                number=event.number,
                report=event.report,
                step=event.step,
                data=event.data,
                item=snapshot(event.item) if event.item else None,
                system_since=event.system_since,
            )
        case DepartmentCase.ReportRefused():
            return public.ReportRefused(
                department=event.department, number=event.number, report=event.report, type=event.type, code=event.code, detail=event.detail
            )
        case CalendarVersions.Published(data=data):
            days = {"first": data.first, "last": data.last, "known_through": data.known_through}
            return public.CalendarVersionPublished(calendar=data.id, notice=event.notice, rest=data.rest, moved=data.moved, **days)
        case Application.Reviewed():
            return public.ReviewGiven(stage=event.stage.value, level=event.level, tags=tuple(tag.value for tag in event.tags))
        case Application.Withdrawn():
            return public.ApplicationWithdrawn(reason=event.reason)
        case _:
            return None


def _offline(event: OfflineApproval.Registered) -> public.OfflineApprovalRegistered:
    return public.OfflineApprovalRegistered(
        number=event.number,
        item=event.item or None,
        item_name=event.item_name,
        department=event.department,
        online_grade=event.online_grade or None,  # type: ignore[arg-type]
        approved_on=event.approved_on,
        registered_on=event.registered_on,
        cause=event.cause.value,
        reason=event.reason,
        officer=event.officer,
    )


def guide(item: ItemRevision) -> public.GuideElements:
    """Give how much of each element that must be public the guide has (CAT-02)."""
    counted = {name: len(getattr(item, name)) for name in ("legal_basis", "conditions", "materials", "responsibilities", "accountability")}
    return public.GuideElements(
        **counted,
        form_fields=len(item.form),
        window=bool(item.window.address and item.window.hours),
        consultation_phone=bool(item.consultation_phone),
        complaint_phone=bool(item.complaint_phone),
    )


def snapshot(item: ItemRevision) -> common.ItemSnapshot:
    """Give what a case must know of its item revision."""
    stages = tuple(
        common.Stage(code=stage.code, name=stage.name, department=stage.department, role=stage.role.value, limit=stage.limit, after=stage.after)
        for stage in item.process.stages
    )
    return common.ItemSnapshot(
        code=item.code,
        revision=item.revision,
        name=item.name,
        kind=item.kind.value,
        department=item.department,
        statutory_limit=item.statutory_limit,
        promised_limit=item.promised_limit,
        acceptance_limit=item.acceptance_limit,
        accepted_by=item.process.accepted_by.value,
        stages=stages,
        special_procedures=tuple(procedure.value for procedure in item.special_procedures),
        result_name=item.result.name,
        result_months=item.result.months,
        decision_authority=item.decision_authority,
        preliminary_limit=item.preliminary_limit,
        publication_limit=item.publication_limit,
        certificate_limit=item.certificate_limit,
        online_grade=item.online_grade.grade,  # type: ignore[arg-type]
        materials=tuple(material.code for material in item.materials),
        fees=tuple(common.Fee(name=fee.name, standard=fee.standard, amount=fee.amount, basis=fee.basis) for fee in item.fees),
        numbered_blank=item.result.numbered_blank,
    )


def reference(applicant: UUID, details: ApplicantDetails, account: str | None, sealer: Sealer) -> common.ApplicantReference:
    """Give the applicant as the bus may know it."""
    sealed = sealer.seal({**msgspec.to_builtins(details), "account": account})
    return common.ApplicantReference(reference=str(applicant), kind=details.kind.value, sealed=sealed)


def materials(handed_in: tuple[SubmittedMaterial, ...]) -> tuple[public.ReceivedMaterial, ...]:
    """Give materials without their files."""
    return tuple(public.ReceivedMaterial(code=one.code, name=one.name, paper=one.paper, digest=one.digest) for one in handed_in)


def labelled(item: ItemRevision, form: dict[str, str]) -> dict[str, str]:
    """Give the form with the labels that people read."""
    return {field.label: form[field.code] for field in item.form if field.code in form}
