"""Paper goes from department to department, each of which signs for it once: to the next in sequence, or to all of a parallel review at once (HAL-04)."""

from datetime import datetime

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import NotAllowed, RecordedAggregate, Refusal
from services.workflow.domain.case.opened import OpenedCase


class HandedCase(OpenedCase, part_of="workflow.Case"):
    """The case with its paper."""

    class PaperHandedOver(RecordedAggregate.Event):
        """A department signed for the paper that it got from another one."""

        department: str
        from_department: str
        receipt: str
        materials: tuple[str, ...]

        def apply(self, aggregate: "HandedCase") -> None:
            """Remember who has it."""
            aggregate.paper_with |= {self.department}

    def may_sign_for_paper(self, actor: Actor) -> bool:
        """Say whether an officer has paper to sign for."""
        return actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) and self.awaits_paper(actor.department) is not None

    def sign_for_paper(self, receipt: str, actor: Actor, now: datetime) -> None:
        """Sign for the paper by an officer of the department whose stage is open, once."""
        self._check_open()
        if not actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) or actor.department not in self.departments:
            raise NotAllowed("not-your-paper", "纸质材料由环节所在的部门签收。", "HAL-04")
        source = self.awaits_paper(actor.department)
        if source is None:
            raise Refusal("nothing-to-sign", "没有待签收的纸质材料。", "HAL-04")
        self.record(self.PaperHandedOver, actor, now, department=actor.department, from_department=source, receipt=receipt, materials=self.paper)
