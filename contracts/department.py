"""What a department's own system reports of its cases, step by step, with the true time of each (EXC-01). Never any personal data."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.common import Day, Outcome, Part, SpecialProcedure
from contracts.registry import PublicEvent, public

Code = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Words = Annotated[str, StringConstraints(max_length=2000)]
Said = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


@public("gov.onewindow.department.application-received.v1")
class ApplicationReceived(PublicEvent):
    """接件: an application for an item of the catalogue came in. `applicant` is the department's own reference, no name and no number."""

    item: Code
    applicant: Code
    applicant_kind: Literal["PERSON", "LEGAL_PERSON"]


class Defect(Part):
    """One thing to be corrected."""

    material: Code
    name: Said
    reason: Said


@public("gov.onewindow.department.correction-notice-issued.v1")
class CorrectionNoticeIssued(PublicEvent):
    """补正始: the applicant was told what is to be corrected."""

    notice: Code
    ordinal: int = Field(default=1, ge=1)
    at_once: bool = False
    defects: Annotated[tuple[Defect, ...], Field(min_length=1, max_length=100)]
    justification: Words | None = None
    officer: Code | None = None


@public("gov.onewindow.department.corrections-submitted.v1")
class CorrectionsSubmitted(PublicEvent):
    """补正终: the corrected materials came in."""


@public("gov.onewindow.department.application-accepted.v1")
class ApplicationAccepted(PublicEvent):
    """受理: the case's clock runs from this day, after a correction from that of the complete materials."""


@public("gov.onewindow.department.acceptance-refused.v1")
class AcceptanceRefused(PublicEvent):
    """不予受理, with the number of the written notice. One without reasons is taken, and seen (SUP-Y05)."""

    notice: Code
    reasons: Words = ""
    officer: Code | None = None


@public("gov.onewindow.department.application-withdrawn.v1")
class ApplicationWithdrawn(PublicEvent):
    """撤件: the applicant withdrew."""

    reason: Words = ""


@public("gov.onewindow.department.stage-signed.v1")
class StageSigned(PublicEvent):
    """A stage of the item's process was signed. `officer` is a reference; `name` is what the department calls the stage, `role` the office signed in."""

    stage: Code
    name: Words = ""
    officer: Code
    approves: bool
    opinion: Said
    role: Literal["HANDLER", "SECTION_HEAD", "LEADER"] | None = None


@public("gov.onewindow.department.clock-stopped.v1")
class ClockStopped(PublicEvent):
    """特别程序始: `stop` names it for its end; the applicant was given the written `notice`."""

    stop: Code
    procedure: SpecialProcedure
    expected_days: int = Field(ge=1, le=3650)
    reason: Said
    notice: Code


@public("gov.onewindow.department.clock-resumed.v1")
class ClockResumed(PublicEvent):
    """特别程序终."""

    stop: Code
    result: Words = ""


@public("gov.onewindow.department.limit-extended.v1")
class LimitExtended(PublicEvent):
    """延期: the agency's head granted the one extension."""

    days: int = Field(ge=1, le=365)
    reason: Said
    approved_by: Code


@public("gov.onewindow.department.case-decided.v1")
class CaseDecided(PublicEvent):
    """通过 or 不通过, with grounds, and reasons where refused."""

    outcome: Outcome
    officer: Code
    grounds: Said
    reasons: Words = ""


@public("gov.onewindow.department.preliminary-opinion-forwarded.v1")
class PreliminaryOpinionForwarded(PublicEvent):
    """上报: the preliminary opinion went to the higher authority, under the number of a document."""

    to: Said
    document: Code


@public("gov.onewindow.department.fee-charged.v1")
class FeeCharged(PublicEvent):
    """A fee was taken; `fee` names it for its refund, `name` is that of the published standard, `amount` is in fen."""

    fee: Code
    name: Said
    amount: int = Field(ge=1, le=10_000_000_000)
    receipt: Words = ""
    officer: Code | None = None


@public("gov.onewindow.department.fee-refunded.v1")
class FeeRefunded(PublicEvent):
    """A fee was given back in full."""

    fee: Code
    reason: Words = ""


@public("gov.onewindow.department.decision-published.v1")
class DecisionPublished(PublicEvent):
    """The decision was made public."""


@public("gov.onewindow.department.certificate-issued.v1")
class CertificateIssued(PublicEvent):
    """A result was made."""

    number: Code
    name: Said
    valid_until: Day | None = None


@public("gov.onewindow.department.certificate-revoked.v1")
class CertificateRevoked(PublicEvent):
    """撤销: a result is no longer in force."""

    number: Code
    reason: Said


@public("gov.onewindow.department.result-delivered.v1")
class ResultDelivered(PublicEvent):
    """The result was handed over."""

    number: Code


@public("gov.onewindow.department.result-archived.v1")
class ResultArchived(PublicEvent):
    """The file was closed."""

    number: Code
    sheet: Code
