"""Which public event is told to whom, and with which words filled in (NOT-02)."""

from typing import Any

from contracts.envelope import Envelope
from services.chassis.parts import Directory
from services.chassis.web.words import word
from services.kernel.actor import Role
from services.notification.domain import Notice

TOLD_TO_APPLICANT = frozenset(
    {
        "application-received",
        "correction-notice-issued",
        "corrections-submitted",
        "application-accepted",
        "acceptance-refused",
        "application-withdrawn",
        "clock-stopped",
        "clock-resumed",
        "limit-extended",
        "case-decided",
        "case-withdrawn",
        "pickup-notice-issued",
        "result-delivered",
    }
)
TOLD_TO_OFFICERS = frozenset({"yellow-light-lit", "card-issued"})


def applicant_notice(name: str, envelope: Envelope, data: dict[str, Any]) -> Notice:
    """Give what the applicant is told of an event."""
    template = "application-deemed-accepted" if name == "application-accepted" and data["deemed"] else name
    return Notice(envelope.id, template, "", "", envelope.time, _values(data))


def officer_notices(name: str, envelope: Envelope, data: dict[str, Any], directory: Directory) -> list[Notice]:
    """Give what the officer responsible and the department's leader are told of a light or card."""
    recipients = [data["officer"]] if data["officer"] else []
    recipients.append(mailbox(Role.LEADER, data["department"]))
    return [Notice(envelope.id, name, one, directory.email(one) or "", envelope.time, _values(data)) for one in recipients]


def mailbox(role: Role, department: str) -> str:
    """Give the mailbox that everyone of a role in a department reads."""
    return f"{role}@{department}"


def _values(data: dict[str, Any]) -> dict[str, str]:
    values = {key: str(value) for key, value in data.items() if isinstance(value, str | int) and key != "form"}
    # On the bus, `number` and `item` of a result or a card are not what people call the case by.
    values["certificate"] = values.pop("number", "")
    values["rectify_by"] = str(data.get("rectify_by") or "规定期限")
    if isinstance(data.get("item"), dict):
        values["promised_limit"] = str(data["item"]["promised_limit"])
    if "defects" in data:
        values["defects"] = "；".join(f"{defect['name']}——{defect['reason']}" for defect in data["defects"])
    if "materials" in data:
        values["materials"] = "、".join(one if isinstance(one, str) else one["name"] for one in data["materials"])
    if data.get("reasons"):
        values["reasons"] = f"理由：{data['reasons']}"
    return {key: word(value) if key in {"procedure", "outcome", "level"} else value for key, value in values.items()}
