"""What workflow says: each case from its opening to its decision. The subject is the case."""

from typing import Literal

from contracts.common import ApplicantReference, Day, ItemSnapshot, Outcome, SpecialProcedure
from contracts.registry import PublicEvent, public


@public("gov.onewindow.workflow.case-opened.v1")
class CaseOpened(PublicEvent):
    """An accepted application became a case; its clock runs from `clock_start`."""

    number: str
    item: str
    department: str
    clock_start: Day


@public("gov.onewindow.workflow.stage-entered.v1")
class StageEntered(PublicEvent):
    """A stage is open for its signature; its limit runs from `entered_on`.

    `paper_from` is the department from which the stage's own one gets the paper, for which it signs by the hour; None where there is none to get (HAL-04).
    """

    stage: str
    name: str
    department: str
    role: str
    limit: int
    entered_on: Day
    paper_from: str | None = None


@public("gov.onewindow.workflow.paper-handed-over.v1")
class PaperHandedOver(PublicEvent):
    """A department signed for the paper that it got from another one (材料接收凭证, HAL-04)."""

    department: str
    from_department: str
    officer: str
    receipt: str
    materials: tuple[str, ...]


@public("gov.onewindow.workflow.officer-assigned.v1")
class OfficerAssigned(PublicEvent):
    """An officer took a stage, or took it over from another (FLW-09). Officers are references."""

    stage: str
    officer: str
    previous: str | None = None
    reason: str = ""


@public("gov.onewindow.workflow.stage-signed.v1")
class StageSigned(PublicEvent):
    """A named officer signed a stage with an opinion (FLW-02)."""

    stage: str
    name: str
    department: str
    officer: str
    approves: bool
    opinion: str


@public("gov.onewindow.workflow.case-rolled-back.v1")
class CaseRolledBack(PublicEvent):
    """A stage sent the case back to an earlier one; `reopened` are the stages whose signatures no longer count (FLW-03)."""

    from_stage: str
    to_stage: str
    reopened: tuple[str, ...]
    reason: str


@public("gov.onewindow.workflow.clock-stopped.v1")
class ClockStopped(PublicEvent):
    """A special procedure began; its expected working days and the written notice to the applicant are recorded (FLW-06, L 45)."""

    stop: str
    procedure: SpecialProcedure
    from_day: Day
    expected_days: int
    reason: str
    notice: str


@public("gov.onewindow.workflow.clock-resumed.v1")
class ClockResumed(PublicEvent):
    """The special procedure ended on this day."""

    stop: str
    to_day: Day
    result: str


@public("gov.onewindow.workflow.limit-extended.v1")
class LimitExtended(PublicEvent):
    """The agency's head granted the one extension (FLW-07, L 42)."""

    granted_on: Day
    days: int
    reason: str
    approved_by: str


@public("gov.onewindow.workflow.material-added.v1")
class MaterialAdded(PublicEvent):
    """A material was added while the case was handled (FLW-09)."""

    code: str
    name: str
    digest: str | None
    reason: str


@public("gov.onewindow.workflow.case-decided.v1")
class CaseDecided(PublicEvent):
    """The licence was granted or refused, with grounds, and reasons where refused (FLW-08, L 38). Carries what the result is made from."""

    number: str
    outcome: Outcome
    decided_on: Day
    officer: str
    grounds: str
    reasons: str
    item: ItemSnapshot
    applicant: ApplicantReference
    form: str


@public("gov.onewindow.workflow.case-withdrawn.v1")
class CaseWithdrawn(PublicEvent):
    """The applicant withdrew before the decision; the case and its clocks end (APP-08)."""

    withdrawn_on: Day
    reason: str


@public("gov.onewindow.workflow.decision-published.v1")
class DecisionPublished(PublicEvent):
    """The decision was made public, without personal data (L 40, SUP-Y07)."""

    published_on: Day


@public("gov.onewindow.workflow.preliminary-opinion-forwarded.v1")
class PreliminaryOpinionForwarded(PublicEvent):
    """上报件: the preliminary opinion and the materials went to the higher authority (FLW-05, L 43)."""

    forwarded_on: Day
    to: str
    document: str


@public("gov.onewindow.workflow.fee-charged.v1")
class FeeCharged(PublicEvent):
    """A fee was taken of the applicant; `amount` is in fen (FEE-01)."""

    fee: str
    name: str
    amount: int
    receipt: str


@public("gov.onewindow.workflow.fee-refunded.v1")
class FeeRefunded(PublicEvent):
    """A fee was given back in full."""

    fee: str
    reason: str


@public("gov.onewindow.workflow.authority-granted.v1")
class AuthorityGranted(PublicEvent):
    """An officer may sign these stages of this item (SEC-01). The subject is the authority."""

    officer: str
    department: str
    item: str
    role: Literal["HANDLER", "SECTION_HEAD", "LEADER", "WINDOW_CLERK"]
