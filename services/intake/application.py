"""Intake's commands and queries: one method for each, and one `policy` for each fact that it hears."""

import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import msgspec
from eventsourcing.domain import Aggregate
from sqlalchemy import Select

from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from services.chassis import letters
from services.chassis.calendars import CalendarData
from services.chassis.database import Change, Database, matching
from services.chassis.files import FileStore
from services.chassis.preconditions import require
from services.chassis.problems import Problem
from services.chassis.reckoning import TIMER, CalendarVersions, Reckoner
from services.chassis.sealing import Sealer
from services.chassis.service import NotFound, Transaction, command
from services.chassis.throttle import Throttle
from services.intake import uploads, views
from services.intake.calendar_notices import check_new_version
from services.intake.domain.applicant import Applicant, ApplicantDetails, applicant_id, checked
from services.intake.domain.application import Application
from services.intake.domain.facts import Channel, Defect
from services.intake.domain.form import SubmittedMaterial, checked_form, checked_materials
from services.intake.domain.item import ItemRevision, revision_in_force
from services.intake.domain.offline import OfflineApproval, OfflineCause
from services.intake.domain.review import ReviewStage, ReviewTag
from services.intake.domain.service_item import ServiceItem, item_id
from services.intake.progress import progress_of
from services.intake.publishing import to_public
from services.intake.reporting import Reporter, Reporting, ReportReceipt
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.kernel.calendar import Calendars, WorkingDayCalendar, local_day

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0, 1, I, L or O, which look alike on paper."""
_SECRET_LENGTH = 10


def application_id_of(actor: Actor, key: str) -> UUID:
    """Give the id of the application that an actor hands in under a key (APP-07)."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:application:{actor.subject}:{key}")


class TooManyTries(Problem):
    """Somebody guesses at the secret of a receipt."""

    def __init__(self) -> None:
        super().__init__(429, "too-many-tries", "查询次数过多", "这个编号的查询码多次输入有误，请五分钟后再试。")


