"""The stages of a case: taken, assigned, signed with an opinion, rolled back; and the paper that comes with one (FLW-02, FLW-03, FLW-09, HAL-04)."""

from datetime import datetime
from uuid import UUID

from services.chassis.service import Transaction, command
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid
from services.kernel.calendar import local_day
from services.workflow.commands.cases import CaseCommands
from services.workflow.domain.authority import SIGNING
from services.workflow.domain.case import Case


class StageCommands(CaseCommands):
    """The commands of stages; each is a transaction of its own."""

    @command
    def take(self, transaction: Transaction, case_id: UUID, stage: str, reason: str, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Take a stage, or take it over (FLW-09)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_authority(transaction, case, stage, actor)
        case.take(stage, reason, actor, now)
        return case

    @command
    def assign(
        self, transaction: Transaction, case_id: UUID, stage: str, officer: str, reason: str, actor: Actor, now: datetime, seen: int | None = None
    ) -> Case:
        """Give a stage to an officer who holds the authority for it (FLW-09)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, Role.SECTION_HEAD, Role.LEADER)
        definition = next((one for one in case.item.process.stages if one.code == stage), None)
        authority = definition and self._authority(transaction, officer, definition.department, case.item.code, definition.role)
        if definition is not None and authority is None:
            raise Invalid("officer-wrong", "该人员没有签署这个环节的权限。", "FLW-09", {"officer": "请选择本部门有权限的人员"})
        case.assign(stage, officer, authority.officer_name if authority else officer, reason, actor, now)
        return case

    @command
    def sign(
        self,
        transaction: Transaction,
        case_id: UUID,
        stage: str,
        opinion: str,
        actor: Actor,
        now: datetime,
        *,
        approves: bool,
        grounds: str = "",
        reasons: str = "",
        seen: int | None = None,
    ) -> Case:
        """Sign a stage; at the last one, decide (FLW-02, FLW-08)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_authority(transaction, case, stage, actor)
        case.sign(stage, opinion, actor, now, approves=approves, grounds=grounds, reasons=reasons)
        return case

    @command
    def roll_back(
        self, transaction: Transaction, case_id: UUID, stage: str, to: str, reason: str, actor: Actor, now: datetime, seen: int | None = None
    ) -> Case:
        """Send a case back to an earlier stage (FLW-03)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_authority(transaction, case, stage, actor)
        case.roll_back(stage, to, reason, actor, now)
        return case

    @command
    def sign_for_paper(self, transaction: Transaction, case_id: UUID, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Sign for the paper that came from another department, with a numbered slip (HAL-04)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        case.sign_for_paper(self.numbers.draw(f"YJ{local_day(now):%Y%m%d}"), actor, now)
        return case
