"""A result from its order to its handing over (CER-01, CER-03); in force, it never changes: it can only be revoked (CER-07)."""

from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from services.certificates.domain.document import Decision, Document, Status
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import SYSTEM, Invalid, NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import local_day
from services.kernel.trace import NO_TRACE


def result_id(case: UUID) -> UUID:
    """Give the id of the result of a case."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:result:{case}")


class Result(RecordedAggregate):
    """The result of one case."""

    TOPIC = "certificates.Result"

    class Ordered(RecordedAggregate.Created):
        """A decision was made; its result is to be made."""

        case_id: UUID
        decision: Decision
        account: str | None

    class Issued(RecordedAggregate.Event):
        """The document was made, signed and put into the library."""

        case_id: UUID
        document: Document
        granted: bool

        def apply(self, aggregate: "Result") -> None:
            """It is in force."""
            aggregate.document = self.document

    class PickupNoticeIssued(RecordedAggregate.Event):
        """The applicant is asked to come."""

        case_id: UUID
        number: str
        window: str
        materials: tuple[str, ...]

        def apply(self, aggregate: "Result") -> None:
            """It waits at the window."""
            aggregate.window = self.window

    class Delivered(RecordedAggregate.Event):
        """It was handed over against a signature."""

        case_id: UUID
        number: str
        receiver: str
        identity_shown: str
        delivered_on: date

        def apply(self, aggregate: "Result") -> None:
            """It was handed over."""
            aggregate.delivered_on = self.delivered_on
            aggregate.receiver = self.receiver

    class Archived(RecordedAggregate.Event):
        """The handover sheet went back to the department, and the file was closed."""

        case_id: UUID
        number: str
        sheet: str
        archived_on: date

        def apply(self, aggregate: "Result") -> None:
            """It is archived."""
            aggregate.archived_on = self.archived_on

    class AlterationFound(RecordedAggregate.Event):
        """The library's own record or file is no longer as it was signed."""

        case_id: UUID
        number: str
        found_on: date

        def apply(self, aggregate: "Result") -> None:
            """Remember it."""
            aggregate.altered_on = self.found_on

    class Revoked(RecordedAggregate.Event):
        """It is no longer in force."""

        case_id: UUID
        number: str
        revoked_on: date
        reason: str

        def apply(self, aggregate: "Result") -> None:
            """It is revoked."""
            aggregate.revoked_on = self.revoked_on
            aggregate.revoked_reason = self.reason

    def __init__(self, case_id: UUID, decision: Decision, account: str | None, trace: str = NO_TRACE) -> None:
        self.case_id = case_id
        self.ordered_by = trace
        """The trace of its order: what a timer makes of it was asked for then."""
        self.decision = decision
        self.account = account
        self.document: Document | None = None
        self.window = ""
        self.delivered_on: date | None = None
        self.receiver = ""
        self.revoked_on: date | None = None
        self.revoked_reason = ""
        self.archived_on: date | None = None
        self.altered_on: date | None = None

    @classmethod
    def order(cls, case: UUID, decision: Decision, account: str | None, happened: datetime, now: datetime) -> "Result":
        """Order the result of a decision."""
        return cls.begin(cls.Ordered, result_id(case), SYSTEM, now, happened=happened, case_id=case, decision=decision, account=account)

    def issue(self, document: Document, window: str, materials: tuple[str, ...], now: datetime, actor: Actor = SYSTEM) -> None:
        """Put the document into force and ask the applicant to come; one that is issued stays as it is (CER-07)."""
        if self.document is None:
            self.record(self.Issued, actor, now, case_id=self.case_id, document=document, granted=self.decision.granted)
            fields = {"case_id": self.case_id, "number": document.number, "window": window, "materials": materials}
            self.trigger_event(self.PickupNoticeIssued, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)

    def deliver(self, receiver: str, identity_shown: str, actor: Actor, now: datetime) -> None:
        """Hand it over at the window, by a clerk, to a named person who signs (CER-03); one that is revoked is not given out any more (CER-07)."""
        document = self._issued()
        if not actor.has(Role.WINDOW_CLERK):
            raise NotAllowed("clerk-delivers", "结果由窗口人员核对身份后送达。", "CER-03")
        if self.revoked_on is not None:
            raise Refusal("revoked-already", "该结果已经撤销，不再送达。", "CER-07")
        if self.delivered_on is not None:
            raise Refusal("delivered-already", f"该结果已于 {self.delivered_on} 由{self.receiver}领取。", "CER-03")
        errors = {}
        if not receiver.strip():
            errors["receiver"] = "请填写领取人姓名"
        if not identity_shown.strip():
            errors["identity_shown"] = "请核对并填写领取人证件"
        if errors:
            raise Invalid("delivery-wrong", "送达应当核对身份并由领取人签收。", "CER-03", errors)
        fields = {"case_id": self.case_id, "number": document.number, "receiver": receiver.strip(), "identity_shown": identity_shown.strip()}
        self.trigger_event(self.Delivered, timestamp=now, actor=actor.subject, happened=now, delivered_on=local_day(now), **fields)

    def may_make(self, actor: Actor) -> bool:
        """Say whether an officer prints this result on a numbered blank now."""
        waits = self.document is None and self.decision.numbered_blank and self.decision.granted
        return waits and actor.has(Role.HANDLER) and actor.department == self.decision.department

    def check_may_make(self, blank: str, actor: Actor) -> None:
        """Refuse whoever may not print it, and a blank without a number (CER-01)."""
        if not (actor.has(Role.HANDLER) and actor.department == self.decision.department):
            raise NotAllowed("handler-makes", "由作出决定的部门的承办人制证。", "CER-01")
        if not self.may_make(actor):
            raise Refusal("nothing-to-make", "没有待制作的证照。", "CER-01")
        if not blank.strip():
            raise Invalid("blank-missing", "请填写证照印刷编号。", "CER-01", {"blank": "请填写证照印刷编号"})

    def archive(self, sheet: str, actor: Actor, now: datetime) -> None:
        """Close the file of a result that was handed over, by a clerk, with the numbered handover sheet (CER-04)."""
        document = self._issued()
        if not actor.has(Role.WINDOW_CLERK):
            raise NotAllowed("clerk-archives", "由窗口人员归档。", "CER-04")
        if self.delivered_on is None:
            raise Refusal("not-delivered", "结果还没有送达，不能归档。", "CER-04")
        if self.archived_on is not None:
            raise Refusal("archived-already", "已经归档。", "CER-04")
        self.record(self.Archived, actor, now, case_id=self.case_id, number=document.number, sheet=sheet, archived_on=local_day(now))

    def find_altered(self, now: datetime) -> None:
        """Note, once, that the library does not hold it as it was signed (CER-07)."""
        if self.altered_on is None:
            fields = {"case_id": self.case_id, "number": self._issued().number, "found_on": local_day(now)}
            self.trigger_event(self.AlterationFound, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)

    def revoke(self, reason: str, actor: Actor, now: datetime) -> None:
        """Take it out of force, by the leader of the department that decided (CER-07)."""
        document = self._issued()
        if not (actor.has(Role.LEADER) and actor.department == self.decision.department):
            raise NotAllowed("leader-revokes", "撤销证照由作出决定的部门负责人办理。", "CER-07")
        if self.revoked_on is not None:
            raise Refusal("revoked-already", "该证照已经撤销。", "CER-07")
        if not reason.strip():
            raise Invalid("reason-missing", "撤销证照应当说明理由。", "CER-07", {"reason": "请填写理由"})
        self.record(self.Revoked, actor, now, case_id=self.case_id, number=document.number, revoked_on=local_day(now), reason=reason.strip())

    def status(self, today: date, digest: str | None = None) -> Status:
        """Say how the result stands on a day; `digest` is that of a document which somebody presents."""
        document = self._issued()
        if digest is not None and digest != document.digest:
            return Status.ALTERED
        if self.revoked_on is not None and today >= self.revoked_on:
            return Status.REVOKED
        if document.valid_until is not None and today > document.valid_until:
            return Status.EXPIRED
        return Status.AUTHENTIC

    def may_see(self, actor: Actor) -> bool:
        """Say whether an actor may read the document (SEC-02)."""
        if actor.has(Role.WINDOW_CLERK, Role.SUPERVISOR, Role.AUDITOR) or (self.account is not None and actor.subject == self.account):
            return True
        return actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) and actor.department == self.decision.department

    def _issued(self) -> Document:
        if self.document is None:
            raise Refusal("not-issued-yet", "结果正在制作，请稍后再试。", "CER-01")
        return self.document
