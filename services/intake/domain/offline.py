"""An approval that a department gave outside the system, entered afterwards so that it does not stay unseen (SUP-Y11, SUP-R03, OPS-02)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.intake.domain.item import ItemRevision
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, RecordedAggregate
from services.kernel.calendar import local_day


class OfflineCause(StrEnum):
    """Why something was not handled online; none of them is no reason."""

    OUTAGE = "OUTAGE"
    CLASSIFIED = "CLASSIFIED"
    APPLICANT_ASKED = "APPLICANT_ASKED"
    NONE = "NONE"


class OfflineApproval(RecordedAggregate):
    """One approval as it was registered; it never changes."""

    TOPIC = "intake.OfflineApproval"

    class Registered(RecordedAggregate.Created):
        """It was entered. `item` is empty where the catalogue knows no such item."""

        number: str
        item: str
        item_name: str
        department: str
        online_grade: str
        approved_on: date
        registered_on: date
        cause: OfflineCause
        reason: str
        officer: str | None

    def __init__(
        self,
        number: str,
        item: str,
        item_name: str,
        department: str,
        online_grade: str,
        approved_on: date,
        registered_on: date,
        cause: OfflineCause,
        reason: str,
        officer: str | None,
    ) -> None:
        self.number = number
        self.item = item
        self.item_name = item_name
        self.department = department
        self.online_grade = online_grade
        self.approved_on = approved_on
        self.registered_on = registered_on
        self.cause = cause
        self.reason = reason
        self.officer = officer

    @classmethod
    def register(
        cls,
        approval_id: UUID,
        number: str,
        item: ItemRevision | None,
        item_name: str,
        department: str,
        approved_on: date,
        cause: OfflineCause,
        reason: str,
        officer: str | None,
        actor: Actor,
        now: datetime,
    ) -> "OfflineApproval":
        """Enter an approval: of an item of the catalogue, or by its name where there is none."""
        errors = {}
        if item is None and not item_name.strip():
            errors["item_name"] = "请填写审批事项的名称"
        if item is None and not department:
            errors["department"] = "请选择办理部门"
        if approved_on > local_day(now):
            errors["approved_on"] = "办理日期不能晚于今天"
        if cause is not OfflineCause.NONE and not reason.strip():
            errors["reason"] = "请写明线下办理的理由"
        if errors:
            raise Invalid("offline-wrong", "请改正所列各项。", "SUP-Y11", errors)
        return cls.begin(
            cls.Registered,
            approval_id,
            actor,
            now,
            number=number,
            item=item.code if item else "",
            item_name=item.name if item else item_name.strip(),
            department=item.department if item else department,
            online_grade=item.online_grade.grade if item else "",
            approved_on=approved_on,
            registered_on=local_day(now),
            cause=cause,
            reason=reason.strip(),
            officer=officer,
        )
