"""Which public event is told to whom, and with which words filled in (NOT-02)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from contracts.envelope import Envelope
from services.chassis.departments import Department
from services.chassis.parts import Directory
from services.chassis.sealing import Sealer
from services.chassis.web.wording import day
from services.chassis.web.words import word
from services.kernel.actor import Role
from services.notification.domain.gathering import PAST, Gathering
from services.notification.domain.message import Notice
from services.notification.wording import templates

TOLD_TO_APPLICANT = frozenset(
    {
        "application-received",
        "pre-review-completed",
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
        "certificate-revoked",
    }
)
TOLD_TO_OFFICERS = frozenset({"yellow-light-lit", "card-issued", "accountability-found", "accountability-withdrawn"})
TOLD_AS_THE_CARD_WAS = "card-withdrawn"
TOLD_TO_BOTH = "deadlines-recomputed"
TOLD_TO_COMPLAINANT = "complaint-answered"
TOLD_TO_DEPARTMENT = "complaint-forwarded"
TOLD_TO_SIDES = frozenset({"disagreement-raised", "disagreement-stated", "disagreement-settled"})
TOLD = TOLD_TO_APPLICANT | TOLD_TO_OFFICERS | {TOLD_AS_THE_CARD_WAS, TOLD_TO_BOTH, TOLD_TO_COMPLAINANT, TOLD_TO_DEPARTMENT} | TOLD_TO_SIDES
GATHERED = "past-cards-gathered"
"""Told of no event, but of what was gathered for a morning."""
_OF_APPLICANTS = frozenset({"acceptance", "promised"})
"""The clocks whose due days an applicant is told of."""
_CODES = frozenset({"procedure", "outcome", "level", "clock"})


class Addresses:
    """Who has which e-mail address: an account its own, an office that of its department (NOT-01)."""

    def __init__(self, directory: Directory, departments: Mapping[str, Department]) -> None:
        self._directory = directory
        self._departments = departments

    def email(self, mailbox: str) -> str:
        """Give the address of an account's or an office's mailbox, nothing where it has none."""
        _, is_office, code = mailbox.partition("@")
        if not is_office:
            return self._directory.email(mailbox) or ""
        department = self._departments.get(code)
        return (department.email if department else None) or ""


def applicant_notice(name: str, envelope: Envelope, data: dict[str, Any]) -> Notice:
    """Give what the applicant is told of an event, whose data are given as they are in Python."""
    template = "application-deemed-accepted" if name == "application-accepted" and data["deemed"] else name
    return _notice(template, envelope, data, "", "")


def recomputed_notices(envelope: Envelope, data: dict[str, Any], directory: Addresses) -> list[Notice]:
    """Give what is told of due days that a new version of the calendar moved: all to those responsible, the applicant's own to the applicant."""
    told = officer_notices(TOLD_TO_BOTH, envelope, data, directory)
    if own := [one for one in data["changes"] if one["clock"] in _OF_APPLICANTS]:
        told.append(applicant_notice(TOLD_TO_BOTH, envelope, {**data, "changes": own}))
    return told


def officer_notices(name: str, envelope: Envelope, data: dict[str, Any], directory: Addresses) -> list[Notice]:
    """Give what the officer responsible and the department's leader are told of a light or card, or of a finding about them (SUP-27)."""
    return notices_for(concerned(data["officer"], data["department"]), name, envelope, data, directory)


def concerned(officer: str | None, department: str) -> list[str]:
    """Give the mailboxes of the officer responsible and of the department's leader."""
    return [*([officer] if officer else []), mailbox(Role.LEADER, department)]


def gathered_notice(gathering: Gathering, directory: Addresses) -> Notice:
    """Give what a mailbox is told of the news of the past that was gathered for it."""
    words, to = templates()[GATHERED], gathering.mailbox
    values = {
        "came": f"补报的过往事项引出{'本部门' if '@' in to else '由您负责'}的预警 {gathering.came} 个，都发生在 {PAST.days} 天以前。" if gathering.came else "",
        "went": f"以前合并告知的预警，有 {gathering.went} 个已经撤回。" if gathering.went else "",
    }
    return Notice(f"gathering-{gathering.id}", GATHERED, to, directory.email(to), gathering.due, words.subject, words.text, values)


