"""Answers to an application: SUP-Y01, SUP-Y04, SUP-Y05, SUP-R07."""

import re
from collections.abc import Iterable
from datetime import datetime

from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding, Level
from services.supervision.rules.unit import MEASURES, Detection, Rule, who

REPEATED = 3
"""The ordinal from which a correction notice is a repeated demand, justified or not."""
STOCK = frozenset(
    {
        "",
        "不符合条件",
        "不符合规定",
        "不符合规定条件",
        "不符合要求",
        "不符合法定条件",
        "不予受理",
        "不予许可",
        "不予批准",
        "材料不全",
        "材料不齐",
        "依法不予许可",
        "依法不予受理",
    }
)
"""What names no reason: a phrase that fits every refusal."""


def _told_again(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:  # noqa: ARG001 - by events alone
    for fact in picture.notices:
        ordinal, justification = fact.data["ordinal"], fact.data.get("justification")
        if ordinal < 2 or (ordinal < REPEATED and (justification is None or justification.strip())):  # noqa: PLR2004 - the second
            continue
        earlier = tuple(one.evidence for one in picture.notices if one.data["ordinal"] < ordinal)
        yield Y04.found(picture, calendar, fact.data["notice"], fact.happened, (*earlier, fact.evidence), detail=f"第 {ordinal} 次告知", officer=who(fact))


def is_stock(reasons: str) -> bool:
    """Say whether reasons name no reason."""
    return re.sub(r"[\s，。、；：！,.;:!]", "", reasons) in STOCK


def _without_reasons(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:  # noqa: ARG001
    refused: list[tuple[str, Fact, str]] = []
    if picture.refusal is not None:
        refused.append(("acceptance", picture.refusal, "不予受理"))
    if picture.decision is not None and picture.outcome == "REFUSED":
        refused.append(("decision", picture.decision, "不予许可"))
    for key, fact, what in refused:
        if is_stock(fact.data["reasons"]):
            detail = f"{what}的理由：{fact.data['reasons'].strip() or '没有'}"
            yield Y05.found(picture, calendar, key, fact.happened, (fact.evidence,), detail=detail, officer=who(fact))


Y01 = Rule(
    code="SUP-Y01",
    level=Level.YELLOW,
    title="符合条件的申请不予受理",
    article=f"{MEASURES}第二十条第（一）项，行政许可法第三十二条",
    detected="核实不予受理，或者核实投诉，认定申请符合受理条件",
    rectified="受理申请，经核实",
    responsible="作出不予受理决定的部门和人员",
    version=1,
    by=(Detection.HAND,),
)
Y04 = Rule(
    code="SUP-Y04",
    level=Level.YELLOW,
    title="没有一次性告知全部补正内容",
    article=f"{MEASURES}第二十条第（四）项，行政许可法第三十二条",
    detected="再次要求补正又没有说明理由；第三次起，无论有无理由；核查发现",
    rectified="停止重复要求，经核实",
    responsible="发出补正通知的部门和人员",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_told_again,
)
Y05 = Rule(
    code="SUP-Y05",
    level=Level.YELLOW,
    title="不予受理或者不予许可没有说明理由",
    article=f"{MEASURES}第二十条第（五）项，行政许可法第三十二条、第三十八条",
    detected="决定书没有理由，或者只有“不符合条件”一类对任何申请都说得通的套话；核查发现",
    rectified="补充说明理由并送达，经核实",
    responsible="作出决定的部门和人员",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_without_reasons,
)
R07 = Rule(
    code="SUP-R07",
    level=Level.RED,
    title="应当准予的不予许可",
    article=f"{MEASURES}第二十一条第（七）项",
    detected="核实不予许可，或者核实投诉、复议和诉讼结果，认定应当准予",
    rectified="撤销原决定，重新作出决定，经核实",
    responsible="作出决定的部门和人员",
    version=1,
    by=(Detection.HAND,),
)
