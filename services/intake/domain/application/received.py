"""An application is acknowledged when it is handed in; what it is, what its clocks are, and who may see it, act for the applicant or answer it."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from services.intake.domain.applicant import ApplicantDetails
from services.intake.domain.facts import ApplicationState, Channel, Defect, Progress, case_clock
from services.intake.domain.form import SubmittedMaterial
from services.intake.domain.item import ItemRevision
from services.intake.domain.review import ReviewStage
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import WorkingDayCalendar, local_day
from services.kernel.clock import ClockFacts, reckon

WAITS = frozenset({ApplicationState.RECEIVED, ApplicationState.CORRECTED})
UNANSWERED = WAITS | {ApplicationState.CORRECTION}


class ReceivedApplication(RecordedAggregate, part_of="intake.Application"):
    """The application with its state, its clocks and its doors."""

    class Received(RecordedAggregate.Created):
        """It was handed in and acknowledged."""

        number: str
        item: ItemRevision
        channel: Channel
        window: str | None
        applicant: UUID
        account: str | None
        details: ApplicantDetails
        form: dict[str, str]
        materials: tuple[SubmittedMaterial, ...]
        received_on: date
        commitment: bool
        acceptance_limit: int
        request_digest: str

    def __init__(
        self,
        number: str,
        item: ItemRevision,
        channel: Channel,
        window: str | None,
        applicant: UUID,
        account: str | None,
        details: ApplicantDetails,
        form: dict[str, str],
        materials: tuple[SubmittedMaterial, ...],
        received_on: date,
        commitment: bool,  # noqa: FBT001 - as the event has it
        acceptance_limit: int,
        request_digest: str,
    ) -> None:
        self.number = number
        self.item = item
        self.channel = channel
        self.window = window
        self.applicant = applicant
        self.account = account
        self.details = details
        self.form = form
        self.materials = materials
        self.received_on = received_on
        self.commitment = commitment
        self.acceptance_limit = acceptance_limit
        self.request_digest = request_digest
        self.state = ApplicationState.RECEIVED
        self.notices = 0
        self.defects: tuple[Defect, ...] = ()
        self.corrected: frozenset[str] = frozenset()
        self.asked_by: str | None = None
        self.complete_on: date | None = None
        self.deemed = False
        self.clock_start: date | None = None
        self.reasons = ""
        self.progress: tuple[Progress, ...] = ()
        self.pre_reviewed = False
        self.paper_receipt = ""
        self.reviews: dict[ReviewStage, int] = {}
        self.calendar: str | None = None
        """By which version it was folded anew, None where it never was."""

    @classmethod
    def receive(cls, application_id: UUID, actor: Actor, now: datetime, **handed_in: Any) -> Self:  # noqa: ANN401 - the event's fields
        """Acknowledge what was handed in; the acceptance clock starts on the local day of `now`.

        A 受理承诺单, which shortens the limit of the department's answer, is given at the comprehensive window alone (APP-03).
        """
        if handed_in["commitment"] and handed_in["channel"] is not Channel.WINDOW:
            raise Invalid("commitment-elsewhere", "受理承诺单只在综合窗口出具。", "APP-03", {"commitment": "只在综合窗口出具"})
        return cls.begin(cls.Received, application_id, actor, now, received_on=local_day(now), **handed_in)

    def acceptance_clock(self) -> ClockFacts:
        """Give the facts of the acceptance clock, which runs from receipt, or again from the day of the corrections."""
        return ClockFacts(self.complete_on or self.received_on, self.acceptance_limit)

    def acceptance_due(self, calendar: WorkingDayCalendar) -> date | None:
        """Give the last day of the acceptance limit."""
        clock = self.acceptance_clock()
        return reckon(clock, calendar, clock.start).due

    def promised_clock(self) -> ClockFacts | None:
        """Give the facts of the case's clock against the promised limit, as far as the case was heard of; none before acceptance and after a withdrawal."""
        return None if self.clock_start is None else case_clock(self.clock_start, self.item.promised_limit, self.progress)

    def check_applicant(self, actor: Actor) -> None:
        """Let only the applicant's own account act, or a window clerk in the applicant's presence."""
        if not actor.has(Role.WINDOW_CLERK) and actor.subject != self.account:
            raise NotAllowed("not-yours", "这不是您的申请。", "SEC-03")

    def may_see(self, actor: Actor) -> bool:
        """Say whether an actor may read the application (SEC-02)."""
        if actor.has(Role.WINDOW_CLERK, Role.SUPERVISOR, Role.AUDITOR) or actor.subject == self.account:
            return True
        return actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) and actor.department in self.item.departments

    def may_answer(self, actor: Actor) -> bool:
        """Say whether an actor accepts this item: any window's clerk, or the department's own officer of the role that the item names."""
        role = self.item.process.accepted_by
        return actor.has(role) and (role is Role.WINDOW_CLERK or actor.department == self.item.department)

    def may_tell_at_once(self, actor: Actor, today: date) -> bool:
        """Say whether an actor may give the notice at the window, on the day of receipt (COR-01)."""
        return today == self.received_on and self.channel is Channel.WINDOW and actor.has(Role.WINDOW_CLERK) and not self.notices

    def _check_authority(self, actor: Actor) -> None:
        if not self.may_answer(actor):
            raise NotAllowed("no-authority-to-accept", "您没有受理这个事项的权限。", "FLW-02")

    def _check_waits(self, act: str) -> None:
        if self.state not in WAITS:
            raise Refusal("not-waiting", f"申请当前不是待受理状态，不能办理{act}。", "COR-06")

    def _check_in_time(self, now: datetime, calendar: WorkingDayCalendar) -> None:
        """Refuse a notice or refusal after the limit: the application was accepted on the day of receipt (COR-02)."""
        due = self.acceptance_due(calendar)
        if due is not None and local_day(now) > due:
            raise Refusal("deemed-accepted", "已经超过受理时限，依法自收到申请之日起即为受理。", "COR-02")
