"""Who may read a case, and what an answer says of it: its stages and its clocks as of a day, folded by the one function."""

from datetime import date
from typing import Any
from uuid import UUID

from services.chassis.problems import Problem
from services.chassis.storage.rows import Row
from services.kernel.actor import Actor, Role
from services.kernel.calendar import WorkingDayCalendar
from services.kernel.clock import ClockFacts, Reckoning, explain, reckon
from services.workflow import views
from services.workflow.application import Workflow
from services.workflow.domain.case import Case


def seen_by(workflow: Workflow, case_id: UUID, actor: Actor) -> Case:
    """Give a case to those who may see it; to other applicants there is none (SEC-02)."""
    case = workflow.case(case_id)
    if not case.may_see(actor):
        if actor.has(Role.APPLICANT):
            raise Problem(404, "not-found", "没有找到", "没有这个办件，或者它不属于您。")
        raise Problem(403, "another-department", "无权查看", "该办件由其他部门办理。")
    return case


def reckoned(facts: ClockFacts, calendar: WorkingDayCalendar, today: date) -> Reckoning:
    """Fold a clock as of a day, or as of its start where that is later."""
    return reckon(facts, calendar, max(today, facts.start))


def summary(case: Case, calendar: WorkingDayCalendar, today: date, *, why: bool = False) -> dict[str, Any]:
    """Give a case with its clocks as of a day; `why` adds the explanation of each clock of the case, day by day."""
    said = {
        "id": case.id,
        "number": case.number,
        "item": case.item.code,
        "item_name": case.item.name,
        "department": case.item.department,
        "state": case.state,
        "outcome": case.outcome,
        "grounds": case.grounds,
        "reasons": case.reasons,
        "clock_start": case.clock_start,
        "promised": clock_of(reckoned(case.promised_clock(), calendar, today)),
        "statutory": clock_of(reckoned(case.statutory_clock(), calendar, today)),
        "open": [_open_stage(case, code, calendar, today) for code in case.open],
        "signed": list(case.history),
        "stops": case.stops,
        "extension": case.extension,
        "materials": case.materials,
        "published_on": case.published_on,
        "forwarded_on": case.forwarded_on,
        "fees": case.fees,
        "version": case.version,
    }
    if why:
        clocks = {"promised": case.promised_clock(), "statutory": case.statutory_clock()}
        said["why"] = {name: list(explain(facts, calendar, max(today, facts.start))) for name, facts in clocks.items()}
    return said


def _open_stage(case: Case, code: str, calendar: WorkingDayCalendar, today: date) -> dict[str, Any]:
    stage, held = case.item.process.stage(code), case.open[code]
    return {
        "stage": code,
        "name": stage.name,
        "department": stage.department,
        "role": stage.role,
        "officer": held.officer,
        "officer_name": held.officer_name,
        "entered_on": held.entered_on,
        "paper_from": case.awaits_paper(stage.department),
        "clock": clock_of(reckoned(case.stage_clock(code), calendar, today)),
    }


def desk_row(row: Row, calendar: WorkingDayCalendar, today: date) -> dict[str, Any]:
    """Give a row of the desk with its clocks as of a day."""
    stage, promised = views.desk.clocks(row, calendar, today)
    names = ("case_id", "stage", "stage_name", "number", "item", "item_name", "department", "role", "officer", "officer_name", "entered_on")
    return {**{name: row[name] for name in names}, "stage_clock": clock_of(stage), "promised": clock_of(promised)}


def clock_of(said: Reckoning) -> dict[str, Any]:
    """Give what a clock says."""
    return {"due": said.due, "used": said.used, "left": said.left, "state": said.state, "light": said.is_lit, "provisional": said.provisional}
