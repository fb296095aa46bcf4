"""Sample cases of workflow for the tests: a chain of three stages, a joint review with three branches, an instant item; all people are invented."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.kernel.actor import Actor, Role
from services.kernel.calendar import SHANGHAI, WorkingDayCalendar
from services.kernel.process import ProcessDefinition, SpecialProcedure, StageDefinition
from services.workflow.domain.case import Case
from services.workflow.domain.facts import CaseItem, CaseMaterial

CASE = UUID(int=7)
CALENDAR = WorkingDayCalendar("plain", date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31), {}, {})
"""Weekdays work, weekends rest: the holidays are the clock's tests' business."""


def at(month: int, day: int, hour: int = 10) -> datetime:
    """Give an hour of a day of 2026 in Shanghai."""
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


ACCEPTED = at(3, 2)
"""A Monday."""

HANDLER = Actor("handler", "示例承办人", frozenset({Role.HANDLER}), "planning")
OTHER_HANDLER = Actor("other-handler", "示例承办人乙", frozenset({Role.HANDLER}), "planning")
HEAD = Actor("head", "示例科长", frozenset({Role.SECTION_HEAD}), "planning")
LEADER = Actor("leader", "示例局长", frozenset({Role.LEADER}), "planning")
ENVIRONMENT = Actor("environment", "示例环评员", frozenset({Role.HANDLER}), "environment")
SAFETY = Actor("safety", "示例安全员", frozenset({Role.HANDLER}), "emergency")
BUILDING = Actor("building", "示例建设员", frozenset({Role.HANDLER}), "housing")
HEALTH = Actor("health", "示例卫健人员", frozenset({Role.HANDLER, Role.LEADER}), "health")
CLERK = Actor("clerk", "示例窗口人员", frozenset({Role.WINDOW_CLERK}), "service-centre")
APPLICANT = Actor("zhang", "张三（示例）", frozenset({Role.APPLICANT}))
STRANGER = Actor("li", "李四（示例）", frozenset({Role.APPLICANT}))
SUPERVISOR = Actor("supervisor", "示例监察员", frozenset({Role.SUPERVISOR}))

CHAIN = ProcessDefinition(
    Role.WINDOW_CLERK,
    (
        StageDefinition("handle", "承办", "planning", Role.HANDLER, 3),
        StageDefinition("review", "审核", "planning", Role.SECTION_HEAD, 2, ("handle",)),
        StageDefinition("approve", "批准", "planning", Role.LEADER, 1, ("review",)),
    ),
)
JOINT = ProcessDefinition(
    Role.HANDLER,
    (
        StageDefinition("handle", "牵头承办", "planning", Role.HANDLER, 3),
        StageDefinition("environment", "环境影响审查", "environment", Role.HANDLER, 8, ("handle",)),
        StageDefinition("safety", "安全条件审查", "emergency", Role.HANDLER, 6, ("handle",)),
        StageDefinition("building", "施工条件审查", "housing", Role.HANDLER, 6, ("handle",)),
        StageDefinition("join", "汇总审核", "planning", Role.SECTION_HEAD, 3, ("environment", "safety", "building")),
        StageDefinition("approve", "批准", "planning", Role.LEADER, 2, ("join",)),
    ),
)
AT_ONCE = ProcessDefinition(Role.WINDOW_CLERK, (StageDefinition("decide", "当场办结", "civil-affairs", Role.WINDOW_CLERK, 0),))


def item(process: ProcessDefinition = CHAIN, **changes: object) -> CaseItem:
    """Give an item of planning with 10 promised and 20 statutory days."""
    fields: dict[str, Any] = {
        "code": "planning-permit",
        "revision": 1,
        "name": "建设工程规划许可",
        "kind": "JOINT" if process is JOINT else "INSTANT" if process is AT_ONCE else "PROMISED",
        "department": process.deciding.department,
        "statutory_limit": 0 if process is AT_ONCE else 20,
        "promised_limit": 0 if process is AT_ONCE else 10,
        "acceptance_limit": 5,
        "process": process,
        "special_procedures": () if process is AT_ONCE else (SpecialProcedure.EXPERT_REVIEW, SpecialProcedure.HEARING),
        "result_name": "建设工程规划许可证",
        "result_months": 24,
        "decision_authority": "示例区规划和自然资源局",
    }
    return CaseItem(**{**fields, **changes})


def opened(
    process: ProcessDefinition = CHAIN,
    when: datetime = ACCEPTED,
    account: str | None = "zhang",
    heard: datetime | None = None,
    *,
    channel: str = "ONLINE",
    paper: bool = False,
    **changes: object,
) -> Case:
    """Give a case that was just opened, on Monday 2 March 2026 unless said otherwise."""
    accepted: dict[str, Any] = {
        "number": "20260302-000001-K",
        "item": item(process, **changes),
        "applicant": "a-1",
        "applicant_kind": "PERSON",
        "applicant_sealed": "sealed-applicant",
        "form_sealed": "sealed-form",
        "account": account,
        "channel": channel,
        "clock_start": when.date(),
        "materials": (CaseMaterial("application-form", "申请表", paper=paper, digest=None if paper else "0" * 64),),
    }
    case = Case.open_case(CASE, heard or when, when, **accepted)
    case.collect_events()
    return case


def signed(case: Case, *signatures: tuple[str, Actor], when: datetime = ACCEPTED) -> Case:
    """Let officers sign stages, all approving."""
    for code, actor in signatures:
        case.sign(code, "同意", actor, when, approves=True, grounds="符合条件")
    return case


def events(case: Case) -> list[Any]:
    """Give the events since the case was last looked at."""
    return list(case.collect_events())


def happened(case: Case) -> list[str]:
    """Give the names of the events since the case was last looked at."""
    return [type(event).__name__ for event in events(case)]
