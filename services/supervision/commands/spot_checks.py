"""Spot checks: cases drawn by chance, and what supervisors find in them (SUP-28)."""

from datetime import date, datetime
from uuid import UUID

from services.chassis.service import Transaction, command
from services.kernel.actor import Actor
from services.supervision import views
from services.supervision.commands.cards import CardCommands
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.spot_check import SpotCheck


class SpotCheckCommands(CardCommands):
    """The commands of spot checks; each is a transaction of its own."""

    @command
    def draw_spot_check(
        self, transaction: Transaction, check: UUID, size: int, seed: int, department: str, first: date, last: date, actor: Actor, now: datetime
    ) -> None:
        """Draw cases by chance, of those received in a period (SUP-28)."""
        population = views.spot_checks.candidates(self.database, department, first, last)
        transaction.add(SpotCheck.draw_cases(check, population, size, seed, department, first, last, actor, now))

    @command
    def record_spot_finding(self, transaction: Transaction, check: UUID, case: UUID, reason: str, rule_code: str | None, actor: Actor, now: datetime) -> None:
        """Record what was found in a drawn case; where it was at fault under a rule, its card is issued (SUP-28)."""
        drawn = transaction.get(SpotCheck, check)
        card = None
        if rule_code and case not in drawn.findings:
            facts = transaction.get(CaseFile, case).facts.values()
            shown = max(facts, key=lambda fact: (fact.source in {"intake", "workflow"}, fact.happened, fact.position))
            card = self._card_by_hand(transaction, case, rule_code, (shown.evidence,), reason, actor, now)
        drawn.find(case, reason, rule_code, card, actor, now)
