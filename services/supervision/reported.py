"""What a department's own system reports becomes the same fact that our services would have said, with its true time (EXC-01)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from contracts.envelope import Envelope
from contracts.intake import StepReported
from services.kernel.calendar import local_day
from services.supervision.domain.facts import Fact

Data = dict[str, Any]


def reported_fact(event: StepReported, envelope: Envelope) -> Fact:
    """Give the fact of a reported step."""
    complete = _COMPLETED.get(event.step)
    # In a step about a result, `number` is the result's.
    known = {"number": event.number, "case_number": event.number, "report": event.report, "reporter": event.department}
    data = {**known, **event.data, **(complete(event, envelope.time) if complete else {})}
    return Fact(envelope.service, envelope.position, event.step, envelope.time, envelope.recorded, envelope.actor, data, event.system_since)


def _received(event: StepReported, happened: datetime) -> Data:
    item = event.item.model_dump(mode="json") if event.item else {}
    return {
        "item": item,
        "channel": "DEPARTMENT",
        "window": None,
        "applicant": {"reference": event.data["applicant"], "kind": event.data["applicant_kind"], "sealed": ""},
        "received_on": str(local_day(happened)),
        "acceptance_limit": item.get("acceptance_limit", 5),
        "commitment": False,
        "materials": [],
    }


_COMPLETED: dict[str, Callable[[StepReported, datetime], Data]] = {
    "application-received": _received,
    "corrections-submitted": lambda _, happened: {"materials": [], "submitted_on": str(local_day(happened))},
    # From which day the clock runs follows from the corrections, which may arrive later.
    "application-accepted": lambda _, __: {"channel": "DEPARTMENT", "deemed": False, "clock_start": None},
    "stage-signed": lambda event, _: {"name": event.data["name"] or event.data["stage"], "department": event.department},
    "clock-stopped": lambda _, happened: {"from_day": str(local_day(happened))},
    "clock-resumed": lambda _, happened: {"to_day": str(local_day(happened))},
    "limit-extended": lambda _, happened: {"granted_on": str(local_day(happened))},
    "case-decided": lambda _, happened: {"decided_on": str(local_day(happened))},
    "decision-published": lambda _, happened: {"published_on": str(local_day(happened))},
    "preliminary-opinion-forwarded": lambda _, happened: {"forwarded_on": str(local_day(happened))},
    "certificate-revoked": lambda _, happened: {"revoked_on": str(local_day(happened))},
}
