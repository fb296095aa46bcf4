"""An application from its receipt until it is accepted, counts as accepted, is refused or is withdrawn (APP-03, COR-01 to COR-07)."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake.domain.applicant import ApplicantDetails
from services.intake.domain.facts import ApplicationState, Channel, Defect, Progress, case_clock
from services.intake.domain.form import SubmittedMaterial
from services.intake.domain.item import ItemRevision
from services.intake.domain.review import BEST, WORST, ReviewStage, ReviewTag
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import SYSTEM, Invalid, NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import WorkingDayCalendar, local_day, start_of
from services.kernel.clock import ClockFacts, reckon

_WAITS = frozenset({ApplicationState.RECEIVED, ApplicationState.CORRECTED})
_UNANSWERED = _WAITS | {ApplicationState.CORRECTION}


class Application(RecordedAggregate):
    """What was handed in. It keeps the item revision that was in force on the day of receipt (CAT-03)."""

    TOPIC = "intake.Application"

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

    class CorrectionNoticeIssued(RecordedAggregate.Event):
        """The one notice that lists everything to be corrected was given."""

        notice: str
        ordinal: int
        defects: tuple[Defect, ...]
        at_once: bool
        justification: str

        def apply(self, aggregate: "Application") -> None:
            """Wait for the corrections."""
            aggregate.state = ApplicationState.CORRECTION
            aggregate.notices += 1
            aggregate.defects = self.defects
            aggregate.asked_by = self.actor

    class CorrectionsSubmitted(RecordedAggregate.Event):
        """The applicant handed in what the notice asked for."""

        materials: tuple[SubmittedMaterial, ...]
        submitted_on: date

        def apply(self, aggregate: "Application") -> None:
            """Take the corrected materials in the place of the old."""
            corrected = {material.code: material for material in self.materials}
            kept = [material for material in aggregate.materials if material.code not in corrected]
            aggregate.materials = (*kept, *self.materials)
            aggregate.corrected = frozenset(corrected)
            aggregate.complete_on = self.submitted_on
            aggregate.state = ApplicationState.CORRECTED

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

        def apply(self, aggregate: "Application") -> None:
            """End the acceptance clock."""
            aggregate.state = ApplicationState.ACCEPTED
            aggregate.deemed = self.deemed
            aggregate.clock_start = self.clock_start

    class AcceptanceRefused(RecordedAggregate.Event):
        """It was not accepted, for these reasons."""

        notice: str
        reasons: str

        def apply(self, aggregate: "Application") -> None:
            """End the application."""
            aggregate.state = ApplicationState.NOT_ACCEPTED
            aggregate.reasons = self.reasons

    class PreReviewed(RecordedAggregate.Event):
        """The applicant was told what came of the pre-review."""

        passed: bool
        opinion: str

        def apply(self, aggregate: "Application") -> None:
            """Remember it."""
            aggregate.pre_reviewed = True

    class PaperSignedFor(RecordedAggregate.Event):
        """The department signed for the paper that the window had received."""

        department: str
        receipt: str
        materials: tuple[str, ...]

        def apply(self, aggregate: "Application") -> None:
            """Remember the slip."""
            aggregate.paper_receipt = self.receipt

    class Withdrawn(RecordedAggregate.Event):
        """The applicant withdrew it."""

        reason: str

        def apply(self, aggregate: "Application") -> None:
            """End the application."""
            aggregate.state = ApplicationState.WITHDRAWN

    class Reviewed(RecordedAggregate.Event):
        """The applicant marked a stage of the service."""

        stage: ReviewStage
        level: int
        tags: tuple[ReviewTag, ...]

        def apply(self, aggregate: "Application") -> None:
            """Remember it: each stage is marked once."""
            aggregate.reviews = {**aggregate.reviews, self.stage: self.level}

    class DeadlineRecomputed(RecordedAggregate.Event):
        """A new version of the calendar came while the application waited for an answer; the last day for it before and after."""

        calendar: str
        before: date | None
        after: date | None

        def apply(self, aggregate: "Application") -> None:
            """Remember the version."""
            aggregate.calendar = self.calendar

    class ProgressNoted(RecordedAggregate.Event):
        """Another service told how the case goes on."""

        progress: Progress

        def apply(self, aggregate: "Application") -> None:
            """Show it to the applicant."""
            aggregate.progress = (*aggregate.progress, self.progress)

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
    def receive(cls, application_id: UUID, actor: Actor, now: datetime, **handed_in: Any) -> "Application":  # noqa: ANN401 - the event's fields
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

    def issue_correction_notice(
        self, notice: str, defects: tuple[Defect, ...], justification: str, actor: Actor, now: datetime, calendar: WorkingDayCalendar
    ) -> None:
        """Tell the applicant everything that is to be corrected, once (COR-01); a second time only of what was corrected (COR-03).

        A clerk tells at once, on the day on which it came in at a window, whichever role accepts it later.
        """
        at_once = self.may_tell_at_once(actor, local_day(now))
        if not at_once:
            self._check_authority(actor)
        self._check_waits("补正通知")
        self._check_in_time(now, calendar)
        if not defects or any(not defect.reason.strip() for defect in defects):
            raise Invalid("defects-missing", "补正通知应当一次列明全部需要补正的材料和理由。", "COR-01", {"defects": "请列明材料和理由"})
        if unknown := [defect.name for defect in defects if self.item.material(defect.material) is None]:
            raise Invalid("defects-unknown", f"不得要求办事指南之外的材料：{'、'.join(unknown)}。", "COR-04", {"defects": "只能要求办事指南列明的材料"})
        if self.notices:
            if any(defect.material not in self.corrected for defect in defects):
                raise Refusal("second-notice", "补正内容应当一次告知，第二次只能针对补正后的材料。", "COR-03")
            if not justification.strip():
                raise Invalid("justification-missing", "再次要求补正应当说明理由。", "COR-03", {"justification": "请说明理由"})
        self.record(
            self.CorrectionNoticeIssued,
            actor,
            now,
            notice=notice,
            ordinal=self.notices + 1,
            defects=defects,
            at_once=at_once,
            justification=justification.strip(),
        )

    def submit_corrections(self, materials: tuple[SubmittedMaterial, ...], actor: Actor, now: datetime) -> None:
        """Take what the notice asked for, all of it; it goes back to whoever asked (COR-05)."""
        if self.state is not ApplicationState.CORRECTION:
            raise Refusal("nothing-to-correct", "目前没有需要补正的材料。", "COR-01")
        self.check_applicant(actor)
        there = {material.code for material in materials}
        if missing := [defect.name for defect in self.defects if defect.material not in there]:
            fields = {defect.material: f"请提交{defect.name}" for defect in self.defects if defect.material not in there}
            raise Invalid("corrections-incomplete", f"补正材料不齐：还缺{'、'.join(missing)}。", "COR-01", fields)
        if extra := there - {defect.material for defect in self.defects}:
            raise Invalid("corrections-unasked", f"没有要求补正：{'、'.join(sorted(extra))}。", "COR-01", dict.fromkeys(extra, "没有要求补正这项材料"))
        self.record(self.CorrectionsSubmitted, actor, now, materials=materials, submitted_on=local_day(now))

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
        if self.state in _UNANSWERED and self.calendar != after.id:
            due, new = self.acceptance_due(before), self.acceptance_due(after)
            self.record(self.DeadlineRecomputed, SYSTEM, now, calendar=after.id, before=due, after=new)

    def deem_accepted(self, due: datetime, now: datetime) -> None:
        """Count as accepted from the day of receipt, because nobody answered in time (COR-02); harmless where somebody did."""
        if self.state in _WAITS:
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

    @property
    def paper(self) -> tuple[str, ...]:
        """The codes of the materials on paper."""
        return tuple(material.code for material in self.materials if material.paper)

    def may_sign_for_paper(self, actor: Actor) -> bool:
        """Say whether an officer has paper to sign for."""
        is_there = self.channel is Channel.WINDOW and bool(self.paper) and not self.paper_receipt
        return is_there and actor.has(Role.HANDLER) and actor.department == self.item.department

    def sign_for_paper(self, receipt: str, actor: Actor, now: datetime) -> None:
        """Sign for the paper that the window had received, by the department's handler, once (HAL-04)."""
        if not (actor.has(Role.HANDLER) and actor.department == self.item.department):
            raise NotAllowed("not-your-paper", "纸质材料由承办部门签收。", "HAL-04")
        if not self.may_sign_for_paper(actor):
            raise Refusal("nothing-to-sign", "没有待签收的纸质材料。", "HAL-04")
        self.record(self.PaperSignedFor, actor, now, department=self.item.department, receipt=receipt, materials=self.paper)

    def withdraw(self, reason: str, actor: Actor, now: datetime) -> None:
        """Withdraw before acceptance (APP-08); afterwards the case is withdrawn where it is handled."""
        self.check_applicant(actor)
        if self.state not in {*_WAITS, ApplicationState.CORRECTION}:
            raise Refusal("not-withdrawable", "申请已经受理或者结束，不能在此撤回。", "APP-08")
        self.record(self.Withdrawn, actor, now, reason=reason.strip())

    def note(self, progress: Progress, now: datetime) -> None:
        """Note what another service said of the case."""
        self.record(self.ProgressNoted, SYSTEM, now, happened=progress.happened, progress=progress)

    def reviewable(self) -> tuple[ReviewStage, ...]:
        """Give the stages that are over and were not marked yet."""
        over = {
            ReviewStage.RECEPTION: True,
            ReviewStage.CORRECTION: self.notices > 0,
            ReviewStage.ACCEPTANCE: self.state in {ApplicationState.ACCEPTED, ApplicationState.NOT_ACCEPTED},
            ReviewStage.RESULT: any(one.kind == "case-decided" for one in self.progress),
        }
        return tuple(stage for stage, is_over in over.items() if is_over and stage not in self.reviews)

    def review(self, stage: ReviewStage, level: int, tags: tuple[ReviewTag, ...], actor: Actor, now: datetime) -> None:
        """Mark a stage of the service from 1 to 5, once, by the applicant alone (SUP-25)."""
        if actor.subject != self.account:
            raise NotAllowed("not-yours", "只有申请人可以评价。", "SUP-25")
        if not WORST <= level <= BEST:
            raise Invalid("level-wrong", "请选择一到五的评价。", "SUP-25", {"level": "请选择评价"})
        if stage not in self.reviewable():
            raise Refusal("not-reviewable", "这个环节还没有结束，或者已经评价过。", "SUP-25")
        self.record(self.Reviewed, actor, now, stage=stage, level=level, tags=tags)

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
        if self.state not in _WAITS:
            raise Refusal("not-waiting", f"申请当前不是待受理状态，不能办理{act}。", "COR-06")

    def _check_in_time(self, now: datetime, calendar: WorkingDayCalendar) -> None:
        """Refuse a notice or refusal after the limit: the application was accepted on the day of receipt (COR-02)."""
        due = self.acceptance_due(calendar)
        if due is not None and local_day(now) > due:
            raise Refusal("deemed-accepted", "已经超过受理时限，依法自收到申请之日起即为受理。", "COR-02")
