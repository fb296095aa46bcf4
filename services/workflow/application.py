"""Workflow's commands and queries: one method for each, and one `policy` for each fact that it hears."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import filetype
from eventsourcing.domain import Aggregate
from sqlalchemy import Select

from contracts import intake
from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from services.chassis.database import Change, Database, matching
from services.chassis.files import FileStore
from services.chassis.preconditions import require
from services.chassis.reckoning import TIMER, CalendarVersions, Reckoner
from services.chassis.sealing import Sealer
from services.chassis.service import Transaction, command
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed
from services.kernel.calendar import Calendars, WorkingDayCalendar, local_day
from services.kernel.process import SpecialProcedure
from services.workflow import views
from services.workflow.domain.authority import EVERY_ITEM, Authority, authority_id
from services.workflow.domain.case import Case
from services.workflow.domain.facts import CaseFee, CaseMaterial
from services.workflow.publishing import opened_with, to_public

SIGNING = (Role.WINDOW_CLERK, Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)
LARGEST = 20 << 20
_ADDED_TYPES = {"application/pdf", "image/jpeg", "image/png"}


class Workflow(Reckoner):
    """The workflow service."""

    name = "workflow"
    hears = ("intake",)

    def __init__(self, database: Database, calendars: Calendars, files: FileStore, sealer: Sealer) -> None:
        self._sealer = sealer
        self.files = files
        super().__init__(database, calendars)

    # Authority

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

    # Cases

    def _opened(self, transaction: Transaction, case_id: UUID, actor: Actor, seen: int | None) -> Case:
        # Most officers may sign every item: what says so is read together with the case.
        transaction.read(case_id, *(authority_id(actor.subject, EVERY_ITEM, role) for role in SIGNING if actor.has(role)))
        case = transaction.get(Case, case_id)
        if seen is not None:
            require(seen, case.version)
        return case

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
    def stop_clock(
        self,
        transaction: Transaction,
        case_id: UUID,
        procedure: SpecialProcedure,
        expected_days: int,
        reason: str,
        actor: Actor,
        now: datetime,
        seen: int | None = None,
    ) -> Case:
        """Begin a special procedure (FLW-06)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        notice = self.numbers.draw(f"TB{local_day(now):%Y%m%d}")
        case.stop_clock(str(uuid4()), procedure, expected_days, reason, notice, actor, now)
        return case

    @command
    def resume_clock(self, transaction: Transaction, case_id: UUID, stop: str, result: str, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """End a special procedure (FLW-06)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        case.resume_clock(stop, result, actor, now)
        return case

    @command
    def extend(self, transaction: Transaction, case_id: UUID, days: int, reason: str, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Grant the one extension (FLW-07)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, Role.LEADER)
        case.extend(days, reason, actor, now, self.calendar)
        return case

    @command
    def add_material(
        self, transaction: Transaction, case_id: UUID, name: str, content: bytes, reason: str, actor: Actor, now: datetime, seen: int | None = None
    ) -> Case:
        """Add a material (FLW-09)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        if len(content) > LARGEST:
            raise Invalid("file-too-large", f"文件超过 {LARGEST >> 20} MB。", "APP-04", {"file": f"文件不得超过 {LARGEST >> 20} MB"})
        media_type = filetype.guess_mime(content[:8192])
        if media_type not in _ADDED_TYPES:
            raise Invalid("file-type-wrong", "请上传 PDF、JPEG 或 PNG 文件。", "APP-04", {"file": "请上传 PDF、JPEG 或 PNG 文件"})
        code = f"added-{sum(material.added for material in case.materials) + 1}"
        material = CaseMaterial(code, name.strip(), paper=False, digest=sha256(content).hexdigest(), added=True, media_type=media_type)
        case.add_material(material, reason, actor, now)
        self.files.put(content)
        return case

    @command
    def publish_decision(self, transaction: Transaction, case_id: UUID, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Make a decision public (L 40)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        case.publish(actor, now)
        return case

    @command
    def forward(self, transaction: Transaction, case_id: UUID, to: str, document: str, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Record that the preliminary opinion went to the higher authority (FLW-05)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        case.forward(to, document, actor, now)
        return case

    @command
    def charge(self, transaction: Transaction, case_id: UUID, name: str, amount: int, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Record a fee, with a numbered slip (FEE-01)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        receipt = self.numbers.draw(f"SF{local_day(now):%Y%m%d}")
        case.charge(CaseFee(str(uuid4()), name.strip(), amount, receipt), actor, now)
        return case

    @command
    def refund(self, transaction: Transaction, case_id: UUID, fee: str, reason: str, actor: Actor, now: datetime, seen: int | None = None) -> Case:
        """Record that a fee was given back (FEE-01)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        case.refund(fee, reason, actor, now)
        return case

    @command
    def withdraw(self, transaction: Transaction, case_id: UUID, reason: str, actor: Actor, now: datetime) -> Case:
        """End a case at the applicant's own wish (APP-08)."""
        case = transaction.get(Case, case_id)
        case.withdraw(reason, actor, now)
        return case

    def case(self, case_id: UUID) -> Case:
        """Give a case; raise `NotFound`."""
        return Transaction(self).get(Case, case_id)

    def authority(self, authority: UUID) -> Authority:
        """Give an authority; raise `NotFound`."""
        return Transaction(self).get(Authority, authority)

    def holds_authority(self, actor: Actor, item: str, role: Role) -> bool:
        """Say whether an officer has a role and was granted the authority to sign its stages of an item."""
        return actor.has(role) and self._authority(Transaction(self), actor.subject, actor.department, item, role) is not None

    def history(self, case_id: UUID) -> list[Any]:
        """Give every event of a case in its order; nothing is ever taken out of it."""
        return list(self.events.get(case_id))

    def application_of(self, case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
        """Open what is sealed of a case: the applicant, and the form as it was filled in."""
        return self._sealer.unseal(case.applicant_sealed), self._sealer.unseal(case.form_sealed)

    # The chassis

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Open a case when an application was accepted."""
        if isinstance(event, intake.CalendarVersionPublished):
            self.hear_calendar(event, envelope, transaction)
        elif isinstance(event, intake.ApplicationAccepted) and transaction.find(Case, envelope.subject) is None:
            account = self._sealer.unseal(event.applicant.sealed)["account"]
            transaction.add(Case.open_case(envelope.subject, envelope.recorded, envelope.time, **opened_with(event, account)))

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:  # noqa: ARG002 - the base's signature
        """Fold open cases anew by a new version of the calendar."""
        if kind == TIMER:
            self.fold_some_anew(due, now, transaction)

    def affected(self, since: date) -> Select[tuple[UUID]]:
        """Give the cases with an open stage."""
        return views.in_hand(self.database, since)

    def fold_anew(self, subject: UUID, before: WorkingDayCalendar, now: datetime, transaction: Transaction) -> None:
        """Record until when a case is to be decided now."""
        transaction.get(Case, subject).reckon_anew(before, self.calendar, now)

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002 - rows are whole
        """Give the rows of an aggregate."""
        if isinstance(aggregate, CalendarVersions):
            return self.calendar_changes(aggregate)
        return views.project(self.database, self.calendar, aggregate)

    def concerning(self, subjects: Collection[UUID], department: str) -> set[UUID]:
        """Give those of some cases that the department handles."""
        return matching(self.database, "cases", "id", subjects, "department", department)

    def publish(self, event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of workflow's events
        """Say a private event in public."""
        return to_public(event)
