"""A limit stops only while a special procedure lasts, is extended once, and is reckoned anew by a new version of the calendar (FLW-06, FLW-07, CLK-01)."""

from dataclasses import replace
from datetime import date, datetime

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import SYSTEM, Invalid, NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import WorkingDayCalendar, local_day
from services.kernel.clock import Extension, reckon
from services.kernel.process import SpecialProcedure
from services.workflow.domain.case.opened import OpenedCase
from services.workflow.domain.facts import CaseState, CaseStop

MOST_EXTENDED = 10
MOST_EXTENDED_JOINT = 15


class LimitedCase(OpenedCase, part_of="workflow.Case"):
    """The case with what moves its limits."""

    class ClockStopped(RecordedAggregate.Event):
        """A special procedure began."""

        stop: CaseStop

        def apply(self, aggregate: "LimitedCase") -> None:
            """Stop the clocks."""
            aggregate.stops = (*aggregate.stops, self.stop)

    class ClockResumed(RecordedAggregate.Event):
        """A special procedure ended."""

        stop: str
        to_day: date
        result: str

        def apply(self, aggregate: "LimitedCase") -> None:
            """End the stop; that it was stays."""
            aggregate.stops = tuple(replace(stop, end=self.to_day) if stop.id == self.stop else stop for stop in aggregate.stops)

    class LimitExtended(RecordedAggregate.Event):
        """The one extension was granted."""

        granted_on: date
        days: int
        reason: str

        def apply(self, aggregate: "LimitedCase") -> None:
            """Add the days."""
            aggregate.extension = Extension(self.granted_on, self.days)

    class DeadlineRecomputed(RecordedAggregate.Event):
        """A new version of the calendar came while the case was open; its promised due day before and after, none while it stands."""

        calendar: str
        before: date | None
        after: date | None

        def apply(self, aggregate: "LimitedCase") -> None:
            """Remember the version."""
            aggregate.calendar = self.calendar

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

    def reckon_anew(self, before: WorkingDayCalendar, after: WorkingDayCalendar, now: datetime) -> None:
        """Record until when it is to be decided by a new version of the calendar; harmless where that was done."""
        if self.state is CaseState.OPEN and self.calendar != after.id:
            clock, day = self.promised_clock(), max(local_day(now), self.clock_start)
            due, new = reckon(clock, before, day).due, reckon(clock, after, day).due
            self.record(self.DeadlineRecomputed, SYSTEM, now, calendar=after.id, before=due, after=new)
