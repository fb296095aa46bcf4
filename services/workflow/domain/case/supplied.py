"""What comes to a case while it is handled, materials and fees, is recorded as it was, with the reason (FLW-09, FEE-01)."""

from dataclasses import replace
from datetime import datetime

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, RecordedAggregate, Refusal
from services.workflow.domain.case.opened import OpenedCase
from services.workflow.domain.facts import CaseFee, CaseMaterial


class SuppliedCase(OpenedCase, part_of="workflow.Case"):
    """The case with what was added to it and paid for it."""

    class MaterialAdded(RecordedAggregate.Event):
        """A material was added."""

        material: CaseMaterial
        reason: str

        def apply(self, aggregate: "SuppliedCase") -> None:
            """Add it to the others."""
            aggregate.materials = (*aggregate.materials, self.material)

    class FeeCharged(RecordedAggregate.Event):
        """A fee was taken."""

        fee: CaseFee

        def apply(self, aggregate: "SuppliedCase") -> None:
            """Keep it."""
            aggregate.fees = (*aggregate.fees, self.fee)

    class FeeRefunded(RecordedAggregate.Event):
        """A fee was given back in full."""

        fee: str
        reason: str

        def apply(self, aggregate: "SuppliedCase") -> None:
            """Mark it."""
            aggregate.fees = tuple(replace(fee, refunded=True) if fee.id == self.fee else fee for fee in aggregate.fees)

    def add_material(self, material: CaseMaterial, reason: str, actor: Actor, now: datetime) -> None:
        """Add a material that came up while the case was handled (FLW-09)."""
        self._check_open()
        self._check_officer(actor)
        errors = {name: "必须填写" for name, value in (("name", material.name), ("reason", reason)) if not value.strip()}
        if errors:
            raise Invalid("material-wrong", "增加材料应当写明名称和理由。", "FLW-09", errors)
        self.record(self.MaterialAdded, actor, now, material=material, reason=reason.strip())

    def charge(self, fee: CaseFee, actor: Actor, now: datetime) -> None:
        """Record a fee as it was taken, also where it is off the standard: that is not hidden, but seen by supervision (FEE-01, SUP-R09)."""
        self._check_cashier(actor)
        errors = {}
        if not fee.name.strip():
            errors["name"] = "请填写收费项目"
        if fee.amount < 1:
            errors["amount"] = "请填写金额"
        if errors:
            raise Invalid("fee-wrong", "收费应当写明项目和金额。", "FEE-01", errors)
        self.record(self.FeeCharged, actor, now, fee=fee)

    def refund(self, fee: str, reason: str, actor: Actor, now: datetime) -> None:
        """Record that a fee was given back in full."""
        self._check_cashier(actor)
        if not any(one.id == fee and not one.refunded for one in self.fees):
            raise Refusal("no-such-fee", "没有这笔收费，或者已经退还。", "FEE-01")
        if not reason.strip():
            raise Invalid("reason-missing", "退费应当说明理由。", "FEE-01", {"reason": "请填写理由"})
        self.record(self.FeeRefunded, actor, now, fee=fee, reason=reason.strip())

    def _check_cashier(self, actor: Actor) -> None:
        is_officer = actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) and actor.department == self.item.department
        if not (actor.has(Role.WINDOW_CLERK) or is_officer):
            raise NotAllowed("not-your-case", "由窗口或者承办部门办理。", "FEE-01")
