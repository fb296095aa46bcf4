"""A case from its opening to its decision (FLW-01 to FLW-09): stages in the order of its process, each signed with an opinion."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import SYSTEM, Invalid, NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import WorkingDayCalendar, local_day
from services.kernel.clock import ClockFacts, Extension, Stop, reckon
from services.kernel.process import SpecialProcedure, StageDefinition
from services.workflow.domain.facts import CaseFee, CaseItem, CaseMaterial, CaseState, CaseStop, OpenStage, Outcome, Signature

MOST_EXTENDED = 10
MOST_EXTENDED_JOINT = 15


class Case(RecordedAggregate):
    """One case. Its id is the application's."""

    TOPIC = "workflow.Case"

    class Opened(RecordedAggregate.Created):
        """An accepted application became a case; the applicant and the form stay sealed."""

        number: str
        item: CaseItem
        applicant: str
        applicant_kind: str
        applicant_sealed: str
        form_sealed: str
        account: str | None
        channel: str
        clock_start: date
        materials: tuple[CaseMaterial, ...]

    class StageEntered(RecordedAggregate.Event):
        """A stage opened for its signature."""

        stage: StageDefinition
        entered_on: date

        def apply(self, aggregate: "Case") -> None:
            """Open the stage."""
            aggregate.open[self.stage.code] = OpenStage(self.stage.code, self.entered_on)

    class OfficerAssigned(RecordedAggregate.Event):
        """An officer took the stage, or took it over."""

        stage: str
        officer: str
        officer_name: str
        previous: str | None
        reason: str

        def apply(self, aggregate: "Case") -> None:
            """Remember who holds the stage."""
            aggregate.open[self.stage] = replace(aggregate.open[self.stage], officer=self.officer, officer_name=self.officer_name)

    class StageSigned(RecordedAggregate.Event):
        """The stage was signed."""

        stage: StageDefinition
        officer_name: str
        approves: bool
        opinion: str

        def apply(self, aggregate: "Case") -> None:
            """Close the stage."""
            del aggregate.open[self.stage.code]
            signature = Signature(self.stage.code, self.actor, self.officer_name, self.approves, self.opinion, self.happened)
            aggregate.signed[self.stage.code] = signature
            aggregate.history = (*aggregate.history, signature)

    class RolledBack(RecordedAggregate.Event):
        """The case went back to an earlier stage."""

        from_stage: str
        to_stage: str
        reopened: tuple[str, ...]
        reason: str

        def apply(self, aggregate: "Case") -> None:
            """Signatures of the stages behind no longer count; the history keeps them."""
            for code in self.reopened:
                aggregate.signed.pop(code, None)
                aggregate.open.pop(code, None)

    class ClockStopped(RecordedAggregate.Event):
        """A special procedure began."""

        stop: CaseStop

        def apply(self, aggregate: "Case") -> None:
            """Stop the clocks."""
            aggregate.stops = (*aggregate.stops, self.stop)

    class ClockResumed(RecordedAggregate.Event):
        """A special procedure ended."""

        stop: str
        to_day: date
        result: str

        def apply(self, aggregate: "Case") -> None:
            """End the stop; that it was stays."""
            aggregate.stops = tuple(replace(stop, end=self.to_day) if stop.id == self.stop else stop for stop in aggregate.stops)

    class LimitExtended(RecordedAggregate.Event):
        """The one extension was granted."""

        granted_on: date
        days: int
        reason: str

        def apply(self, aggregate: "Case") -> None:
            """Add the days."""
            aggregate.extension = Extension(self.granted_on, self.days)

    class MaterialAdded(RecordedAggregate.Event):
        """A material was added."""

        material: CaseMaterial
        reason: str

        def apply(self, aggregate: "Case") -> None:
            """Add it to the others."""
            aggregate.materials = (*aggregate.materials, self.material)

    class Decided(RecordedAggregate.Event):
        """The licence was granted or refused. Carries what the result is made from."""

        number: str
        item: CaseItem
        applicant: str
        applicant_kind: str
        applicant_sealed: str
        form_sealed: str
        outcome: Outcome
        decided_on: date
        grounds: str
        reasons: str

        def apply(self, aggregate: "Case") -> None:
            """End the case."""
            aggregate.state = CaseState.DECIDED
            aggregate.outcome = self.outcome
            aggregate.decided_on = self.decided_on
            aggregate.grounds = self.grounds
            aggregate.reasons = self.reasons

    class Published(RecordedAggregate.Event):
        """The decision was made public."""

        published_on: date

        def apply(self, aggregate: "Case") -> None:
            """Remember the day."""
            aggregate.published_on = self.published_on

    class Forwarded(RecordedAggregate.Event):
        """The preliminary opinion went to the higher authority."""

        forwarded_on: date
        to: str
        document: str

        def apply(self, aggregate: "Case") -> None:
            """Remember the day."""
            aggregate.forwarded_on = self.forwarded_on

    class FeeCharged(RecordedAggregate.Event):
        """A fee was taken."""

        fee: CaseFee

        def apply(self, aggregate: "Case") -> None:
            """Keep it."""
            aggregate.fees = (*aggregate.fees, self.fee)

    class FeeRefunded(RecordedAggregate.Event):
        """A fee was given back in full."""

        fee: str
        reason: str

        def apply(self, aggregate: "Case") -> None:
            """Mark it."""
            aggregate.fees = tuple(replace(fee, refunded=True) if fee.id == self.fee else fee for fee in aggregate.fees)

    class Withdrawn(RecordedAggregate.Event):
        """The applicant withdrew."""

        withdrawn_on: date
        reason: str

        def apply(self, aggregate: "Case") -> None:
            """End the case and its clocks."""
            aggregate.state = CaseState.WITHDRAWN
            aggregate.open.clear()
            aggregate.decided_on = self.withdrawn_on

    class DeadlineRecomputed(RecordedAggregate.Event):
        """A new version of the calendar came while the case was open; its promised due day before and after, none while it stands."""

        calendar: str
        before: date | None
        after: date | None

        def apply(self, aggregate: "Case") -> None:
            """Remember the version."""
            aggregate.calendar = self.calendar

    def __init__(
        self,
        number: str,
        item: CaseItem,
        applicant: str,
        applicant_kind: str,
        applicant_sealed: str,
        form_sealed: str,
        account: str | None,
        channel: str,
        clock_start: date,
        materials: tuple[CaseMaterial, ...],
    ) -> None:
        self.number = number
        self.item = item
        self.applicant = applicant
        self.applicant_kind = applicant_kind
        self.applicant_sealed = applicant_sealed
        self.form_sealed = form_sealed
        self.account = account
        self.channel = channel
        self.clock_start = clock_start
        self.materials = materials
        self.state = CaseState.OPEN
        self.open: dict[str, OpenStage] = {}
        self.signed: dict[str, Signature] = {}
        self.history: tuple[Signature, ...] = ()
        self.stops: tuple[CaseStop, ...] = ()
        self.extension: Extension | None = None
        self.outcome: Outcome | None = None
        self.decided_on: date | None = None
        self.grounds = ""
        self.reasons = ""
        self.published_on: date | None = None
        self.forwarded_on: date | None = None
        self.fees: tuple[CaseFee, ...] = ()
        self.calendar: str | None = None
        """By which version of the calendar it was folded anew, None where it never was."""

    @classmethod
    def open_case(cls, case_id: UUID, now: datetime, happened: datetime, **accepted: object) -> "Case":
        """Open a case for an accepted application, and its first stages."""
        case = cls.begin(cls.Opened, case_id, SYSTEM, now, happened=happened, **accepted)
        for stage in case.item.process.first():
            case.record(cls.StageEntered, SYSTEM, now, happened=happened, stage=stage, entered_on=local_day(happened))
        return case

    # Clocks

    def clock(self, limit: int, start: date) -> ClockFacts:
        """Give the facts of a clock of this case: stopped and extended as the case is. A limit of 0 is neither."""
        extensions = (self.extension,) if self.extension is not None and limit and self.extension.on >= start else ()
        stops = tuple(Stop(stop.begin, stop.end, stop.procedure.value, stop.notice) for stop in self.stops) if limit else ()
        decided = self.decided_on if self.decided_on is None or self.decided_on >= start else start
        return ClockFacts(start, limit, stops, extensions, decided)

    def promised_clock(self) -> ClockFacts:
        """Give the facts of the clock against the promised limit."""
        return self.clock(self.item.promised_limit, self.clock_start)

    def statutory_clock(self) -> ClockFacts:
        """Give the facts of the clock against the statutory limit."""
        return self.clock(self.item.statutory_limit, self.clock_start)

    def stage_clock(self, code: str) -> ClockFacts:
        """Give the facts of the clock of an open stage: stops as the case, not extended."""
        limit = self.item.process.stage(code).limit
        return replace(self.clock(limit, self.open[code].entered_on), extensions=())

    # Commands

    def take(self, code: str, reason: str, actor: Actor, now: datetime) -> None:
        """Take an open stage; taking it over from another officer needs a reason (FLW-09)."""
        stage, held = self._stage(code, actor)
        if held.officer == actor.subject:
            return
        if held.officer is not None and not reason.strip():
            raise Invalid("reason-missing", f"该环节由{held.officer_name}办理，接办应当说明理由。", "FLW-09", {"reason": "请填写接办理由"})
        fields: dict[str, Any] = {"officer": actor.subject, "officer_name": actor.name, "previous": held.officer, "reason": reason.strip()}
        self.record(self.OfficerAssigned, actor, now, stage=stage.code, **fields)

    def assign(self, code: str, officer: str, officer_name: str, reason: str, actor: Actor, now: datetime) -> None:
        """Give an open stage to another officer, by a head or leader of the stage's department, with a reason (FLW-09)."""
        stage, held = self._entered(code)
        if not (actor.has(Role.SECTION_HEAD, Role.LEADER) and actor.department == stage.department):
            raise NotAllowed("head-assigns", "只有本环节所在部门的科室负责人或分管领导可以指派承办人员。", "FLW-09")
        if held.officer == officer:
            return
        if not reason.strip():
            raise Invalid("reason-missing", "指派或更换承办人员应当说明理由。", "FLW-09", {"reason": "请填写理由"})
        fields: dict[str, Any] = {"officer": officer, "officer_name": officer_name, "previous": held.officer, "reason": reason.strip()}
        self.record(self.OfficerAssigned, actor, now, stage=stage.code, **fields)

    def sign(self, code: str, opinion: str, actor: Actor, now: datetime, *, approves: bool, grounds: str = "", reasons: str = "") -> None:
        """Sign a stage with an opinion (FLW-02); the signature of the deciding stage is the decision (FLW-08)."""
        stage, held = self._stage(code, actor)
        if held.officer not in {None, actor.subject}:
            raise Refusal("held-by-another", f"该环节由{held.officer_name}办理，请先接办。", "FLW-09")
        decides = stage.code == self.item.process.deciding.code
        _check_content(opinion, grounds, reasons, approves=approves, decides=decides)
        if decides and any(stop.end is None for stop in self.stops):
            raise Refusal("procedure-lasts", "特别程序尚未结束，请先恢复计时再作出决定。", "FLW-06")
        if held.officer is None:
            fields: dict[str, Any] = {"officer": actor.subject, "officer_name": actor.name, "previous": None, "reason": ""}
            self.record(self.OfficerAssigned, actor, now, stage=stage.code, **fields)
        self.record(self.StageSigned, actor, now, stage=stage, officer_name=actor.name, approves=approves, opinion=opinion.strip())
        if decides:
            self._decide(Outcome.GRANTED if approves else Outcome.REFUSED, grounds.strip(), reasons.strip(), actor, now)
        else:
            for following in self.item.process.entered_by(stage.code, self.signed):
                self.record(self.StageEntered, SYSTEM, now, stage=following, entered_on=local_day(now))

    def _decide(self, outcome: Outcome, grounds: str, reasons: str, actor: Actor, now: datetime) -> None:
        self.record(
            self.Decided,
            actor,
            now,
            number=self.number,
            item=self.item,
            applicant=self.applicant,
            applicant_kind=self.applicant_kind,
            applicant_sealed=self.applicant_sealed,
            form_sealed=self.form_sealed,
            outcome=outcome,
            decided_on=local_day(now),
            grounds=grounds,
            reasons=reasons,
        )

    def roll_back(self, code: str, to: str, reason: str, actor: Actor, now: datetime) -> None:
        """Send the case back from an open stage to one before it; only the stages behind that one are done again (FLW-03)."""
        stage, _ = self._stage(code, actor)
        if not reason.strip():
            raise Invalid("reason-missing", "退回应当说明理由。", "FLW-03", {"reason": "请填写理由"})
        process = self.item.process
        if to not in self.signed or stage.code not in process.followers(to):
            raise Refusal("no-earlier-stage", "只能退回到本环节之前已经签署的环节。", "FLW-03")
        reopened = tuple(one.code for one in process.stages if one.code == to or one.code in process.followers(to))
        self.record(self.RolledBack, actor, now, from_stage=stage.code, to_stage=to, reopened=reopened, reason=reason.strip())
        self.record(self.StageEntered, SYSTEM, now, stage=process.stage(to), entered_on=local_day(now))

    def stop_clock(self, stop_id: str, procedure: SpecialProcedure, expected_days: int, reason: str, notice: str, actor: Actor, now: datetime) -> None:
        """Begin a special procedure that the item allows; the applicant is told in writing how long it will take (FLW-06, L 45)."""
        self._check_open()
        self._check_officer(actor)
        if procedure not in self.item.special_procedures:
            raise Refusal("procedure-not-allowed", "该事项没有这项特别程序，不能暂停计时。", "FLW-06")
        errors = {}
        if expected_days < 1:
            errors["expected_days"] = "请填写预计需要的工作日"
        if not reason.strip():
            errors["reason"] = "请填写理由"
        if errors:
            raise Invalid("stop-wrong", "暂停计时应当写明理由和预计时间，并书面告知申请人。", "FLW-06", errors)
        stop = CaseStop(stop_id, procedure, local_day(now), expected_days, reason.strip(), notice)
        self.record(self.ClockStopped, actor, now, stop=stop)

    def resume_clock(self, stop_id: str, result: str, actor: Actor, now: datetime) -> None:
        """End a special procedure, with its result."""
        self._check_open()
        self._check_officer(actor)
        stop = next((one for one in self.stops if one.id == stop_id and one.end is None), None)
        if stop is None:
            raise Refusal("no-such-stop", "没有正在进行的这项特别程序。", "FLW-06")
        if not result.strip():
            raise Invalid("result-missing", "恢复计时应当填写特别程序的结果。", "FLW-06", {"result": "请填写结果"})
        self.record(self.ClockResumed, actor, now, stop=stop.id, to_day=local_day(now), result=result.strip())

    def extend(self, days: int, reason: str, actor: Actor, now: datetime, calendar: WorkingDayCalendar) -> None:
        """Grant the one extension, by the department's leader, before the limit has passed (FLW-07, L 42)."""
        self._check_open()
        if not (actor.has(Role.LEADER) and actor.department == self.item.department):
            raise NotAllowed("leader-extends", "延期由本行政机关负责人批准。", "FLW-07")
        if self.extension is not None:
            raise Refusal("extended-already", "只能延期一次。", "FLW-07")
        most = MOST_EXTENDED_JOINT if self.item.kind == "JOINT" else MOST_EXTENDED
        errors = {}
        if not 1 <= days <= most:
            errors["days"] = f"延期为 1 至 {most} 个工作日"
        if not reason.strip():
            errors["reason"] = "请填写告知申请人的理由"
        if errors:
            raise Invalid("extension-wrong", "延期不合规定：" + "；".join(errors.values()), "FLW-07", errors)
        today = local_day(now)
        due = reckon(self.statutory_clock(), calendar, today).due
        if self.item.promised_limit == 0 or (due is not None and today > due):
            raise Refusal("too-late-to-extend", "期限已过或为即办件，不能延期。", "FLW-07")
        self.record(self.LimitExtended, actor, now, granted_on=today, days=days, reason=reason.strip())

    def add_material(self, material: CaseMaterial, reason: str, actor: Actor, now: datetime) -> None:
        """Add a material that came up while the case was handled (FLW-09)."""
        self._check_open()
        self._check_officer(actor)
        errors = {name: "必须填写" for name, value in (("name", material.name), ("reason", reason)) if not value.strip()}
        if errors:
            raise Invalid("material-wrong", "增加材料应当写明名称和理由。", "FLW-09", errors)
        self.record(self.MaterialAdded, actor, now, material=material, reason=reason.strip())

    def publish(self, actor: Actor, now: datetime) -> None:
        """Make the decision public, by an officer of the department that made it; once (L 40)."""
        self._check_decided(actor)
        if self.published_on is not None:
            raise Refusal("published-already", "决定已经公开。", "SUP-Y07")
        self.record(self.Published, actor, now, published_on=local_day(now))

    def forward(self, to: str, document: str, actor: Actor, now: datetime) -> None:
        """Record that the preliminary opinion, which is this case's decision, went to the higher authority; once (FLW-05)."""
        if self.item.kind != "ESCALATED":
            raise Refusal("not-escalated", "只有上报件需要上报。", "FLW-05")
        self._check_decided(actor)
        if self.outcome is not Outcome.GRANTED:
            raise Refusal("nothing-to-forward", "初审不同意的不上报。", "FLW-05")
        if self.forwarded_on is not None:
            raise Refusal("forwarded-already", "初审意见已经上报。", "FLW-05")
        errors = {name: "必须填写" for name, value in (("to", to), ("document", document)) if not value.strip()}
        if errors:
            raise Invalid("forwarding-wrong", "上报应当写明上级机关和文号。", "FLW-05", errors)
        self.record(self.Forwarded, actor, now, forwarded_on=local_day(now), to=to.strip(), document=document.strip())

    def charge(self, fee: CaseFee, actor: Actor, now: datetime) -> None:
        """Record a fee as it was taken, also where it is off the standard: that is not hidden, but seen by supervision (FEE-01, SUP-R09)."""
        self._check_cashier(actor)
        errors = {}
        if not fee.name.strip():
            errors["name"] = "请填写收费项目"
        if fee.amount < 1:
            errors["amount"] = "请填写金额"
        if errors:
            raise Invalid("fee-wrong", "收费应当写明项目和金额。", "FEE-01", errors)
        self.record(self.FeeCharged, actor, now, fee=fee)

    def refund(self, fee: str, reason: str, actor: Actor, now: datetime) -> None:
        """Record that a fee was given back in full."""
        self._check_cashier(actor)
        if not any(one.id == fee and not one.refunded for one in self.fees):
            raise Refusal("no-such-fee", "没有这笔收费，或者已经退还。", "FEE-01")
        if not reason.strip():
            raise Invalid("reason-missing", "退费应当说明理由。", "FEE-01", {"reason": "请填写理由"})
        self.record(self.FeeRefunded, actor, now, fee=fee, reason=reason.strip())

    def withdraw(self, reason: str, actor: Actor, now: datetime) -> None:
        """End the case at the applicant's own wish (APP-08)."""
        if not actor.has(Role.WINDOW_CLERK) and actor.subject != self.account:
            raise NotAllowed("not-yours", "这不是您的申请。", "SEC-03")
        self._check_open()
        if actor.subject != self.account and not reason.strip():
            raise Invalid("reason-missing", "窗口代为办理撤回，应当登记申请人的书面申请。", "APP-08", {"reason": "请填写申请人书面申请的日期和理由"})
        self.record(self.Withdrawn, actor, now, withdrawn_on=local_day(now), reason=reason.strip())

    def reckon_anew(self, before: WorkingDayCalendar, after: WorkingDayCalendar, now: datetime) -> None:
        """Record until when it is to be decided by a new version of the calendar; harmless where that was done."""
        if self.state is CaseState.OPEN and self.calendar != after.id:
            clock, day = self.promised_clock(), max(local_day(now), self.clock_start)
            due, new = reckon(clock, before, day).due, reckon(clock, after, day).due
            self.record(self.DeadlineRecomputed, SYSTEM, now, calendar=after.id, before=due, after=new)

    # Checks

    @property
    def departments(self) -> frozenset[str]:
        """Every department that takes part."""
        return frozenset({self.item.department, *(stage.department for stage in self.item.process.stages)})

    def may_see(self, actor: Actor) -> bool:
        """Say whether an actor may read the case (SEC-02)."""
        if actor.has(Role.SUPERVISOR, Role.AUDITOR) or (self.account is not None and actor.subject == self.account):
            return True
        if actor.has(Role.WINDOW_CLERK) and any(stage.role is Role.WINDOW_CLERK for stage in self.item.process.stages):
            return True
        return actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) and actor.department in self.departments

    def may_sign(self, stage: StageDefinition, actor: Actor) -> bool:
        """Say whether role and department of an actor fit a stage; any window may sign a window's stage."""
        return actor.has(stage.role) and (stage.role is Role.WINDOW_CLERK or actor.department == stage.department)

    def _stage(self, code: str, actor: Actor) -> tuple[StageDefinition, OpenStage]:
        stage, held = self._entered(code)
        if not self.may_sign(stage, actor):
            raise NotAllowed("not-your-stage", f"「{stage.name}」环节不由您签署。", "FLW-02")
        return stage, held

    def _entered(self, code: str) -> tuple[StageDefinition, OpenStage]:
        self._check_open()
        try:
            stage = self.item.process.stage(code)
        except KeyError:
            raise Refusal("no-such-stage", "没有这个环节。", "FLW-01") from None
        if code not in self.open:
            raise Refusal("stage-not-open", f"「{stage.name}」环节现在不能签署：还没有进入，或者已经签署。", "FLW-02")
        return stage, self.open[code]

    def _check_open(self) -> None:
        if self.state is CaseState.DECIDED:
            raise Refusal("decided-already", "已经作出决定，不能再办理。", "FLW-08")
        if self.state is CaseState.WITHDRAWN:
            raise Refusal("withdrawn-already", "申请已经撤回，办理终止。", "APP-08")

    def _check_decided(self, actor: Actor) -> None:
        if not (actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) and actor.department == self.item.department):
            raise NotAllowed("not-your-case", "由作出决定的部门办理。", "SEC-02")
        if self.state is not CaseState.DECIDED:
            raise Refusal("not-decided", "还没有作出决定。", "FLW-08")

    def _check_cashier(self, actor: Actor) -> None:
        is_officer = actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) and actor.department == self.item.department
        if not (actor.has(Role.WINDOW_CLERK) or is_officer):
            raise NotAllowed("not-your-case", "由窗口或者承办部门办理。", "FEE-01")

    def _check_officer(self, actor: Actor) -> None:
        if not any(self.may_sign(self.item.process.stage(code), actor) for code in self.open):
            raise NotAllowed("not-your-case", "当前环节不由您办理。", "FLW-02")


def _check_content(opinion: str, grounds: str, reasons: str, *, approves: bool, decides: bool) -> None:
    """Refuse a signature that leaves out what it must say; everything that is missing is told at once."""
    missing = {}
    if not opinion.strip():
        missing["opinion"] = ("opinion-missing", "签署应当填写意见。", "FLW-02", "请填写意见")
    if decides and not grounds.strip():
        missing["grounds"] = ("grounds-missing", "决定应当载明依据。", "FLW-08", "请填写决定依据")
    if decides and not approves and not reasons.strip():
        missing["reasons"] = ("reasons-missing", "不予许可应当说明理由，并告知复议和诉讼的权利。", "FLW-08", "请填写不予许可的理由")
    if missing:
        code, _, article, _ = next(iter(missing.values()))
        raise Invalid(code, "".join(message for _, message, _, _ in missing.values()), article, {field: said[3] for field, said in missing.items()})
