"""The documents that intake gives (CAT-05): 一次性告知单 or 补正通知书, 受理通知书, 不予受理决定通知书. What was told does not change afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.chassis.web.pages import formal_day
from services.intake.domain.application import Application
from services.kernel.calendar import WorkingDayCalendar, local_day
from services.kernel.clock import ClockFacts, reckon

_LAW = "《中华人民共和国行政许可法》第三十二条第一款"


@dataclass(frozen=True, slots=True)
class Letter:
    """A document to print."""

    title: str
    number: str
    addressee: str
    paragraphs: tuple[str, ...]
    agency: str
    day: date


def letters_of(application: Application, events: Sequence[Any], calendar: WorkingDayCalendar) -> Mapping[str, Letter]:
    """Give the documents of an application by their names in addresses: `notice-1`, `acceptance`, `refusal`."""
    letters: dict[str, Letter] = {}
    complete: date | None = None
    for event in events:
        match event:
            case Application.CorrectionNoticeIssued():
                letters[f"notice-{event.ordinal}"] = _notice(application, event)
            case Application.CorrectionsSubmitted():
                complete = event.submitted_on
            case Application.Accepted():
                letters["acceptance"] = _acceptance(application, event, complete, calendar)
            case Application.AcceptanceRefused():
                letters["refusal"] = _refusal(application, event)
    return letters


def _letter(application: Application, title: str, number: str, on: date, *paragraphs: str) -> Letter:
    begins = f"您（单位）于{formal_day(application.received_on)}提交的“{application.item.name}”申请（接件编号：{application.number}）收悉。"
    said = (begins, *(paragraph for paragraph in paragraphs if paragraph))
    return Letter(title, number, application.details.name, said, application.item.decision_authority, on)


def _notice(application: Application, event: Application.CorrectionNoticeIssued) -> Letter:
    again = f"本次告知只针对补正后的材料。再次要求补正的理由：{_ended(event.justification)}" if event.justification else ""
    return _letter(
        application,
        "一次性告知单" if event.at_once else "补正通知书",
        event.notice,
        local_day(event.happened),
        f"经审查，申请材料不齐全或者不符合法定形式。根据{_LAW}第四项的规定，现一次性告知需要补正的全部内容：",
        *(f"{number}. {defect.name}：{_ended(defect.reason)}" for number, defect in enumerate(event.defects, 1)),
        again,
        "请补正后在网上政务大厅或者到窗口提交。材料补正齐全之日起，重新计算受理期限；受理后，办理期限自补正齐全之日起算。",
        "特此告知。",
    )


def _acceptance(application: Application, event: Application.Accepted, complete: date | None, calendar: WorkingDayCalendar) -> Letter:
    since = f"收到全部补正材料之日（{formal_day(event.clock_start)}）" if complete else f"收到申请之日（{formal_day(event.clock_start)}）"
    if event.deemed:
        decided = f"本机关未在规定期限内答复。根据{_LAW}第四项的规定，该申请自{since}起即为受理。"
    else:
        decided = f"经审查，申请事项依法属于本机关职权范围，申请材料齐全、符合法定形式。根据{_LAW}第五项的规定，本机关决定予以受理。"
    return _letter(application, "受理通知书", f"{application.number}-受", local_day(event.happened), decided, _until(event, calendar), "特此通知。")


def _until(event: Application.Accepted, calendar: WorkingDayCalendar) -> str:
    """Say when the limits end, as they stood at acceptance."""
    item = event.item
    promised = _due(event.clock_start, item.promised_limit, calendar)
    statutory = _due(event.clock_start, item.statutory_limit, calendar)
    if not item.promised_limit:
        return f"本事项当日办结，办理期限至{promised}。"
    return (
        f"办理期限自{formal_day(event.clock_start)}起算，当日不计算在内。本机关承诺 {item.promised_limit} 个工作日内作出决定，至{promised}届满；"
        f"法定期限 {item.statutory_limit} 个工作日，至{statutory}届满。"
        "依法需要听证、招标、拍卖、检验、检测、检疫、鉴定和专家评审的，所需时间不计算在内，另行书面告知。"
    )


def _due(start: date, limit: int, calendar: WorkingDayCalendar) -> str:
    return formal_day(reckon(ClockFacts(start, limit), calendar, start).due)


def _refusal(application: Application, event: Application.AcceptanceRefused) -> Letter:
    return _letter(
        application,
        "不予受理决定通知书",
        event.notice,
        local_day(event.happened),
        f"经审查，根据{_LAW}的规定，本机关决定不予受理。理由如下：",
        _ended(event.reasons),
        "如不服本决定，可以自收到本通知书之日起六十日内依法申请行政复议，或者六个月内依法向人民法院提起行政诉讼。",
    )


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(("。", "！", "？", ".", "；")) else f"{sentence}。"
