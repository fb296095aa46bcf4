"""What must be public, in the catalogue and online: SUP-Y02, SUP-Y03, SUP-Y11, SUP-R03, SUP-R04."""

from collections.abc import Iterable
from datetime import date, datetime

from services.kernel.calendar import WorkingDayCalendar, local_day
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding, Level
from services.supervision.rules.unit import MEASURES, Detection, Rule, who

ELEMENTS = {
    "legal_basis": "设定依据",
    "conditions": "申请条件",
    "materials": "材料目录",
    "responsibilities": "责任清单",
    "accountability": "追责情形",
    "window": "办理窗口",
    "consultation_phone": "咨询电话",
    "complaint_phone": "投诉电话",
}
"""The elements of a guide that must be public, beside the application form (CAT-02)."""
ONLINE = frozenset({"A", "B"})
"""The grades of an item that must be handled online."""


def _not_public(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:  # noqa: ARG001 - by events alone
    """Find revisions that lack an element, and revisions that took effect before they were public; the next complete one mends it."""
    for number, fact in enumerate(picture.revisions):
        guide = fact.data.get("guide")
        missing = [name for element, name in ELEMENTS.items() if guide is not None and not guide[element]]
        effective = date.fromisoformat(fact.data["effective_from"])
        is_late = guide is not None and number > 0 and effective < local_day(fact.happened)
        if not missing and not is_late:
            continue
        detail = f"没有公开：{'、'.join(missing)}" if missing else f"第 {fact.data['item']['revision']} 版自 {effective} 起施行，公布在后"
        complete = (later for later in picture.revisions[number + 1 :] if all((later.data.get("guide") or {}).get(element) for element in ELEMENTS))
        mended = next(complete, None) if missing else None
        rectified, by = (mended.happened, (mended.evidence,)) if mended else (None, ())
        key = f"revision:{fact.data['item']['revision']}:{fact.evidence}"
        yield Y02.found(picture, calendar, key, fact.happened, (fact.evidence,), detail=detail, officer=who(fact), rectified=rectified, rectified_by=by)


def _no_form(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:  # noqa: ARG001
    for number, fact in enumerate(picture.revisions):
        guide = fact.data.get("guide")
        if guide is not None and not guide["form_fields"]:
            mended = next((one for one in picture.revisions[number + 1 :] if (one.data.get("guide") or {}).get("form_fields")), None)
            rectified, by = (mended.happened, (mended.evidence,)) if mended else (None, ())
            yield Y03.found(
                picture, calendar, f"form:{fact.evidence}", fact.happened, (fact.evidence,), officer=who(fact), rectified=rectified, rectified_by=by
            )


def _offline(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:  # noqa: ARG001
    fact = picture.offline
    if fact is None or not fact.data["item"] or fact.data["online_grade"] not in ONLINE:
        return
    if fact.data["cause"] == "NONE" or not fact.data["reason"].strip():
        yield Y11.found(picture, calendar, "offline", fact.happened, (fact.evidence,), officer=fact.data["officer"])


def _not_in_catalogue(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:  # noqa: ARG001
    fact = picture.offline
    if fact is not None and not fact.data["item"]:
        yield R03.found(picture, calendar, "offline", fact.happened, (fact.evidence,), detail=fact.data["item_name"], officer=fact.data["officer"])


def _cancelled(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:  # noqa: ARG001
    fact = picture.cancelled
    if fact is not None and fact.data.get("basis") is not None and not fact.data["basis"].strip():
        yield R04.found(picture, calendar, f"cancelled:{fact.evidence}", fact.happened, (fact.evidence,), detail=fact.data["reason"], officer=who(fact))


Y02 = Rule(
    code="SUP-Y02",
    level=Level.YELLOW,
    title="应当公开的内容没有公开",
    article=f"{MEASURES}第二十条第（二）项，行政许可法第三十条",
    detected="公布的办事指南缺少应当公开的要素；修订的指南先施行、后公布；投诉或者核查发现",
    rectified="公布完整的指南；其他情形经核实",
    responsible="事项的主管部门和公布人",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_not_public,
)
Y03 = Rule(
    code="SUP-Y03",
    level=Level.YELLOW,
    title="没有提供申请书格式文本",
    article=f"{MEASURES}第二十条第（三）项，行政许可法第二十九条",
    detected="公布的办事指南没有申请表；投诉或者核查发现",
    rectified="公布带申请表的指南；其他情形经核实",
    responsible="事项的主管部门和公布人",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_no_form,
    prevented="没有申请表的指南不能公布（CAT-02）",
)
Y11 = Rule(
    code="SUP-Y11",
    level=Level.YELLOW,
    title="应当网上办理的事项无故线下办理",
    article=f"{MEASURES}第二十条第（十一）项",
    detected="登记的线下办理属于应当网上办理的事项（上网等级 A、B），又没有故障、涉密或者申请人要求等理由；核查发现",
    rectified="改为网上办理，经核实",
    responsible="线下办理的部门和经办人",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_offline,
)
R03 = Rule(
    code="SUP-R03",
    level=Level.RED,
    title="审批没有依据的事项",
    article=f"{MEASURES}第二十一条第（三）项",
    detected="登记的线下办理在事项目录中没有对应的事项；核查发现",
    rectified="停止审批并纠正，经核实",
    responsible="作出审批的部门和经办人",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_not_in_catalogue,
)
R04 = Rule(
    code="SUP-R04",
    level=Level.RED,
    title="擅自取消或者停止办理事项",
    article=f"{MEASURES}第二十一条第（四）项",
    detected="取消事项没有注明有权机关的文件依据；投诉或者核查发现擅自停办",
    rectified="恢复办理或者补正依据，经核实",
    responsible="事项的主管部门和取消人",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_cancelled,
)
