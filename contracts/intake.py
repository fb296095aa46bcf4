"""What intake says: the catalogue, and each application from its receipt to its acceptance or refusal. The subject is the case."""

from typing import Any, Literal

from pydantic import Field

from contracts.common import ApplicantReference, Channel, Day, ItemSnapshot, Part
from contracts.registry import PublicEvent, public


class GuideElements(Part):
    """How much of each element that must be public a guide has (CAT-02)."""

    legal_basis: int
    conditions: int
    materials: int
    form_fields: int
    responsibilities: int
    accountability: int
    window: bool
    consultation_phone: bool
    complaint_phone: bool


@public("gov.onewindow.intake.item-revision-published.v1")
class ItemRevisionPublished(PublicEvent):
    """An item was added or adjusted, with effect from a day (CAT-03). The subject is the item."""

    item: ItemSnapshot
    effective_from: Day
    guide: GuideElements | None = None


@public("gov.onewindow.intake.item-withdrawn.v1")
class ItemWithdrawn(PublicEvent):
    """An item was cancelled: nothing more is received for it after this day. The subject is the item.

    `basis` names the document by which an authority cancelled it, empty where there is none; None was said before it was asked for.
    """

    item: str
    last_day: Day
    reason: str
    basis: str | None = None
    department: str = ""
    name: str = ""


class ReceivedMaterial(Part):
    """A material as it was handed in; one on paper has no digest (APP-04)."""

    code: str
    name: str
    paper: bool
    digest: str | None = None


@public("gov.onewindow.intake.application-received.v1")
class ApplicationReceived(PublicEvent):
    """An application was handed in and acknowledged by a numbered receipt (APP-03).

    `received_on` is the day from which the acceptance limit runs; `commitment` says that a 受理承诺单 was given at the comprehensive window.
    """

    number: str
    item: ItemSnapshot
    channel: Channel
    window: str | None = None
    applicant: ApplicantReference
    received_on: Day
    commitment: bool
    acceptance_limit: int
    materials: tuple[ReceivedMaterial, ...]


class Defect(Part):
    """One thing to be corrected: the material and what is wrong with it."""

    material: str
    name: str
    reason: str


@public("gov.onewindow.intake.correction-notice-issued.v1")
class CorrectionNoticeIssued(PublicEvent):
    """The one notice that lists everything to be corrected was given (COR-01)."""

    notice: str
    ordinal: int
    defects: tuple[Defect, ...]
    at_once: bool
    justification: str | None = None


@public("gov.onewindow.intake.corrections-submitted.v1")
class CorrectionsSubmitted(PublicEvent):
    """The applicant handed in what the notice asked for; the clock of the case will start on this day (COR-07)."""

    materials: tuple[ReceivedMaterial, ...]
    submitted_on: Day


@public("gov.onewindow.intake.application-accepted.v1")
class ApplicationAccepted(PublicEvent):
    """The application was accepted, or counts as accepted because nobody answered in time (`deemed`, COR-02).

    `clock_start` is the day from which the case clock runs: the day of acceptance; where deemed, of receipt; after a correction,
    of the complete materials. `form` is a JWE of what the applicant filled in.
    """

    number: str
    item: ItemSnapshot
    applicant: ApplicantReference
    channel: Channel
    deemed: bool
    clock_start: Day
    materials: tuple[ReceivedMaterial, ...]
    form: str


@public("gov.onewindow.intake.acceptance-refused.v1")
class AcceptanceRefused(PublicEvent):
    """不予受理: the application was not accepted, for these reasons (COR-06)."""

    notice: str
    reasons: str


@public("gov.onewindow.intake.application-withdrawn.v1")
class ApplicationWithdrawn(PublicEvent):
    """The applicant withdrew before acceptance (APP-08)."""

    reason: str


@public("gov.onewindow.intake.pre-review-completed.v1")
class PreReviewCompleted(PublicEvent):
    """网上预审: the applicant was told what came of the pre-review of an online submission (APP-05)."""

    passed: bool
    opinion: str
    completed_on: Day


@public("gov.onewindow.intake.paper-signed-for.v1")
class PaperSignedFor(PublicEvent):
    """The department signed for the paper that the window had received (材料接收凭证, HAL-04)."""

    department: str
    receipt: str
    materials: tuple[str, ...]


@public("gov.onewindow.intake.offline-approval-registered.v1")
class OfflineApprovalRegistered(PublicEvent):
    """An approval that a department gave outside the system was entered afterwards. The subject is this registration.

    `item` has no code where the catalogue knows no such item. `cause` says why it was not handled online.
    """

    number: str
    item: str | None
    item_name: str
    department: str
    online_grade: Literal["A", "B", "C", "D"] | None
    approved_on: Day
    registered_on: Day
    cause: Literal["OUTAGE", "CLASSIFIED", "APPLICANT_ASKED", "NONE"]
    reason: str
    officer: str | None = None


@public("gov.onewindow.intake.step-reported.v1")
class StepReported(PublicEvent):
    """A department with its own system reported a step of one of its cases; this is the receipt, too (EXC-01).

    `data` are those of `gov.onewindow.department.<step>.v1`; `report` is the id that the department gave. `item` comes with the first step.
    What happened before `system_since`, the day on which the department joined, is history, and was not to be told in time.
    """

    department: str
    number: str
    report: str
    step: str
    data: dict[str, Any]
    item: ItemSnapshot | None = None
    system_since: Day


@public("gov.onewindow.intake.report-refused.v1")
class ReportRefused(PublicEvent):
    """A department's report could not be taken; it is kept until it was mended, and the reason is told (EXC-01, SUP-Y10).

    `report`, `number` and `type` are the department's own; of what is no CloudEvents document, a mark stands for an id or a number that cannot be read.
    """

    department: str
    number: str
    report: str
    type: str
    code: str
    detail: str


@public("gov.onewindow.intake.review-given.v1")
class ReviewGiven(PublicEvent):
    """好差评: the applicant marked a stage of the service, from 1 (非常不满意) to 5 (非常满意), without words (SUP-25)."""

    stage: Literal["RECEPTION", "CORRECTION", "ACCEPTANCE", "RESULT"]
    level: int = Field(ge=1, le=5)
    tags: tuple[Literal["ATTITUDE", "WAITING", "MATERIALS", "EXPLANATION", "SPEED"], ...] = ()


@public("gov.onewindow.intake.calendar-version-published.v1")
class CalendarVersionPublished(PublicEvent):
    """A version of the working-day calendar was published, as a notice of the State Council has it (CLK-01). The subject is the calendar.

    `rest` are the days off on holidays with their names, `moved` the weekend days that are worked. Days after `known_through` are provisional.
    """

    calendar: str
    notice: str
    first: Day
    last: Day
    known_through: Day
    rest: dict[Day, str]
    moved: dict[Day, str]
