"""Where supervision's lights and cards become public."""

from typing import Any

from contracts import supervision as public
from contracts.registry import PublicEvent
from services.supervision.domain.case_file import CaseFile


def to_public(event: Any) -> PublicEvent | None:  # noqa: ANN401
    """Give the public form of an event; what was heard from others is not said again."""
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
            )
        case CaseFile.CardWithdrawn():
            return public.CardWithdrawn(card=str(event.warning), rule=event.rule, reason=event.reason, evidence=event.evidence)
        case _:
            return None
