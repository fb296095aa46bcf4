"""The way of a case against its published process: SUP-R05, SUP-R06, SUP-A01."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.chassis.web.words import word
from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding, Level
from services.supervision.rules.unit import MEASURES, Detection, Rule, settled_from, who

_MENDED_NOW = {
    "stage": "环节没有在时限内签署",
    "pre-review": "网上预审没有在两个工作日内答复",
    "handover": "纸质材料没有按时交接签收",
    "archiving": "送达之后没有按时归档",
}


def _deviates(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:
    """Find stages that the definition does not have, stages that were left out, and materials that the guide does not ask for."""
    stages = picture.item.get("stages")
    if stages:
        defined = {stage["code"]: stage["name"] for stage in stages}
        for stage in picture.stages:
            if stage.code not in defined:
                detail = f"增加了环节：{stage.name}"
                yield R05.found(picture, calendar, f"added:{stage.evidence}", stage.entered, (stage.evidence,), detail=detail)
        fact = picture.decision
        if fact is not None and settled_from(fact, calendar) <= now and (left_out := [code for code in defined if code not in picture.signed_at_decision]):
            detail = f"缺少环节：{'、'.join(defined[code] for code in left_out)}"
            since = settled_from(fact, calendar)
            yield R05.found(picture, calendar, f"left-out:{fact.evidence}", since, (fact.evidence,), detail=detail, officer=who(fact))
        if fact is not None and settled_from(fact, calendar) <= now:
            yield from _out_of_order(picture, calendar, fact, stages)
    listed = picture.item.get("materials")
    if listed is None:
        return
    for fact in picture.notices:
        if beyond := [one["name"] for one in fact.data["defects"] if one["material"] not in listed]:
            detail = f"要求目录之外的材料：{'、'.join(beyond)}"
            yield R05.found(picture, calendar, f"demanded:{fact.evidence}", fact.happened, (fact.evidence,), detail=detail, officer=who(fact))


def _out_of_order(picture: Picture, calendar: WorkingDayCalendar, decision: Fact, stages: Sequence[Mapping[str, Any]]) -> Iterable[Finding]:
    """Find stages that were signed before one that they come after; what happened at the same moment has no order."""
    names, signed = {stage["code"]: stage["name"] for stage in stages}, picture.signed_at_decision
    for stage in stages:
        fact = signed.get(stage["code"])
        for code in stage["after"]:
            earlier = signed.get(code)
            if fact is not None and earlier is not None and fact.happened < earlier.happened:
                since, evidence = settled_from(decision, calendar), (fact.evidence, earlier.evidence)
                detail = f"「{stage['name']}」先于「{names[code]}」签署"
                yield R05.found(picture, calendar, ":".join(("order", *evidence)), since, evidence, detail=detail, officer=fact.data["officer"])


def _beyond_authority(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:  # noqa: ARG001
    """Find a decision by somebody who did not sign the deciding stage, and signatures in another department's place."""
    stages = picture.item.get("stages")
    fact = picture.decision
    if not stages or fact is None:
        return
    for stage in stages:
        signed = picture.signed_at_decision.get(stage["code"])
        if signed is not None and signed.data["department"] != stage["department"]:
            detail = f"「{stage['name']}」不由本部门签署"
            yield R06.found(picture, calendar, f"signed:{signed.evidence}", signed.happened, (signed.evidence,), detail=detail, officer=who(signed))
        elif signed is not None and signed.data.get("role") not in {None, stage["role"]}:
            detail = f"「{stage['name']}」由{word(signed.data['role'])}签署，应由{word(stage['role'])}签署"
            yield R06.found(picture, calendar, f"signed:{signed.evidence}", signed.happened, (signed.evidence,), detail=detail, officer=who(signed))
    last = picture.signed_at_decision.get(stages[-1]["code"])
    if last is not None and last.data["officer"] != fact.data["officer"]:
        evidence = (last.evidence, fact.evidence)
        yield R06.found(picture, calendar, f"decided:{fact.evidence}", fact.happened, evidence, detail="决定人没有签署决定环节", officer=fact.data["officer"])


def _to_mend(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:
    for clock in picture.clocks():
        title = _MENDED_NOW.get(clock.name)
        if title is not None and (finding := A01.breach(picture, calendar, now, clock, title=title)) is not None:
            yield finding


R05 = Rule(
    code="SUP-R05",
    level=Level.RED,
    title="擅自增减环节或者条件",
    article=f"{MEASURES}第二十一条第（五）项",
    detected="实际经过与公布的流程不符：多出的环节、未签署的环节、顺序颠倒的环节、目录之外的材料；核查发现",
    rectified="按公布的流程和条件重新办理，经核实",
    responsible="增减环节或者条件的部门和人员",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_deviates,
    prevented="流程按定义流转（FLW-01），目录之外的材料不能要求（COR-04）",
)
R06 = Rule(
    code="SUP-R06",
    level=Level.RED,
    title="向不符合条件的申请人准予，或者超越权限决定",
    article=f"{MEASURES}第二十一条第（六）项",
    detected="决定人没有签署决定环节，或者由其他部门、其他职务的人签署；核实准予的条件",
    rectified="撤销或者由有权人员重新决定，经核实",
    responsible="作出决定的部门和人员",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_beyond_authority,
    prevented="签署时核对授权（FLW-02）",
)
A01 = Rule(
    code="SUP-A01",
    level=Level.ANOMALY,
    title="程序违规或者手续不全",
    article="网络审批及电子监控方案第四条第（四）项",
    detected="环节、网上预审、材料交接、归档超过各自的时限；核查发现手续不全",
    rectified="补办所缺的手续",
    responsible="时限届满时应当办理的部门和人员",
    version=1,
    by=(Detection.CLOCK, Detection.HAND),
    find=_to_mend,
)
