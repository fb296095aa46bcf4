"""What the page of a case shows an officer: the state of every stage, the clocks with their days, and what this officer can do now."""

from dataclasses import dataclass, field
from datetime import date

from services.kernel.actor import Actor, Role
from services.kernel.calendar import WorkingDayCalendar
from services.kernel.clock import ClockFacts, ClockState, ExplainedDay, Reckoning, explain
from services.kernel.process import ProcessDefinition, StageDefinition
from services.workflow.application import Workflow
from services.workflow.domain.authority import SIGNING
from services.workflow.domain.case import Case
from services.workflow.domain.facts import CaseFee, CaseState, CaseStop, OpenStage, Outcome, Signature
from services.workflow.reading import reckoned


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock as of today, and why it is due on its day."""

    name: str
    limit: int
    said: Reckoning
    days: list[ExplainedDay]


def clock(name: str, facts: ClockFacts, calendar: WorkingDayCalendar, today: date) -> Clock:
    """Fold a clock and explain it. A decided one is explained to its due day as it was then."""
    as_of = max(today, facts.start)
    return Clock(name, facts.limit, reckoned(facts, calendar, today), list(explain(facts, calendar, as_of)))


@dataclass(frozen=True, slots=True)
class StageShown:
    """A stage: `state` is "signed", "open", "ended" (never to be entered any more) or "waiting"."""

    definition: StageDefinition
    state: str
    signature: Signature | None
    held: OpenStage | None
    clock: Clock | None


def levels(case: Case, calendar: WorkingDayCalendar, today: date) -> list[list[StageShown]]:
    """Give the stages in columns: those of one column come after the column before it; several in one run in parallel."""
    columns: dict[int, list[StageShown]] = {}
    for stage in case.item.process.stages:
        columns.setdefault(_depth(case.item.process, stage), []).append(_shown(case, stage, calendar, today))
    return [columns[depth] for depth in sorted(columns)]


def _depth(process: ProcessDefinition, stage: StageDefinition) -> int:
    return max((1 + _depth(process, process.stage(code)) for code in stage.after), default=0)


def _shown(case: Case, stage: StageDefinition, calendar: WorkingDayCalendar, today: date) -> StageShown:
    held = case.open.get(stage.code)
    if held is not None:
        return StageShown(stage, "open", None, held, clock("stage", case.stage_clock(stage.code), calendar, today))
    signature = case.signed.get(stage.code)
    if signature is not None:
        return StageShown(stage, "signed", signature, None, None)
    return StageShown(stage, "waiting" if case.state is CaseState.OPEN else "ended", None, None, None)


@dataclass(frozen=True, slots=True)
class Can:
    """What an officer can do with a case now. `stage` is the open stage that he signs, `others` are further ones."""

    stage: StageDefinition | None = None
    others: tuple[StageDefinition, ...] = ()
    granted: bool = True
    held_by: str = ""
    decides: bool = False
    take: bool = False
    back_to: tuple[StageDefinition, ...] = ()
    paper: bool = False
    stop: bool = False
    resume: tuple[CaseStop, ...] = ()
    extend: bool = False
    assign: tuple[StageDefinition, ...] = ()
    withdraw: bool = False
    add: bool = False
    lasting: tuple[CaseStop, ...] = field(default=())
    publish: bool = False
    forward: bool = False
    charge: bool = False
    refund: tuple[CaseFee, ...] = ()


def can(workflow: Workflow, case: Case, actor: Actor, calendar: WorkingDayCalendar, today: date, chosen: str = "") -> Can:
    """Say what an officer can do; the commands decide for themselves again."""
    is_granted = any(workflow.holds_authority(actor, case.item.code, role) for role in SIGNING)
    is_ours = is_granted and actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) and actor.department == case.item.department
    cashes = is_ours or (is_granted and actor.has(Role.WINDOW_CLERK))
    refund = tuple(fee for fee in case.fees if cashes and not fee.refunded)
    if case.state is not CaseState.OPEN:
        is_decided = is_ours and case.state is CaseState.DECIDED
        forward = is_decided and case.item.kind == "ESCALATED" and case.outcome is Outcome.GRANTED and case.forwarded_on is None
        charge = cashes and case.state is CaseState.DECIDED
        return Can(publish=is_decided and case.published_on is None, forward=forward, charge=charge, refund=refund)
    process = case.item.process
    mine = [process.stage(code) for code in case.open if case.may_sign(process.stage(code), actor)]
    stage = next((one for one in mine if one.code == chosen), mine[0] if mine else None)
    lasting = tuple(stop for stop in case.stops if stop.end is None)
    held = case.open[stage.code] if stage else None
    granted = stage is None or workflow.holds_authority(actor, case.item.code, stage.role)
    acts = stage is not None and granted
    return Can(
        stage=stage,
        others=tuple(one for one in mine if one is not stage),
        granted=granted,
        held_by=held.officer_name if held and held.officer not in {None, actor.subject} else "",
        decides=stage is not None and stage.code == process.deciding.code,
        take=acts and held is not None and held.officer != actor.subject,
        back_to=tuple(one for one in process.stages if acts and stage and one.code in case.signed and stage.code in process.followers(one.code)),
        paper=is_granted and case.may_sign_for_paper(actor),
        stop=acts and bool(case.item.special_procedures),
        resume=lasting if acts else (),
        extend=_may_extend(workflow, case, actor, calendar, today),
        assign=_assignable(workflow, case, actor),
        withdraw=actor.has(Role.WINDOW_CLERK),
        add=acts,
        lasting=lasting,
        charge=cashes,
        refund=refund,
    )


def _may_extend(workflow: Workflow, case: Case, actor: Actor, calendar: WorkingDayCalendar, today: date) -> bool:
    if case.extension is not None or not case.item.promised_limit or not actor.has(Role.LEADER) or actor.department != case.item.department:
        return False
    in_time = reckoned(case.statutory_clock(), calendar, today).state is not ClockState.BREACHED
    return in_time and workflow.holds_authority(actor, case.item.code, Role.LEADER)


def _assignable(workflow: Workflow, case: Case, actor: Actor) -> tuple[StageDefinition, ...]:
    if not any(actor.has(role) and workflow.holds_authority(actor, case.item.code, role) for role in (Role.SECTION_HEAD, Role.LEADER)):
        return ()
    stages = (case.item.process.stage(code) for code in case.open)
    return tuple(stage for stage in stages if stage.department == actor.department and stage.role in SIGNING)
