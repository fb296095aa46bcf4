"""Officers' authority: granted and revoked by administrators, asked for at each act (SEC-01)."""

from datetime import datetime
from uuid import UUID

from services.chassis.clock.reckoning import Reckoner
from services.chassis.service import Transaction, command
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import NotAllowed
from services.workflow.domain.authority import EVERY_ITEM, Authority, authority_id
from services.workflow.domain.case import Case


class AuthorityCommands(Reckoner):
    """The commands of authority; each is a transaction of its own."""

    @command
    def grant(self, transaction: Transaction, officer: str, officer_name: str, department: str, item: str, role: Role, actor: Actor, now: datetime) -> None:
        """Grant an officer the authority to sign; one that holds changes nothing (SEC-01)."""
        authority = transaction.find(Authority, authority_id(officer, item, role))
        if authority is None:
            transaction.add(Authority.grant(officer, officer_name, department, item, role, actor, now))
        else:
            authority.renew(officer_name, department, actor, now)

    @command
    def revoke(self, transaction: Transaction, authority: UUID, reason: str, actor: Actor, now: datetime) -> None:
        """Take an authority away."""
        transaction.get(Authority, authority).revoke(reason, actor, now)

    def authority(self, authority: UUID) -> Authority:
        """Give an authority; raise `NotFound`."""
        return Transaction(self).get(Authority, authority)

    def holds_authority(self, actor: Actor, item: str, role: Role) -> bool:
        """Say whether an officer has a role and was granted the authority to sign its stages of an item."""
        return actor.has(role) and self._authority(Transaction(self), actor.subject, actor.department, item, role) is not None

    def _authority(self, transaction: Transaction, officer: str, department: str | None, item: str, role: Role) -> Authority | None:
        """Give an authority by which an officer of a department signs such stages of an item, None where there is none."""
        for covered in (EVERY_ITEM, item):
            authority = transaction.find(Authority, authority_id(officer, covered, role))
            if authority is not None and authority.covers(department):
                return authority
        return None

    def _check_authority(self, transaction: Transaction, case: Case, code: str, actor: Actor) -> None:
        """Refuse whoever was not granted the authority for this item and stage, whatever the token says. What is no stage, the case refuses."""
        for stage in case.item.process.stages:
            if stage.code == code and self._authority(transaction, actor.subject, actor.department, case.item.code, stage.role) is None:
                raise NotAllowed("authority-missing", "您没有被授予签署这个事项该环节的权限。", "FLW-02")

    def _check_granted(self, transaction: Transaction, case: Case, actor: Actor, *roles: Role) -> None:
        """Refuse whoever was granted none of these roles for the item."""
        if not any(actor.has(role) and self._authority(transaction, actor.subject, actor.department, case.item.code, role) for role in roles):
            raise NotAllowed("authority-missing", "您没有被授予办理这个事项的权限。", "SEC-01")
