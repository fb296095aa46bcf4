"""The verification list: what supervisors must look into, and what they find (SUP-20)."""

from datetime import datetime
from uuid import UUID

from services.chassis.service import NotFound, Transaction, command
from services.kernel.actor import Actor
from services.supervision.commands.cards import CardCommands
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.verification import Verification, VerificationKind, to_verify, verification_id


class VerificationCommands(CardCommands):
    """The commands of verification; each is a transaction of its own."""

    @command
    def register_dispute(self, transaction: Transaction, case: UUID, kind: VerificationKind, text: str, actor: Actor, now: datetime) -> str:
        """Register a reconsideration or lawsuit about a case; give its place on the verification list (SUP-20)."""
        file = transaction.get(CaseFile, case)
        return self._verification(transaction, file, actor, now).register(kind, text, file.picture.department, actor, now)

    @command
    def conclude_verification(
        self, transaction: Transaction, case: UUID, evidence: str, reason: str, rule_code: str | None, actor: Actor, now: datetime
    ) -> None:
        """Conclude an entry of the verification list; where it was at fault under a rule, its card is issued (SUP-20)."""
        file = transaction.get(CaseFile, case)
        listed = self._verification(transaction, file, actor, now)
        if evidence not in listed.disputes and evidence not in {fact.evidence for _, fact in to_verify(file.facts.values())}:
            raise NotFound(evidence)
        card = None
        if rule_code:
            # A dispute is about the decision; what it is about is the evidence.
            decided = file.picture.decision or max(file.facts.values(), key=lambda fact: fact.happened)
            shown = evidence if evidence in file.facts else decided.evidence
            card = self._card_by_hand(transaction, case, rule_code, (shown,), reason, actor, now)
        listed.conclude(evidence, reason, rule_code, card, actor, now)

    def _verification(self, transaction: Transaction, file: CaseFile, actor: Actor, now: datetime) -> Verification:
        listed = transaction.find(Verification, verification_id(file.id))
        if listed is None:
            listed = Verification.begin_for(file.id, file.picture.number, str(file.picture.item.get("name", "")), actor, now)
            transaction.add(listed)
        return listed
