"""What the applicant is told in writing: that a special procedure stops the clock (L 45, FLW-06), and that the limit was extended (L 42, FLW-07)."""

from dataclasses import dataclass
from datetime import date

from services.chassis.web.pages import formal_day
from services.chassis.web.words import word
from services.kernel.calendar import WorkingDayCalendar
from services.kernel.clock import reckon
from services.kernel.process import SpecialProcedure
from services.workflow.domain.case import Case
from services.workflow.domain.facts import CaseStop

EXTENSION = "extension"
"""The name of the extension's notice in its address: a case has one at most."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A document to print. `number` is empty while it is a preview."""

    title: str
    number: str
    addressee: str
    paragraphs: tuple[str, ...]
    agency: str
    day: date


def stop_notice(case: Case, addressee: str, stop: CaseStop) -> Notice:
    """Tell of a special procedure, of its reason, and of how long it will take."""
    procedure = _spoken(stop.procedure)
    return Notice(
        "特别程序所需时间告知书",
        stop.notice,
        addressee,
        (
            f"您（单位）申请的“{case.item.name}”（办件编号：{case.number}），本机关已依法受理，正在办理。",
            f"根据《中华人民共和国行政许可法》第四十五条的规定，本机关作出决定前依法需要{procedure}，所需时间不计算在规定的期限内。现将有关事项书面告知如下：",
            f"一、特别程序：{procedure}。",
            f"二、事由：{_ended(stop.reason)}",
            f"三、预计所需时间：{stop.expected_days} 个工作日。",
            f"四、办理期限自{formal_day(stop.begin)}起暂停计算，当日计算在内；特别程序结束后恢复计算，结束当日不计算在内。",
            "特此告知。",
        ),
        case.item.decision_authority,
        stop.begin,
    )


def extension_notice(case: Case, addressee: str, days: int, reason: str, granted_on: date, calendar: WorkingDayCalendar) -> Notice:
    """Tell of the extension, of its reason, and of the due day as it was on the day it was granted: what was told does not change afterwards."""
    return Notice(
        "延长办理期限告知书",
        f"{case.number}-延",
        addressee,
        (
            f"您（单位）申请的“{case.item.name}”（办件编号：{case.number}），本机关已依法受理，正在办理。",
            f"因下列原因不能在规定的期限内作出决定：{_ended(reason)}",
            f"根据《中华人民共和国行政许可法》第四十二条的规定，经本行政机关负责人批准，办理期限延长 {days} 个工作日。{_until(case, granted_on, calendar)}",
            "特此告知。",
        ),
        case.item.decision_authority,
        granted_on,
    )


def _until(case: Case, granted_on: date, calendar: WorkingDayCalendar) -> str:
    """Say when the extended limit ends. A promised limit that had passed before is not extended: its breach stands (clock.md 3)."""
    for name, facts in (("承诺", case.promised_clock()), ("法定", case.statutory_clock())):
        due = reckon(facts, calendar, max(granted_on, facts.start)).due
        if due is None:
            return "本办件目前因特别程序暂停计时，恢复计时后按延长后的期限计算。"
        if due >= granted_on:
            return f"延长后，本办件的{name}办理期限至{formal_day(due)}届满。"
    return ""


def _spoken(procedure: SpecialProcedure) -> str:
    return "组织专家评审" if procedure is SpecialProcedure.EXPERT_REVIEW else f"进行{word(procedure)}"


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(("。", "！", "？", ".")) else f"{sentence}。"
