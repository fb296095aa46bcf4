"""Where supervision's lights and cards become public."""

from typing import Any, Literal

from contracts import supervision as public
from contracts.registry import PublicEvent
from services.chassis.sealing import Sealer
from services.kernel.calendar import local_day
from services.supervision.domain.accountability import AccountabilityRecord
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.disagreement import Disagreement
from services.supervision.domain.facts import LOG_ALTERED


def to_public(event: Any, sealer: Sealer) -> PublicEvent | None:  # noqa: ANN401, PLR0911 - one line for each
    """Give the public form of an event; what was heard from others is not said again, and who complained travels sealed."""
    match event:
        case CaseFile.YellowLightLit(finding=finding):
            return public.YellowLightLit(
                rule=finding.rule,
                clock=finding.clock or "",
                department=finding.department,
                officer=finding.officer,
                due=finding.due or finding.day,
                lit_on=finding.day,
                evidence=finding.evidence,
            )
        case CaseFile.YellowLightWentOut():
            return public.YellowLightWentOut(rule=event.rule, clock=event.clock or "", reason=event.reason)
        case CaseFile.CardIssued(finding=finding):
            return public.CardIssued(
                card=str(event.warning),
                level=finding.level.value,  # type: ignore[arg-type]
                rule=finding.rule,
                rule_version=finding.version,
                title=finding.title,
                clock=finding.clock,
                item=event.item,
                department=finding.department,
                officer=finding.officer,
                statutory=finding.statutory,
                due=finding.due,
                rectify_by=finding.rectify_by,
                evidence=finding.evidence,
                opened_by=event.actor if finding.by_hand else None,
                detail=finding.detail,
            )
        case CaseFile.CardWithdrawn():
            return public.CardWithdrawn(card=str(event.warning), rule=event.rule, reason=event.reason, evidence=event.evidence)
        case CaseFile.ComplaintRegistered(complaint=complaint):
            return public.ComplaintRegistered(
                complaint=complaint.id,
                channel=complaint.channel,  # type: ignore[arg-type]
                registered_on=complaint.registered_on,
                department=complaint.department,
                on_the_spot=complaint.on_the_spot,
            )
        case CaseFile.ComplaintForwarded():
            return public.ComplaintForwarded(complaint=event.complaint, department=event.department, reason=event.reason)
        case CaseFile.ComplaintReturned():
            return public.ComplaintReturned(complaint=event.complaint, department=event.department, report=event.report)
        case CaseFile.ComplaintExtended():
            return public.ComplaintExtended(complaint=event.complaint, days=event.days, reason=event.reason)
        case CaseFile.ComplaintAnswered():
            sealed = sealer.seal({"account": event.complainant}) if event.complainant else None
            return public.ComplaintAnswered(complaint=event.complaint, result=event.result, answered_on=local_day(event.happened), complainant_sealed=sealed)
        case Disagreement.Raised():
            return public.DisagreementRaised(disagreement=str(event.originator_id), department=event.department, other=event.other, matter=event.matter)
        case Disagreement.Stated():
            said = event.statement
            return public.DisagreementStated(disagreement=str(event.originator_id), department=event.department, asker=event.asker, statement=said)
        case Disagreement.Settled():
            return public.DisagreementSettled(disagreement=str(event.originator_id), sides=event.sides, result=event.result, agreed=event.agreed)
        case CaseFile.FactHeard(fact=fact) if fact.name == LOG_ALTERED:
            return public.LogAltered(**fact.data)
        case CaseFile.DeadlinesRecomputed(changes=changes) if changes:
            listed = tuple(public.DeadlineChange(clock=one.clock, title=one.title, before=one.before, after=one.after, reason=one.reason) for one in changes)
            return public.DeadlinesRecomputed(
                calendar=event.calendar, previous=event.previous, changes=listed, department=event.department, officer=event.officer
            )
        case _:
            return _answer(event)


def answered_for(event: AccountabilityRecord.Found | AccountabilityRecord.Withdrawn, of: AccountabilityRecord) -> PublicEvent:
    """Give the public form of what was found of whoever answers for a month, or that it stands no longer."""
    if isinstance(event, AccountabilityRecord.Withdrawn):
        return public.AccountabilityWithdrawn(month=of.month, department=of.department, officer=of.officer, why=event.why)
    found = event.finding
    return public.AccountabilityFound(
        month=of.month,
        department=of.department,
        officer=of.officer,
        measure=found.measure.value if found.measure else None,
        mitigated=found.mitigated,
        exempted=found.exempted.value if found.exempted else None,
        reason=found.reason,
        cards=found.cards,
    )


def _answer(event: Any) -> PublicEvent | None:  # noqa: ANN401
    """Give the public form of what was done with a card."""
    match event:
        case CaseFile.CardCorrected():
            return public.CardCorrected(card=str(event.warning), rule=event.rule, department=event.department, officer=event.officer)
        case CaseFile.CardExplained():
            return public.CardExplained(card=str(event.warning), rule=event.rule, explanation=event.explanation)
        case CaseFile.RectificationReported():
            return public.RectificationReported(card=str(event.warning), rule=event.rule, report=event.report, reported_on=local_day(event.happened))
        case CaseFile.RectificationVerified():
            on = local_day(event.rectified)
            return public.RectificationVerified(card=str(event.warning), rule=event.rule, rectified_on=on, evidence=event.evidence)
        case CaseFile.RectificationRejected():
            return public.RectificationRejected(card=str(event.warning), rule=event.rule, reason=event.reason)
        case CaseFile.CardAppealed():
            return public.CardAppealed(card=str(event.warning), rule=event.rule, ground=event.ground.value, statement=event.statement)
        case CaseFile.AppealDecided():
            outcome: Literal["EXEMPTED", "UPHELD"] = "EXEMPTED" if event.exempted else "UPHELD"
            return public.AppealDecided(card=str(event.warning), rule=event.rule, outcome=outcome, reason=event.reason)
        case _:
            return None
