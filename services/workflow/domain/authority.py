"""Who may sign which stages of which item (SEC-01, FLW-02)."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, RecordedAggregate, Refusal

SIGNING = (Role.WINDOW_CLERK, Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)
"""The roles that sign stages."""
EVERY_ITEM = "*"
"""Stands for all items of the officer's department."""


@lru_cache(1_000)
def authority_id(officer: str, item: str, role: Role) -> UUID:
    """Give the id of an authority: one for each officer, item and role."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:authority:{officer}:{item}:{role}")


class Authority(RecordedAggregate):
    """An officer's authority for one item, or for every item of the department."""

    TOPIC = "workflow.Authority"

    class Granted(RecordedAggregate.Created):
        """It was granted."""

        officer: str
        officer_name: str
        department: str
        item: str
        role: Role

    class Renewed(RecordedAggregate.Event):
        """It was granted again: after a revocation, or since the officer is now of another department."""

        officer: str
        officer_name: str
        department: str
        item: str
        role: Role

        def apply(self, aggregate: "Authority") -> None:
            """It holds, for this department."""
            aggregate.officer_name = self.officer_name
            aggregate.department = self.department
            aggregate.holds = True

    class Revoked(RecordedAggregate.Event):
        """It was taken away."""

        reason: str

        def apply(self, aggregate: "Authority") -> None:
            """It does not hold."""
            aggregate.holds = False

    def __init__(self, officer: str, officer_name: str, department: str, item: str, role: Role) -> None:
        self.officer = officer
        self.officer_name = officer_name
        self.department = department
        self.item = item
        self.role = role
        self.holds = True

    @classmethod
    def grant(cls, officer: str, officer_name: str, department: str, item: str, role: Role, actor: Actor, now: datetime) -> "Authority":
        """Grant an authority to sign."""
        if role not in SIGNING:
            raise Invalid("role-signs-nothing", "这个角色不签署审批环节。", "SEC-01", {"role": "请选择窗口人员、承办人、科室负责人或分管领导"})
        fields: dict[str, Any] = {"officer": officer, "officer_name": officer_name, "department": department, "item": item, "role": role}
        return cls.begin(cls.Granted, authority_id(officer, item, role), actor, now, **fields)

    def renew(self, officer_name: str, department: str, actor: Actor, now: datetime) -> None:
        """Grant it again; one that holds for this department changes nothing."""
        if self.holds and self.department == department:
            return
        fields: dict[str, Any] = {"officer": self.officer, "officer_name": officer_name, "department": department, "item": self.item, "role": self.role}
        self.record(self.Renewed, actor, now, **fields)

    def covers(self, department: str | None) -> bool:
        """Say whether it holds for an officer who now is of this department; a window clerk's goes with the clerk."""
        return self.holds and (self.role is Role.WINDOW_CLERK or self.department == department)

    def revoke(self, reason: str, actor: Actor, now: datetime) -> None:
        """Take it away, with a reason."""
        if not self.holds:
            raise Refusal("not-granted", "该权限已经收回。", "SEC-01")
        if not reason.strip():
            raise Invalid("reason-missing", "收回权限应当说明理由。", "SEC-01", {"reason": "请填写理由"})
        self.record(self.Revoked, actor, now, reason=reason.strip())
