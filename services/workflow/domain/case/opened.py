"""A case is opened with its first stages; what it is, what its clocks are, and who may see it or act in it."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import SYSTEM, NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import local_day
from services.kernel.clock import ClockFacts, Extension, Stop
from services.kernel.process import StageDefinition
from services.workflow.domain.facts import CaseFee, CaseItem, CaseMaterial, CaseState, CaseStop, OpenStage, Outcome, Signature


class OpenedCase(RecordedAggregate, part_of="workflow.Case"):
    """The case with its state, its clocks and its doors."""

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
        """A stage opened for its signature; its department is to sign for the paper that it gets from another one, None where it gets none."""

        stage: StageDefinition
        entered_on: date
        paper_from: str | None = None

        def apply(self, aggregate: "OpenedCase") -> None:
            """Open the stage."""
            aggregate.open[self.stage.code] = OpenStage(self.stage.code, self.entered_on, paper_from=self.paper_from)

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
        self.paper_with = frozenset({item.department})
        """The departments that have the paper: the lead, to which the window gave it, and those that signed for it, or signed a stage."""
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
    def open_case(cls, case_id: UUID, now: datetime, happened: datetime, **accepted: object) -> Self:
        """Open a case for an accepted application, and its first stages."""
        case = cls.begin(cls.Opened, case_id, SYSTEM, now, happened=happened, **accepted)
        for stage in case.item.process.first():
            case.enter(stage, now, happened)
        return case

    def enter(self, stage: StageDefinition, now: datetime, happened: datetime | None = None) -> None:
        """Open a stage; a department that has no paper yet is to get it from whoever signed last, or from the lead (HAL-04)."""
        last = self.item.process.stage(self.history[-1].stage).department if self.history else self.item.department
        paper_from = last if self._needs_paper(stage) else None
        self.record(self.StageEntered, SYSTEM, now, happened=happened, stage=stage, entered_on=local_day(happened or now), paper_from=paper_from)

    def awaits_paper(self, department: str | None) -> str | None:
        """Give the department from which another one has paper to sign for, None where it has not."""
        stages = (stage for code, stage in self.open.items() if self.item.process.stage(code).department == department)
        return next((stage.paper_from for stage in stages if stage.paper_from and department not in self.paper_with), None)

    @property
    def paper(self) -> tuple[str, ...]:
        """The codes of the materials on paper that the window received."""
        return tuple(material.code for material in self.materials if material.paper and self.channel == "WINDOW")

    def _needs_paper(self, stage: StageDefinition) -> bool:
        # Windows have no paper to sign for: they gave it away.
        is_new = stage.department not in self.paper_with and self.awaits_paper(stage.department) is None
        return bool(self.paper) and is_new and stage.role is not Role.WINDOW_CLERK

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
        return self.clock(limit, self.open[code].entered_on)._replace(extensions=())

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

    def _check_open(self) -> None:
        if self.state is CaseState.DECIDED:
            raise Refusal("decided-already", "已经作出决定，不能再办理。", "FLW-08")
        if self.state is CaseState.WITHDRAWN:
            raise Refusal("withdrawn-already", "申请已经撤回，办理终止。", "APP-08")

    def _check_officer(self, actor: Actor) -> None:
        if not any(self.may_sign(self.item.process.stage(code), actor) for code in self.open):
            raise NotAllowed("not-your-case", "当前环节不由您办理。", "FLW-02")
