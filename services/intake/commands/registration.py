"""Applicants register by their real names, online or at a window (APP-01)."""

from datetime import datetime
from uuid import UUID

from services.chassis.service import Service, Transaction, command
from services.intake import views
from services.intake.domain.applicant import Applicant, ApplicantDetails, applicant_id, checked
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import NotAllowed


class RegistrationCommands(Service):
    """The commands of registration; each is a transaction of its own."""

    @command
    def register_applicant(self, transaction: Transaction, details: ApplicantDetails, account: str | None, actor: Actor, now: datetime) -> UUID:
        """Register an applicant by its real name, or bring it up to date (APP-01)."""
        return self._registered(transaction, checked(details, now), account, actor, now).id

    def _registered(self, transaction: Transaction, details: ApplicantDetails, account: str | None, actor: Actor, now: datetime) -> Applicant:
        applicant = transaction.find(Applicant, applicant_id(details.number))
        if applicant is None:
            applicant = Applicant.register(details, account, actor, now)
            transaction.add(applicant)
            return applicant
        same_name = applicant.details.name == details.name
        other_account = account and applicant.accounts and account not in applicant.accounts
        if (not same_name or other_account) and not actor.has(Role.WINDOW_CLERK):
            # Whoever brings another name, or another account, must show papers at a window first.
            raise NotAllowed("applicant-known", "该证件号码已经登记。如需变更姓名或绑定其他账号，请携带证件到窗口办理。", "APP-01")
        applicant.update(details, account, actor, now)
        return applicant

    def applicants(self, account: str) -> list[Applicant]:
        """Give the applicants that an account may act for."""
        transaction = Transaction(self)
        return [transaction.get(Applicant, found) for found in views.applicants.of_account(self.database, account)]
