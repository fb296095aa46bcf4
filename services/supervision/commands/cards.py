"""What supervisors and departments do about cards: issued by hand, explained, rectified, appealed (SUP-20, SUP-21)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.chassis.clock.reckoning import Reckoner
from services.chassis.http.preconditions import require
from services.chassis.service import Transaction, command
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.warnings import Ground
from services.supervision.rules import RULES, VERSIONS, findings
from services.supervision.rules.unit import Detection


class CardCommands(Reckoner):
    """The commands of cards; each is a transaction of its own."""

    @command
    def open_card(self, transaction: Transaction, case: UUID, code: str, evidence: Sequence[str], detail: str, actor: Actor, now: datetime) -> UUID:
        """Issue a card by a supervisor's hand, on evidence; whoever was responsible when that happened answers for it."""
        if not actor.has(Role.SUPERVISOR):
            raise NotAllowed("supervisor-opens", "由监察员发牌。", "SUP-20")
        return self._card_by_hand(transaction, case, code, evidence, detail, actor, now)

    def _card_by_hand(self, transaction: Transaction, case: UUID, code: str, evidence: Sequence[str], detail: str, actor: Actor, now: datetime) -> UUID:
        file = transaction.get(CaseFile, case)
        chosen = next((one for one in RULES if one.code == code and Detection.HAND in one.by), None)
        errors = {}
        if chosen is None:
            errors["rule"] = "请选择一条可以由监察员认定的规则"
        if not detail.strip():
            errors["detail"] = "请写明查明的事实"
        if not evidence or any(one not in file.facts and one not in file.complaints for one in evidence):
            errors["evidence"] = "请选择本办件的记录作为证据"
        if errors or chosen is None:
            raise Invalid("card-wrong", "发牌应当写明规则、事实和证据。", "SUP-20", errors)
        facts = sorted((file.facts[one] for one in set(evidence) if one in file.facts), key=lambda fact: (fact.happened, fact.evidence))
        complaints = [file.complaints[one] for one in sorted(set(evidence)) if one in file.complaints]
        department, officer = file.picture.responsible(facts[0].happened) if facts else (complaints[0].department, complaints[0].officer)
        shown = (*(fact.evidence for fact in facts), *(complaint.id for complaint in complaints))
        finding = chosen.found(file.picture, self.calendar, f"hand:{'+'.join(shown)}", now, shown, detail=detail.strip())
        return file.open_card(replace(finding, department=department, officer=officer, by_hand=True), actor, now)

    @command
    def explain_card(self, transaction: Transaction, case: UUID, card: UUID, explanation: str, actor: Actor, now: datetime, seen: int) -> None:
        """Receive a card and explain how it came about (SUP-21)."""
        _as_seen(transaction, case, card, seen).explain(card, explanation, actor, now)

    @command
    def report_rectification(self, transaction: Transaction, case: UUID, card: UUID, report: str, actor: Actor, now: datetime, seen: int) -> None:
        """Report what was done to mend it (SUP-21)."""
        _as_seen(transaction, case, card, seen).report(card, report, actor, now)

    @command
    def verify_rectification(
        self, transaction: Transaction, case: UUID, card: UUID, reason: str, actor: Actor, now: datetime, seen: int, *, mended: bool
    ) -> None:
        """Verify a reported rectification (SUP-21)."""
        file = _as_seen(transaction, case, card, seen)
        file.verify(card, reason, actor, now, mended=mended)
        self._take_back(file, now)

    @command
    def appeal_card(self, transaction: Transaction, case: UUID, card: UUID, ground: Ground, statement: str, actor: Actor, now: datetime, seen: int) -> None:
        """Ask for exemption (SUP-21, E 32)."""
        _as_seen(transaction, case, card, seen).appeal(card, ground, statement, actor, now)

    @command
    def decide_appeal(self, transaction: Transaction, case: UUID, card: UUID, reason: str, actor: Actor, now: datetime, seen: int, *, exempted: bool) -> None:
        """Exempt the department, or uphold the card (SUP-21)."""
        file = _as_seen(transaction, case, card, seen)
        file.decide_appeal(card, reason, actor, now, exempted=exempted)
        self._take_back(file, now)

    def _take_back(self, file: CaseFile, now: datetime) -> None:
        """Withdraw what has nothing to stand on any more: the red card of a yellow one that was exempted, or mended in time after all."""
        file.retract(findings(file.picture, self.calendar, now), now, VERSIONS)


def _as_seen(transaction: Transaction, case: UUID, card: UUID, seen: int) -> CaseFile:
    """Give the file of a card as the caller saw it; refuse where somebody else answered it since."""
    file = transaction.get(CaseFile, case)
    if card in file.warnings:
        require(seen, file.warnings[card].version)
    return file
