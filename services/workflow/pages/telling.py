"""The history of a case in sentences: who did what, when and why; nothing is left out, what was undone stays (AUD-01, FLW-03)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from services.chassis.web.wording import money
from services.chassis.web.words import word
from services.workflow.domain.case import Case


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history, as `ui.timeline` shows it. `tone` is "warning" or "standing" where it needs attention."""

    when: datetime
    title: str
    who: str = ""
    text: str = ""
    tone: str = ""


def tell(events: Sequence[Any], case: Case, name: Callable[[str], str]) -> list[Entry]:
    """Tell the events of a case, the newest first; `name` gives the name of a subject. Who signs at once what nobody held is told once."""
    at_once = {id(event) for event, following in pairwise(events) if _takes_by_signing(event, following)}
    told = [(event, *said) for event in events if id(event) not in at_once and (said := _sentence(event, case, name)) is not None]
    return [Entry(event.happened, title, "" if event.actor == "system" else name(event.actor), text, tone) for event, title, text, tone in reversed(told)]


def _takes_by_signing(event: Any, following: Any) -> bool:  # noqa: ANN401 - any two events
    if not isinstance(event, Case.OfficerAssigned) or not isinstance(following, Case.StageSigned):
        return False
    return event.previous is None and event.stage == following.stage.code and event.timestamp == following.timestamp


def _sentence(event: Any, case: Case, name: Callable[[str], str]) -> tuple[str, str, str] | None:  # noqa: ANN401, C901, PLR0911, PLR0912 - one line each
    match event:
        case Case.Opened():
            return "受理立案", f"办件编号 {event.number}，{word(event.channel)}申请", ""
        case Case.StageEntered(stage=stage):
            return f"进入「{stage.name}」环节", f"环节时限 {stage.limit} 个工作日" if stage.limit else "当日办结", ""
        case Case.OfficerAssigned():
            return _assigned(event, case, name), event.reason, ""
        case Case.StageSigned(stage=stage):
            return f"签署「{stage.name}」：{'同意' if event.approves else '不同意'}", event.opinion, "" if event.approves else "warning"
        case Case.RolledBack():
            return f"「{_stage(case, event.from_stage)}」退回到「{_stage(case, event.to_stage)}」", event.reason, "warning"
        case Case.PaperHandedOver():
            return "签收其他部门移交的纸质材料", f"材料接收凭证 {event.receipt}", ""
        case Case.ClockStopped(stop=stop):
            text = f"{stop.reason}\n预计 {stop.expected_days} 个工作日，告知书 {stop.notice}"
            return f"特别程序开始：{word(stop.procedure)}，暂停计时", text, "standing"
        case Case.ClockResumed():
            procedure = next((word(stop.procedure) for stop in case.stops if stop.id == event.stop), "")
            return f"特别程序结束：{procedure}，恢复计时", event.result, ""
        case Case.LimitExtended():
            return f"批准延期 {event.days} 个工作日", event.reason, ""
        case Case.MaterialAdded(material=material):
            return f"增加材料：{material.name}", event.reason, ""
        case Case.Decided():
            reasons = f"\n理由：{event.reasons}" if event.reasons else ""
            return f"作出决定：{word(event.outcome)}", f"依据：{event.grounds}{reasons}", ""
        case Case.Published():
            return "公开决定", "", ""
        case Case.Forwarded():
            return f"初审意见上报{event.to}", f"文号 {event.document}", ""
        case Case.FeeCharged(fee=fee):
            return f"收费：{fee.name} {money(fee.amount)}", f"票据 {fee.receipt}", ""
        case Case.FeeRefunded():
            fee = next(one for one in case.fees if one.id == event.fee)
            return f"退还收费：{fee.name} {money(fee.amount)}", event.reason, ""
        case Case.Withdrawn():
            return "申请人撤回申请，办理终止", event.reason, "warning"
    return None


def _assigned(event: Case.OfficerAssigned, case: Case, name: Callable[[str], str]) -> str:
    stage = _stage(case, event.stage)
    if event.actor != event.officer:
        return f"「{stage}」指派给{event.officer_name}"
    return f"{event.officer_name}接办「{stage}」（原由{name(event.previous)}办理）" if event.previous else f"{event.officer_name}领取「{stage}」"


def _stage(case: Case, code: str) -> str:
    return case.item.process.stage(code).name
