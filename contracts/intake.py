"""What intake says: the catalogue, and each application from its receipt to its acceptance or refusal. The subject is the case."""

from contracts.common import ApplicantReference, Channel, Day, ItemSnapshot, Part
from contracts.registry import PublicEvent, public


@public("gov.onewindow.intake.item-revision-published.v1")
class ItemRevisionPublished(PublicEvent):
    """An item was added or adjusted, with effect from a day (CAT-03). The subject is the item."""

    item: ItemSnapshot
    effective_from: Day


@public("gov.onewindow.intake.item-withdrawn.v1")
class ItemWithdrawn(PublicEvent):
    """An item was cancelled: nothing more is received for it after this day. The subject is the item."""

    item: str
    last_day: Day
    reason: str


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