def complaint_notices(name: str, envelope: Envelope, data: dict[str, Any], directory: Addresses, sealer: Sealer) -> list[Notice]:
    """Give what whoever complained in the own name is told of the result, and the department of what it is asked (SUP-24)."""
    if name == TOLD_TO_DEPARTMENT:
        recipients = [mailbox(Role.LEADER, data["department"])]
    else:
        sealed = data.pop("complainant_sealed")
        recipients = [sealer.unseal(sealed)["account"]] if sealed else []
    return notices_for(recipients, name, envelope, data, directory)


def disagreement_notices(name: str, envelope: Envelope, data: dict[str, Any], directory: Addresses) -> list[Notice]:
    """Give what the heads of the sides of a disagreement are told: each what the other said, and both the result (SUP-29)."""
    concerned = data.get("sides") or (data.get("other") or data["asker"],)
    return notices_for([mailbox(Role.SECTION_HEAD, one) for one in concerned], name, envelope, data, directory)


def notices_for(recipients: list[str], name: str, envelope: Envelope, data: dict[str, Any], directory: Addresses) -> list[Notice]:
    """Give what each of these recipients is told of an event."""
    return [_notice(name, envelope, data, one, directory.email(one)) for one in recipients]


def mailbox(role: Role, department: str) -> str:
    """Give the mailbox that everyone of a role in a department reads; what one of them has read is read."""
    return f"{role}@{department}"


def _notice(template: str, envelope: Envelope, data: dict[str, Any], recipient: str, email: str) -> Notice:
    words = templates()[template]
    return Notice(envelope.id, template, recipient, email, envelope.time, words.subject, words.text, _values(data))


def _values(data: dict[str, Any]) -> dict[str, str]:
    """Give what a template may say of an event: its words, numbers and days, nothing sealed, and no structure."""
    values = {key: _said(key, value) for key, value in data.items() if isinstance(value, str | int | date) and key != "form"}
    # On the bus, `number` and `item` of a result or a card are not what people call the case by.
    values["certificate"] = values.pop("number", "")
    values["due_by"] = f"办理期限为{values['due']}。" if data.get("due") else ""
    values["rectify"] = f"请在{values['rectify_by']}以前整改。" if data.get("rectify_by") else "请按规定整改。"
    if isinstance(data.get("item"), dict):
        values["promised_limit"] = str(data["item"]["promised_limit"])
    if "defects" in data:
        values["defects"] = "；".join(f"{defect['name']}——{defect['reason']}" for defect in data["defects"])
    if "materials" in data:
        values["materials"] = "、".join(one if isinstance(one, str) else one["name"] for one in data["materials"])
    if "changes" in data:
        values["changes"] = "；".join(_moved(one) for one in data["changes"])
    if "measure" in data:
        values["finding"] = word(data["measure"]) + ("（从轻）" if data["mitigated"] else "") if data["measure"] else f"免责（{word(data['exempted'])}）"
    if "passed" in data:
        values["passed"] = "通过" if data["passed"] else "不通过"
    if data.get("reasons"):
        values["reasons"] = f"理由：{data['reasons']}"
    return values


def _moved(change: dict[str, Any]) -> str:
    title = f"（{change['title']}）" if change["title"] else ""
    before, after = (day(one) if one else "暂停中" for one in (change["before"], change["after"]))
    return f"{word(change['clock'])}{title}由 {before} 改为 {after}"


def _said(key: str, value: str | int | date) -> str:
    if isinstance(value, date):
        return day(value).replace(" ", "（") + "）"
    return word(value) if key in _CODES and isinstance(value, str) else str(value)