class Intake(Reckoner):
    """The intake service."""

    name = "intake"

    def __init__(self, database: Database, calendars: Calendars, files: FileStore, sealer: Sealer, secret_key: bytes) -> None:
        self._sealer = sealer
        self._secret_key = secret_key
        self._throttle = Throttle()
        self.files = files
        super().__init__(database, calendars)

    # The catalogue

    @command
    def publish_item(self, transaction: Transaction, revision: ItemRevision, actor: Actor, now: datetime) -> None:
        """Add an item or a revision of it; what is there already changes nothing (CAT-03)."""
        item = transaction.find(ServiceItem, item_id(revision.code))
        if item is None:
            transaction.add(ServiceItem.publish(revision, actor, now))
        else:
            item.revise(revision, actor, now)

    @command
    def withdraw_item(self, transaction: Transaction, code: str, last_day: date, reason: str, actor: Actor, now: datetime, basis: str = "") -> None:
        """Cancel an item after a last day."""
        transaction.get(ServiceItem, item_id(code)).withdraw(last_day, reason, actor, now, basis)

    def item(self, code: str) -> ServiceItem:
        """Give an item; raise `NotFound`."""
        return Transaction(self).get(ServiceItem, item_id(code))

    # The calendar

    @command
    def publish_calendar(self, transaction: Transaction, data: CalendarData, notice: str, actor: Actor, now: datetime) -> None:
        """Publish a version of the calendar, on the ground of a notice (CLK-01)."""
        check_new_version(data, notice, self.calendars)
        self.keep_calendar(transaction, data, notice.strip(), actor, now)

    def affected(self, since: date) -> Select[tuple[UUID]]:
        """Give the applications that wait for an answer."""
        return views.waiting(self.database, since)

    def fold_anew(self, subject: UUID, before: WorkingDayCalendar, now: datetime, transaction: Transaction) -> None:
        """Record until when an application is to be answered now."""
        transaction.get(Application, subject).reckon_anew(before, self.calendar, now)

    # Applicants

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
        return [transaction.get(Applicant, found) for found in views.applicants_of(self.database, account)]

    # Applications

    def submit(
        self,
        item_code: str,
        channel: Channel,
        details: ApplicantDetails | UUID,
        form: Mapping[str, str],
        materials: Sequence[SubmittedMaterial],
        actor: Actor,
        now: datetime,
        *,
        key: str | None = None,
        commitment: bool = False,
    ) -> Application:
        """Receive an application and acknowledge it; the same key brings the same receipt (APP-03, APP-07).

        `details` are those of the applicant in person, or the id of one whom the actor's account may act for.
        """
        application_id = application_id_of(actor, key) if key else uuid4()
        return self._receive(application_id, item_code, channel, details, dict(form), tuple(materials), actor, now, commitment=commitment)

    @command
    def _receive(
        self,
        transaction: Transaction,
        application_id: UUID,
        item_code: str,
        channel: Channel,
        details: ApplicantDetails | UUID,
        form: dict[str, str],
        materials: tuple[SubmittedMaterial, ...],
        actor: Actor,
        now: datetime,
        *,
        commitment: bool,
    ) -> Application:
        digest = _digest(item_code, channel, details, form, materials, commitment=commitment)
        transaction.read(application_id, item_id(item_code), details if isinstance(details, UUID) else applicant_id(details.number))
        if (known := transaction.find(Application, application_id)) is not None:
            if known.request_digest != digest:
                raise Refusal("idempotency-key-reused", "同一个幂等键已经用于另一份申请。", "APP-07")
            return known
        item = transaction.get(ServiceItem, item_id(item_code)).on(local_day(now))
        if channel is not Channel.ONLINE and isinstance(details, UUID):
            raise Invalid("applicant-missing", "窗口和自助终端收件应当登记申请人。", "APP-01", {"applicant": "请登记申请人"})
        account = actor.subject if channel is Channel.ONLINE else None
        if isinstance(details, UUID):
            applicant = transaction.get(Applicant, details)
            if actor.subject not in applicant.accounts:
                raise NotAllowed("not-your-applicant", "您的账号不能代表这个申请人。", "SEC-03")
        else:
            applicant = self._registered(transaction, checked(details, now), account, actor, now)
        if account is None and applicant.accounts:
            account = min(applicant.accounts)
        application = Application.receive(
            application_id,
            actor,
            now,
            number=self.numbers.draw(f"SJ{local_day(now):%Y%m%d}"),
            item=item,
            channel=channel,
            window=actor.subject if channel is Channel.WINDOW else None,
            applicant=applicant.id,
            account=account,
            details=applicant.details,
            form=checked_form(item, form),
            materials=checked_materials(item, materials, actor),
            commitment=commitment,
            acceptance_limit=max(item.limit_to_accept(commitment=commitment), 0),
            request_digest=digest,
        )
        transaction.add(application)
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
    def pre_review(
        self, transaction: Transaction, application_id: UUID, opinion: str, actor: Actor, now: datetime, seen: int | None = None, *, passed: bool
    ) -> Application:
        """Tell what came of the pre-review (APP-05)."""
        application = self._opened(transaction, application_id, seen)
        application.pre_review(opinion, actor, now, passed=passed)
        return application

    @command
    def sign_for_paper(self, transaction: Transaction, application_id: UUID, actor: Actor, now: datetime, seen: int | None = None) -> Application:
        """Sign for the paper that the window had received, with a numbered slip (HAL-04)."""
        application = self._opened(transaction, application_id, seen)
        application.sign_for_paper(self.numbers.draw(f"JS{local_day(now):%Y%m%d}"), actor, now)
        return application

    @command
    def register_offline(
        self,
        transaction: Transaction,
        approval_id: UUID,
        item_code: str,
        item_name: str,
        department: str,
        approved_on: date,
        cause: OfflineCause,
        reason: str,
        officer: str | None,
        actor: Actor,
        now: datetime,
    ) -> str:
        """Enter an approval that was given outside the system; give its number."""
        found = transaction.find(ServiceItem, item_id(item_code)) if item_code else None
        if item_code and found is None:
            raise Invalid("item-unknown", "目录中没有这个事项；没有对应事项的请填写名称。", "CAT-01", {"item": "目录中没有这个事项"})
        item = revision_in_force(found.revisions, approved_on) if found else None
        number = self.numbers.draw(f"XX{local_day(now):%Y%m%d}")
        transaction.add(
            OfflineApproval.register(approval_id, number, item, item_name or item_code, department, approved_on, cause, reason, officer, actor, now)
        )
        return number

    @command
    def withdraw(self, transaction: Transaction, application_id: UUID, reason: str, actor: Actor, now: datetime, seen: int | None = None) -> Application:
        """Withdraw an application before its acceptance (APP-08)."""
        application = self._opened(transaction, application_id, seen)
        application.withdraw(reason, actor, now)
        return application

    @command
    def review(
        self, transaction: Transaction, application_id: UUID, stage: ReviewStage, level: int, tags: Sequence[ReviewTag], actor: Actor, now: datetime
    ) -> Application:
        """Mark a stage of the service (SUP-25)."""
        application = transaction.get(Application, application_id)
        application.review(stage, level, tuple(dict.fromkeys(tags)), actor, now)
        return application

    def _opened(self, transaction: Transaction, application_id: UUID, seen: int | None) -> Application:
        application = transaction.get(Application, application_id)
        if seen is not None:
            require(seen, application.version)
        return application

    def application(self, application_id: UUID) -> Application:
        """Give an application; raise `NotFound`."""
        return Transaction(self).get(Application, application_id)

    # What departments report

    @command
    def take_reports(self, transaction: Transaction, bodies: Sequence[bytes], reporter: Reporter, now: datetime) -> list[ReportReceipt]:
        """Take a batch of reports of a department's system; what is refused is kept as a letter (EXC-01)."""
        reporting = Reporting(transaction, reporter, self.calendar, now)
        receipts = reporting.take(bodies)
        for one in reporting.kept:
            transaction.change(letters.kept(self.database, one.body, one.reason, now, door="departments", sender=reporter.actor))
        return receipts

    @command
    def keep_letter(self, transaction: Transaction, door: str, body: bytes, reason: str, sender: Actor | None, now: datetime) -> None:
        """Keep what came in at a door and could not be taken, once, however often the bus delivers it."""
        if not letters.is_kept(self.database, body, door):
            transaction.change(letters.kept(self.database, body, reason, now, door=door, sender=sender))

    # Files

    def store_file(self, filename: str, content: bytes, actor: Actor, now: datetime) -> uploads.StoredFile:
        """Store an uploaded file; it can be named by its digest by whoever uploaded it, and by nobody else (APP-04)."""
        stored = uploads.store(self.files, filename, content)
        self._note_upload(stored, actor, now)
        return stored

    @command
    def _note_upload(self, transaction: Transaction, stored: uploads.StoredFile, actor: Actor, now: datetime) -> None:
        transaction.change(uploads.noted(self.database, stored, actor.subject, now))

    def described_files(self, digests: Collection[str], actor: Actor) -> dict[str, uploads.StoredFile]:
        """Say what files are that the actor uploaded, by their digests; refuse any other digest."""
        return uploads.uploaded(self.database, digests, actor.subject)

    # Following

    def secret(self, application_id: UUID) -> str:
        """Give the secret on the receipt: derived, so that a repeated submission gets the same one (APP-06, APP-07)."""
        mac = hmac.new(self._secret_key, application_id.bytes, sha256).digest()
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in mac[:_SECRET_LENGTH])

    def followed(self, number: str, secret: str, now: datetime) -> Application:
        """Give the application of a receipt; raise `NotFound` for a wrong number and for a wrong secret alike, `TooManyTries` after some of them."""
        name, moment = number.strip().upper(), now.timestamp()
        if not self._throttle.allows(name, moment):
            raise TooManyTries
        row = views.by_number(self.database, name)
        known = self.secret(row["id"]) if row else "-" * _SECRET_LENGTH
        if not hmac.compare_digest(known.encode(), secret.strip().upper().encode()) or row is None:
            self._throttle.failed(name, moment)
            raise NotFound(number)
        self._throttle.succeeded(name)
        return self.application(row["id"])

    def history(self, application_id: UUID) -> list[Any]:
        """Give every event of an application in its order."""
        return list(self.events.get(application_id))

    def handed_in(self, application_id: UUID) -> list[SubmittedMaterial]:
        """Give every material that was ever handed in with an application, those too in whose place others came."""
        handing_in = (Application.Received, Application.CorrectionsSubmitted)
        return [material for event in self.history(application_id) if isinstance(event, handing_in) for material in event.materials]

    # The chassis

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:
        """Deem an application accepted that nobody answered in time (COR-02)."""
        if kind == "acceptance":
            transaction.get(Application, subject).deem_accepted(due, now)
        elif kind == TIMER:
            self.fold_some_anew(due, now, transaction)

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Note for the applicant how the case goes on."""
        if (progress := progress_of(event, envelope)) is not None:
            application = transaction.find(Application, envelope.subject)
            if application is not None:
                application.note(progress, envelope.recorded)

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002 - rows are whole
        """Give the rows of an aggregate."""
        if isinstance(aggregate, CalendarVersions):
            return self.calendar_changes(aggregate)
        return views.project(self.database, self.calendar, aggregate)

    def concerning(self, subjects: Collection[UUID], department: str) -> set[UUID]:
        """Give those of some cases that the department handles."""
        tables = ("applications", "department_cases")
        return set().union(*(matching(self.database, table, "id", subjects, "department", department) for table in tables))

    def publish(self, event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of intake's events
        """Say a private event in public."""
        return to_public(event, self._sealer)


def _digest(
    item_code: str, channel: Channel, details: ApplicantDetails | UUID, form: Mapping[str, str], materials: Sequence[SubmittedMaterial], *, commitment: bool
) -> str:
    """Give the digest of what a caller asked for: the same words again are the same request, whatever the guide calls its materials meanwhile."""
    handed_in = [(one.code, one.paper, one.digest, one.original_checked) for one in materials]
    return sha256(msgspec.json.encode((item_code, channel, details, form, handed_in, commitment), order="sorted")).hexdigest()
