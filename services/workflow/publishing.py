"""Where workflow's private events become public, and intake's public snapshot of an item becomes workflow's own."""

from typing import Any

from contracts import common, intake
from contracts import workflow as public
from contracts.registry import PublicEvent
from services.kernel.actor import Role
from services.kernel.process import ProcessDefinition, SpecialProcedure, StageDefinition
from services.workflow.domain.authority import Authority
from services.workflow.domain.case import Case
from services.workflow.domain.facts import CaseItem, CaseMaterial, ItemFee


def to_public(event: Any) -> PublicEvent | None:  # noqa: ANN401, C901, PLR0911, PLR0912 - one line for each
    """Give the public form of an event."""
    match event:
        case Case.Opened():
            return public.CaseOpened(number=event.number, item=event.item.code, department=event.item.department, clock_start=event.clock_start)
        case Case.StageEntered(stage=stage):
            fields = {"stage": stage.code, "name": stage.name, "department": stage.department, "role": stage.role.value, "limit": stage.limit}
            return public.StageEntered(entered_on=event.entered_on, paper_from=event.paper_from, **fields)  # type: ignore[arg-type]
        case Case.OfficerAssigned():
            return public.OfficerAssigned(stage=event.stage, officer=event.officer, previous=event.previous, reason=event.reason)
        case Case.StageSigned(stage=stage):
            return public.StageSigned(
                stage=stage.code, name=stage.name, department=stage.department, officer=event.actor, approves=event.approves, opinion=event.opinion
            )
        case Case.RolledBack():
            return public.CaseRolledBack(from_stage=event.from_stage, to_stage=event.to_stage, reopened=event.reopened, reason=event.reason)
        case Case.PaperHandedOver():
            return public.PaperHandedOver(
                department=event.department, from_department=event.from_department, officer=event.actor, receipt=event.receipt, materials=event.materials
            )
        case Case.ClockStopped(stop=stop):
            return public.ClockStopped(
                stop=stop.id,
                procedure=stop.procedure.value,
                from_day=stop.begin,
                expected_days=stop.expected_days,
                reason=stop.reason,
                notice=stop.notice,
            )
        case Case.ClockResumed():
            return public.ClockResumed(stop=event.stop, to_day=event.to_day, result=event.result)
        case Case.LimitExtended():
            return public.LimitExtended(granted_on=event.granted_on, days=event.days, reason=event.reason, approved_by=event.actor)
        case Case.MaterialAdded(material=material):
            return public.MaterialAdded(code=material.code, name=material.name, digest=material.digest, reason=event.reason)
        case Case.Decided():
            return public.CaseDecided(
                number=event.number,
                outcome=event.outcome.value,
                decided_on=event.decided_on,
                officer=event.actor,
                grounds=event.grounds,
                reasons=event.reasons,
                item=to_snapshot(event.item),
                applicant=common.ApplicantReference(
                    reference=event.applicant,
                    kind=event.applicant_kind,  # type: ignore[arg-type]
                    sealed=event.applicant_sealed,
                ),
                form=event.form_sealed,
            )
        case Case.Published():
            return public.DecisionPublished(published_on=event.published_on)
        case Case.Forwarded():
            return public.PreliminaryOpinionForwarded(forwarded_on=event.forwarded_on, to=event.to, document=event.document)
        case Case.FeeCharged(fee=fee):
            return public.FeeCharged(fee=fee.id, name=fee.name, amount=fee.amount, receipt=fee.receipt)
        case Case.FeeRefunded():
            return public.FeeRefunded(fee=event.fee, reason=event.reason)
        case Case.Withdrawn():
            return public.CaseWithdrawn(withdrawn_on=event.withdrawn_on, reason=event.reason)
        case Authority.Granted() | Authority.Renewed():
            return public.AuthorityGranted(
                officer=event.officer,
                department=event.department,
                item=event.item,
                role=event.role.value,  # type: ignore[arg-type]
            )
        case _:
            return None


def from_snapshot(item: common.ItemSnapshot) -> CaseItem:
    """Give workflow's own form of an item snapshot."""
    stages = tuple(
        StageDefinition(code=one.code, name=one.name, department=one.department, role=Role(one.role), limit=one.limit, after=one.after) for one in item.stages
    )
    return CaseItem(
        code=item.code,
        revision=item.revision,
        name=item.name,
        kind=item.kind,
        department=item.department,
        statutory_limit=item.statutory_limit,
        promised_limit=item.promised_limit,
        acceptance_limit=item.acceptance_limit,
        process=ProcessDefinition(Role(item.accepted_by), stages),
        special_procedures=tuple(SpecialProcedure(one) for one in item.special_procedures),
        result_name=item.result_name,
        result_months=item.result_months,
        decision_authority=item.decision_authority,
        preliminary_limit=item.preliminary_limit,
        publication_limit=item.publication_limit,
        certificate_limit=item.certificate_limit,
        online_grade=item.online_grade,
        materials=item.materials,
        fees=None if item.fees is None else tuple(ItemFee(fee.name, fee.standard, fee.amount, fee.basis) for fee in item.fees),
        numbered_blank=item.numbered_blank,
    )


def to_snapshot(item: CaseItem) -> common.ItemSnapshot:
    """Give the public form of an item again."""
    stages = tuple(
        common.Stage(code=one.code, name=one.name, department=one.department, role=one.role.value, limit=one.limit, after=one.after)
        for one in item.process.stages
    )
    return common.ItemSnapshot(
        code=item.code,
        revision=item.revision,
        name=item.name,
        kind=item.kind,  # type: ignore[arg-type]
        department=item.department,
        statutory_limit=item.statutory_limit,
        promised_limit=item.promised_limit,
        acceptance_limit=item.acceptance_limit,
        accepted_by=item.process.accepted_by.value,
        stages=stages,
        special_procedures=tuple(one.value for one in item.special_procedures),
        result_name=item.result_name,
        result_months=item.result_months,
        decision_authority=item.decision_authority,
        preliminary_limit=item.preliminary_limit,
        publication_limit=item.publication_limit,
        certificate_limit=item.certificate_limit,
        online_grade=item.online_grade,  # type: ignore[arg-type]
        materials=item.materials,
        fees=None if item.fees is None else tuple(common.Fee(name=fee.name, standard=fee.standard, amount=fee.amount, basis=fee.basis) for fee in item.fees),
        numbered_blank=item.numbered_blank,
    )


def opened_with(event: intake.ApplicationAccepted, account: str | None) -> dict[str, Any]:
    """Give what a case is opened with."""
    return {
        "number": event.number,
        "item": from_snapshot(event.item),
        "applicant": event.applicant.reference,
        "applicant_kind": event.applicant.kind,
        "applicant_sealed": event.applicant.sealed,
        "form_sealed": event.form,
        "account": account,
        "channel": event.channel,
        "clock_start": event.clock_start,
        "materials": tuple(CaseMaterial(one.code, one.name, one.paper, one.digest) for one in event.materials),
    }
