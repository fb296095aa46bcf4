"""Complaints, from their registration to their result (SUP-24)."""

from datetime import datetime
from uuid import UUID, uuid4

from services.chassis.service import Transaction, command
from services.kernel.actor import Actor
from services.kernel.calendar import local_day
from services.supervision.commands.cards import CardCommands
from services.supervision.domain import answering
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.complaint import Complaint


class ComplaintCommands(CardCommands):
    """The commands of complaints; each is a transaction of its own."""

    @command
    def register_complaint(
        self,
        transaction: Transaction,
        case: UUID,
        channel: str,
        text: str,
        actor: Actor,
        now: datetime,
        complainant: str | None = None,
        result: str | None = None,
    ) -> str:
        """Register a complaint about the handling of a case or about an item, for whoever is responsible now. With a `result` it is settled on the spot."""
        file = transaction.get(CaseFile, case)
        department, officer = file.picture.responsible(now)
        identity = str(uuid4())
        on_the_spot = result is not None
        complaint = Complaint(identity, channel, text.strip(), department, officer, local_day(now), complainant=complainant, on_the_spot=on_the_spot)
        file.register_complaint(complaint, actor, now, result or "")
        return identity

    @command
    def forward_complaint(self, transaction: Transaction, case: UUID, complaint: str, department: str, reason: str, actor: Actor, now: datetime) -> None:
        """Ask a department what happened."""
        transaction.get(CaseFile, case).forward_complaint(complaint, department, reason, actor, now)

    @command
    def return_complaint(self, transaction: Transaction, case: UUID, complaint: str, report: str, actor: Actor, now: datetime) -> None:
        """Say what the department found and did."""
        transaction.get(CaseFile, case).return_complaint(complaint, report, actor, now)

    @command
    def ask_for_extension(self, transaction: Transaction, case: UUID, complaint: str, days: int, reason: str, actor: Actor, now: datetime) -> None:
        """Ask for more time for the answer to a complaint."""
        transaction.get(CaseFile, case).ask_for_extension(complaint, days, reason, actor, now)

    @command
    def approve_extension(self, transaction: Transaction, case: UUID, complaint: str, actor: Actor, now: datetime) -> None:
        """Approve that time, by another supervisor."""
        transaction.get(CaseFile, case).approve_extension(complaint, actor, now)

    @command
    def answer_complaint(
        self, transaction: Transaction, case: UUID, complaint: str, result: str, actor: Actor, now: datetime, rule_code: str | None = None
    ) -> None:
        """Give the result of a complaint; where it shows a fault under a rule, its card is issued on it (SUP-24)."""
        file = transaction.get(CaseFile, case)
        answering.open_complaint(file.complaints, complaint)
        answering.check_said(result, "result", "请写明办理结果")
        card = self._card_by_hand(transaction, case, rule_code, (complaint,), result, actor, now) if rule_code else None
        file.answer_complaint(complaint, result, actor, now, card)
