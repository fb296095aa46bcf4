"""An application is accepted or refused within its limit, else it counts as accepted; an online one may be reviewed before (COR-02, COR-06, COR-07, APP-05)."""

from datetime import date, datetime, timedelta
from uuid import UUID

from services.intake.domain.applicant import ApplicantDetails
from services.intake.domain.application.received import UNANSWERED, WAITS, ReceivedApplication
from services.intake.domain.facts import ApplicationState, Channel
from services.intake.domain.form import SubmittedMaterial
from services.intake.domain.item import ItemRevision
from services.kernel.actor import Actor
from services.kernel.aggregate import SYSTEM, Invalid, RecordedAggregate, Refusal
from services.kernel.calendar import WorkingDayCalendar, local_day, start_of


class AnsweredApplication(ReceivedApplication, part_of="intake.Application"):
    """The application with the answer to it."""

    class Accepted(RecordedAggregate.Event):
        """It was accepted, or counts as accepted (`deemed`); the clock of the case starts on `clock_start`."""

        number: str
        item: ItemRevision
        channel: Channel
        applicant: UUID
        details: ApplicantDetails
        account: str | None
        form: dict[str, str]
        materials: tuple[SubmittedMaterial, ...]
        deemed: bool
        clock_start: date

        def apply(self, aggregate: "AnsweredApplication") -> None:
            """End the acceptance clock."""
            aggregate.state = ApplicationState.ACCEPTED
            aggregate.deemed = self.deemed
            aggregate.clock_start = self.clock_start

    class AcceptanceRefused(RecordedAggregate.Event):
        """It was not accepted, for these reasons."""

        notice: str
        reasons: str

        def apply(self, aggregate: "AnsweredApplication") -> None:
            """End the application."""
            aggregate.state = ApplicationState.NOT_ACCEPTED
            aggregate.reasons = self.reasons

    class PreReviewed(RecordedAggregate.Event):
        """The applicant was told what came of the pre-review."""

        passed: bool
        opinion: str

        def apply(self, aggregate: "AnsweredApplication") -> None:
            """Remember it."""
            aggregate.pre_reviewed = True

    class DeadlineRecomputed(RecordedAggregate.Event):
        """A new version of the calendar came while the application waited for an answer; the last day for it before and after."""

        calendar: str
        before: date | None
        after: date | None

        def apply(self, aggregate: "AnsweredApplication") -> None:
            """Remember the version."""
            aggregate.calendar = self.calendar

    def accept(self, actor: Actor, now: datetime, calendar: WorkingDayCalendar) -> None:
        """Accept; the clock starts today, or on the day on which the complete materials arrived (COR-06, COR-07).

        After the limit nothing is left to accept: it counts as accepted since the day of receipt, also where no timer has said so yet (COR-02).
        """
        self._check_authority(actor)
        self._check_waits("受理")
        due = self.acceptance_due(calendar)
        if due is not None and local_day(now) > due:
            self.deem_accepted(start_of(due + timedelta(days=1)), now)
            return
        self._accept(actor, now, now, deemed=False, clock_start=self.complete_on or local_day(now))

    def reckon_anew(self, before: WorkingDayCalendar, after: WorkingDayCalendar, now: datetime) -> None:
        """Record until when it is to be answered by a new version of the calendar; harmless where that was done."""
        if self.state in UNANSWERED and self.calendar != after.id:
            due, new = self.acceptance_due(before), self.acceptance_due(after)
            self.record(self.DeadlineRecomputed, SYSTEM, now, calendar=after.id, before=due, after=new)

    def deem_accepted(self, due: datetime, now: datetime) -> None:
        """Count as accepted from the day of receipt, because nobody answered in time (COR-02); harmless where somebody did."""
        if self.state in WAITS:
            self._accept(SYSTEM, now, due, deemed=True, clock_start=self.complete_on or self.received_on)

    def _accept(self, actor: Actor, now: datetime, happened: datetime, *, deemed: bool, clock_start: date) -> None:
        self.record(
            self.Accepted,
            actor,
            now,
            happened=happened,
            number=self.number,
            item=self.item,
            channel=self.channel,
            applicant=self.applicant,
            details=self.details,
            account=self.account,
            form=self.form,
            materials=self.materials,
            deemed=deemed,
            clock_start=clock_start,
        )

    def refuse(self, notice: str, reasons: str, actor: Actor, now: datetime, calendar: WorkingDayCalendar) -> None:
        """Refuse to accept, with specific reasons (COR-06)."""
        self._check_authority(actor)
        self._check_waits("不予受理")
        self._check_in_time(now, calendar)
        if not reasons.strip():
            raise Invalid("reasons-missing", "不予受理应当说明具体理由。", "COR-06", {"reasons": "请填写理由"})
        self.record(self.AcceptanceRefused, actor, now, notice=notice, reasons=reasons.strip())

    def pre_review(self, opinion: str, actor: Actor, now: datetime, *, passed: bool) -> None:
        """Tell the applicant what came of the pre-review of an online submission, once, before the answer (APP-05)."""
        self._check_authority(actor)
        if not self.may_be_pre_reviewed:
            raise Refusal("not-pre-reviewable", "只有网上提交、还没有答复的申请可以预审，并且只预审一次。", "APP-05")
        if not opinion.strip():
            raise Invalid("opinion-missing", "预审应当告知结果。", "APP-05", {"opinion": "请填写预审意见"})
        self.record(self.PreReviewed, actor, now, passed=passed, opinion=opinion.strip())

    @property
    def may_be_pre_reviewed(self) -> bool:
        """Say whether a pre-review is open."""
        return self.channel is Channel.ONLINE and self.state is ApplicationState.RECEIVED and not self.pre_reviewed
