"""From the receipt of an application to its acceptance: pre-review, corrections, acceptance, refusal, withdrawal (COR)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.chassis.clock.reckoning import Reckoner
from services.chassis.http.preconditions import require
from services.chassis.service import Transaction, command
from services.intake.domain.application import Application
from services.intake.domain.facts import Defect
from services.intake.domain.form import SubmittedMaterial, checked_materials
from services.kernel.actor import Actor
from services.kernel.calendar import local_day


class AcceptanceCommands(Reckoner):
    """The commands before acceptance; each is a transaction of its own, on the application as the caller has `seen` it."""

    @command
    def pre_review(
        self, transaction: Transaction, application_id: UUID, opinion: str, actor: Actor, now: datetime, seen: int | None = None, *, passed: bool
    ) -> Application:
        """Tell what came of the pre-review (APP-05)."""
        application = self._opened(transaction, application_id, seen)
        application.pre_review(opinion, actor, now, passed=passed)
        return application

    @command
    def issue_correction_notice(
        self,
        transaction: Transaction,
        application_id: UUID,
        defects: Mapping[str, str],
        justification: str,
        actor: Actor,
        now: datetime,
        seen: int | None = None,
    ) -> Application:
        """Tell the applicant everything that is to be corrected: material codes with reasons (COR-01)."""
        application = self._opened(transaction, application_id, seen)
        listed = []
        for code, reason in defects.items():
            material = application.item.material(code)
            listed.append(Defect(code, material.name if material else code, reason))
        number = self.numbers.draw(f"BZ{local_day(now):%Y%m%d}")
        application.issue_correction_notice(number, tuple(listed), justification, actor, now, self.calendar)
        return application

    @command
    def submit_corrections(
        self, transaction: Transaction, application_id: UUID, materials: Sequence[SubmittedMaterial], actor: Actor, now: datetime, seen: int | None = None
    ) -> Application:
        """Hand in what the notice asked for (COR-05)."""
        application = self._opened(transaction, application_id, seen)
        application.submit_corrections(checked_materials(application.item, materials, actor), actor, now)
        return application

    @command
    def accept(self, transaction: Transaction, application_id: UUID, actor: Actor, now: datetime, seen: int | None = None) -> Application:
        """Accept an application (COR-06)."""
        application = self._opened(transaction, application_id, seen)
        application.accept(actor, now, self.calendar)
        return application

    @command
    def refuse(self, transaction: Transaction, application_id: UUID, reasons: str, actor: Actor, now: datetime, seen: int | None = None) -> Application:
        """Refuse to accept an application (COR-06)."""
        application = self._opened(transaction, application_id, seen)
        application.refuse(self.numbers.draw(f"BYSL{local_day(now):%Y%m%d}"), reasons, actor, now, self.calendar)
        return application

    @command
    def sign_for_paper(self, transaction: Transaction, application_id: UUID, actor: Actor, now: datetime, seen: int | None = None) -> Application:
        """Sign for the paper that the window had received, with a numbered slip (HAL-04)."""
        application = self._opened(transaction, application_id, seen)
        application.sign_for_paper(self.numbers.draw(f"JS{local_day(now):%Y%m%d}"), actor, now)
        return application

    @command
    def withdraw(self, transaction: Transaction, application_id: UUID, reason: str, actor: Actor, now: datetime, seen: int | None = None) -> Application:
        """Withdraw an application before its acceptance (APP-08)."""
        application = self._opened(transaction, application_id, seen)
        application.withdraw(reason, actor, now)
        return application

    def _opened(self, transaction: Transaction, application_id: UUID, seen: int | None) -> Application:
        application = transaction.get(Application, application_id)
        if seen is not None:
            require(seen, application.version)
        return application
