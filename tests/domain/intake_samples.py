"""Samples of intake for the tests: an item that a department accepts, one that a window accepts, applications for them; all people are invented."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.intake.domain.applicant import ApplicantDetails, ApplicantKind
from services.intake.domain.application import Application
from services.intake.domain.facts import Channel
from services.intake.domain.form import SubmittedMaterial
from services.intake.domain.item import (
    Fee,
    FieldType,
    FormField,
    ItemKind,
    ItemRevision,
    LegalBasis,
    MaterialDefinition,
    MaterialFormat,
    OnlineGrade,
    ResultDefinition,
    Theme,
    WindowAddress,
)
from services.kernel.actor import Actor, Role
from services.kernel.calendar import SHANGHAI, WorkingDayCalendar
from services.kernel.process import ProcessDefinition, StageDefinition

CALENDAR = WorkingDayCalendar("plain", date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31), {}, {})
"""Weekdays work, weekends rest: the holidays are the clock's tests' business."""


def at(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """Give a moment of 2026 in Shanghai."""
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


MONDAY = at(3, 2)
"""2 March 2026."""

ADMINISTRATOR = Actor("admin", "示例管理员", frozenset({Role.ADMINISTRATOR}), "service-centre")
CLERK = Actor("clerk", "示例窗口人员", frozenset({Role.WINDOW_CLERK}), "service-centre")
HANDLER = Actor("handler", "示例承办人", frozenset({Role.HANDLER}), "market-regulation")
STRANGER = Actor("stranger", "示例外部门承办人", frozenset({Role.HANDLER}), "housing")
HEAD = Actor("head", "示例科长", frozenset({Role.SECTION_HEAD}), "market-regulation")
KIOSK = Actor("kiosk", "示例自助终端", frozenset({Role.KIOSK}))
ZHANG = Actor("zhang", "张三（示例）", frozenset({Role.APPLICANT}))
LI = Actor("li", "李四（示例）", frozenset({Role.APPLICANT}))
SUPERVISOR = Actor("supervisor", "示例监察员", frozenset({Role.SUPERVISOR}))

PERSON = ApplicantDetails(ApplicantKind.PERSON, "张三（示例）", "11010519491231002X", "000-1234567", "zhang@example.com")
COMPANY = ApplicantDetails(ApplicantKind.LEGAL_PERSON, "诚达公司（示例）", "91350100M000100Y43", "000-7654321", "", "赵六（示例）", "11010519491231002X")

ITEM = ItemRevision(
    code="sample-licence",
    revision=1,
    effective_from=date(2026, 1, 1),
    name="示例许可",
    department="market-regulation",
    theme=Theme.OPERATION,
    kind=ItemKind.PROMISED,
    online_grade=OnlineGrade("A"),
    summary="开展示例活动应当取得示例许可。",
    legal_basis=(LegalBasis("中华人民共和国行政许可法", "第十二条"),),
    conditions=("具有示例场所",),
    materials=(
        MaterialDefinition("form", "申请表", sample="空白申请表"),
        MaterialDefinition("plan", "平面图", sample="标明各间面积", format=MaterialFormat.ELECTRONIC, media_types=("application/pdf",)),
        MaterialDefinition("model", "样品", required=False, format=MaterialFormat.PAPER, original_check=True),
    ),
    form=(
        FormField("place", "经营场所", printed=True, max_length=20),
        FormField("area", "面积", FieldType.NUMBER),
        FormField("since", "开业日期", FieldType.DATE, required=False),
        FormField("shape", "业态", FieldType.CHOICE, required=False, choices=("销售", "餐饮")),
    ),
    process=ProcessDefinition(
        Role.HANDLER,
        (
            StageDefinition("handle", "承办", "market-regulation", Role.HANDLER, 3),
            StageDefinition("review", "会审", "health", Role.SECTION_HEAD, 2, ("handle",)),
            StageDefinition("approve", "批准", "market-regulation", Role.LEADER, 1, ("review",)),
        ),
    ),
    handling_method="网上办理、窗口办理",
    statutory_limit=20,
    promised_limit=10,
    result=ResultDefinition("示例许可证", 60),
    decision_authority="示例区市场监督管理局",
    window=WindowAddress("示例路 1 号一楼", "工作日 9:00–17:00"),
    responsibilities=("一次性告知",),
    accountability=("无故不予受理的，依法追究责任",),
    consultation_phone="000-1111111",
    complaint_phone="000-2222222",
    fees=(Fee("工本费", "每证 10 元", 1000, "示例收费文件"),),
)
AT_WINDOW = replace(
    ITEM,
    code="window-licence",
    kind=ItemKind.INSTANT,
    promised_limit=0,
    process=ProcessDefinition(Role.WINDOW_CLERK, (StageDefinition("issue", "当场办结", "market-regulation", Role.WINDOW_CLERK, 0),)),
)
"""An instant item that any window accepts."""

FORM = {"place": "示例路 2 号", "area": "20"}
PAPER_FORM = SubmittedMaterial("form", "申请表", paper=True)
PLAN = SubmittedMaterial("plan", "平面图", False, "图.pdf", "application/pdf", 100, "a" * 64)  # noqa: FBT003 - as the event has it
MATERIALS = (PAPER_FORM, PLAN)
APPLICATION = UUID(int=7)


def received(now: datetime = MONDAY, actor: Actor = ZHANG, **changes: Any) -> Application:
    """Give an application that was handed in online for the item that its department accepts; `changes` say what is different."""
    handed_in: dict[str, Any] = {
        "number": "SJ20260302-000001-K",
        "item": ITEM,
        "channel": Channel.ONLINE,
        "window": None,
        "applicant": UUID(int=1),
        "account": "zhang",
        "details": PERSON,
        "form": FORM,
        "materials": MATERIALS,
        "commitment": False,
        "acceptance_limit": 5,
        "request_digest": "d",
    }
    return Application.receive(APPLICATION, actor, now, **{**handed_in, **changes})


def at_window(now: datetime = MONDAY, **changes: Any) -> Application:
    """Give an application that a clerk received at the comprehensive window, with a 受理承诺单."""
    return received(now, CLERK, **{"channel": Channel.WINDOW, "window": "clerk", "account": None, "commitment": True, "acceptance_limit": 3, **changes})
