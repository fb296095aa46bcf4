"""What each fact and each warning says, in a sentence of plain Chinese."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from services.chassis.web.wording import day, money
from services.chassis.web.words import word
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.disagreement import Disagreement
from services.supervision.domain.facts import LOG_ALTERED, Fact, altered_events
from services.supervision.domain.warnings import Finding

Data = dict[str, Any]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

_SENTENCES: dict[str, Callable[[Data], str]] = {
    "application-received": lambda d: f"收到「{d['item']['name']}」申请，{word(d['channel'])}渠道，受理时限 {d['acceptance_limit']} 个工作日",
    "correction-notice-issued": lambda d: (
        f"{'当场一次性告知' if d['at_once'] else '发出补正通知书'} {d['notice']}（第 {d['ordinal']} 次）："
        + "；".join(f"{one['name']}——{one['reason']}" for one in d["defects"])
    ),
    "corrections-submitted": lambda d: "提交补正材料" + (f"：{'、'.join(one['name'] for one in d['materials'])}" if d["materials"] else ""),
    "application-accepted": lambda d: (
        ("逾期未答复，依法视为受理" if d["deemed"] else "受理") + (f"，办理时限自 {d['clock_start']} 起算" if d["clock_start"] else "")
    ),
    "acceptance-refused": lambda d: f"不予受理（{d['notice']}）：{d['reasons']}",
    "application-withdrawn": lambda d: f"申请人撤回申请：{d['reason'] or '未说明理由'}",
    "pre-review-completed": lambda d: f"网上预审{'通过' if d['passed'] else '不通过'}：{d['opinion']}",
    "paper-signed-for": lambda d: f"签收纸质材料（材料接收凭证 {d['receipt']}）",
    "offline-approval-registered": lambda d: f"登记线下办理「{d['item_name']}」，{d['approved_on']} 办理，理由：{d['reason'] or '没有'}",
    "item-revision-published": lambda d: f"公布事项「{d['item']['name']}」第 {d['item']['revision']} 版，自 {d['effective_from']} 起施行",
    "item-withdrawn": lambda d: f"取消事项，{d['last_day']} 以后不再受理：{d['reason']}" + (f"（依据：{d['basis']}）" if d.get("basis") else ""),
    "case-opened": lambda d: f"立案办理，编号 {d['number']}",
    "stage-entered": lambda d: f"进入「{d['name']}」环节，时限 {d['limit']} 个工作日",
    "paper-handed-over": lambda d: f"签收其他部门移交的纸质材料（材料接收凭证 {d['receipt']}）",
    "officer-assigned": lambda d: f"承接「{d['stage']}」环节" + (f"（接办理由：{d['reason']}）" if d["reason"] else ""),
    "stage-signed": lambda d: f"签署「{d['name']}」：{'同意' if d['approves'] else '不同意'}。意见：{d['opinion']}",
    "case-rolled-back": lambda d: f"退回到「{d['to_stage']}」环节：{d['reason']}",
    "clock-stopped": lambda d: f"因{word(d['procedure'])}暂停计时，预计 {d['expected_days']} 个工作日：{d['reason']}（告知书 {d['notice']}）",
    "clock-resumed": lambda d: f"恢复计时：{d['result']}",
    "limit-extended": lambda d: f"批准延期 {d['days']} 个工作日：{d['reason']}",
    "material-added": lambda d: f"增加材料「{d['name']}」：{d['reason']}",
    "case-decided": lambda d: f"决定：{word(d['outcome'])}。依据：{d['grounds']}" + (f"。理由：{d['reasons']}" if d["reasons"] else ""),
    "decision-published": lambda d: f"公开决定（{d['published_on']}）",
    "preliminary-opinion-forwarded": lambda d: f"初审意见 {d['document']} 上报{d['to']}",
    "fee-charged": lambda d: f"收费：{d['name']} {money(d['amount'])}" + (f"（票据 {d['receipt']}）" if d["receipt"] else ""),
    "fee-refunded": lambda d: f"退还收费：{d['reason']}",
    "case-withdrawn": lambda d: f"申请人撤回，办理终止：{d['reason'] or '未说明理由'}",
    "certificate-issued": lambda d: f"制作「{d['name']}」{d['number']}",
    "pickup-notice-issued": lambda d: f"通知领取，地点：{d['window']}",
    "result-delivered": lambda d: f"送达结果 {d['number']}",
    "result-archived": lambda d: f"归档，办理结果交接表 {d['sheet']}",
    "alteration-found": lambda d: f"核查发现证照库中的 {d['number']} 与签发时不符",
    LOG_ALTERED: lambda d: f"对照检查点核验，{altered_events(d)}",
    "certificate-revoked": lambda d: f"撤销证照 {d['number']}：{d['reason']}",
    "review-given": lambda d: f"申请人评价「{word('REVIEW_' + d['stage'])}」：{word('LEVEL_' + str(d['level']))}",
    "report-refused": lambda d: f"部门系统上报的数据没有通过校验（{d['report']}）：{d['detail']}",
    "message-sent": lambda d: f"已通知「{told(d['template'])}」（{'站内消息' if d['channel'] == 'IN_APP' else '电子邮件'}）",
    "message-failed": lambda d: f"通知「{told(d['template'])}」未送达：{d['reason']}",
}


_MESSAGES = {
    "application-received": "已收到您的申请",
    "correction-notice-issued": "请补正材料",
    "corrections-submitted": "已收到补正材料",
    "application-accepted": "申请已受理",
    "application-deemed-accepted": "申请视为受理",
    "acceptance-refused": "不予受理决定",
    "application-withdrawn": "申请已撤回",
    "pre-review-completed": "网上预审结果",
    "clock-stopped": "办理期间暂停计时",
    "clock-resumed": "恢复计时",
    "limit-extended": "办理期限延长",
    "case-decided": "已作出决定",
    "case-withdrawn": "办理终止",
    "pickup-notice-issued": "请领取结果",
    "result-delivered": "结果已送达",
    "certificate-revoked": "证照已被撤销",
    "yellow-light-lit": "黄灯提醒",
    "card-issued": "预警",
    "complaint-forwarded": "请核实投诉",
    "complaint-answered": "投诉有了结果",
    "deadlines-recomputed": "办理期限因放假安排调整",
    "disagreement-raised": "请答复争议",
    "disagreement-stated": "争议有了答复",
    "disagreement-settled": "争议已经处理",
    "card-withdrawn": "预警已撤回",
    "past-cards-gathered": "过往事项的预警汇总",
    "accountability-found": "责任追究认定",
    "accountability-withdrawn": "责任追究认定已撤销",
}


def told(template: str) -> str:
    """Give what a message of notification is called."""
    return _MESSAGES.get(template, template)


def of_fact(fact: Fact, item: Data) -> str:
    """Give the sentence of a fact, with the names that the item gives to its stages, and its days as people read them."""
    sentence = _SENTENCES.get(fact.name)
    names = {stage["code"]: stage["name"] for stage in item.get("stages", ())}
    stages = {field: names[code] for field in ("stage", "to_stage") if (code := fact.data.get(field)) in names}
    data = {field: _as_day(said) if isinstance(said, str) else said for field, said in fact.data.items()}
    return sentence({**data, **stages}) if sentence else fact.name


def _as_day(said: str) -> str:
    try:
        return day(date.fromisoformat(said)) if _DAY.fullmatch(said) else said
    except ValueError:
        return said


def of_warning(event: Any) -> str:  # noqa: ANN401, PLR0911 - a supervision event; one line for each
    """Give the sentence of a light or card, empty for other events."""
    match event:
        case CaseFile.YellowLightLit(finding=finding):
            return f"黄灯亮：{finding.title}，{day(finding.due)} 到期"
        case CaseFile.YellowLightWentOut():
            return f"黄灯熄灭：{event.reason}"
        case CaseFile.CardIssued(finding=finding):
            return f"发出{word(finding.level.value)}：{finding.title}" + (f"（{finding.detail}）" if finding.detail else "") + _due(finding)
        case CaseFile.CardWithdrawn():
            return f"撤销预警：{event.reason}"
        case CaseFile.CardCorrected():
            return "更正预警的责任人：事后得知的事实表明当时由他人办理"
        case CaseFile.CardExplained():
            return f"责任部门说明情况：{event.explanation}"
        case CaseFile.RectificationReported():
            return f"责任部门报告整改：{event.report}"
        case CaseFile.RectificationVerified():
            return f"已经整改：{event.reason}"
        case CaseFile.RectificationRejected():
            return f"核实没有整改：{event.reason}"
        case CaseFile.CardAppealed():
            return f"责任部门申诉（{word(event.ground.value)}）：{event.statement}"
        case CaseFile.AppealDecided():
            return f"申诉决定：{'免责，撤销预警' if event.exempted else '维持'}。{event.reason}"
        case _:
            return _of_complaint(event)


def _of_complaint(event: Any) -> str:  # noqa: ANN401
    match event:
        case CaseFile.ComplaintRegistered(complaint=complaint):
            return f"登记投诉（{word(complaint.channel)}）" + ("，当场办结" if complaint.on_the_spot else "")
        case CaseFile.ComplaintForwarded():
            return f"转请核实投诉：{event.reason}"
        case CaseFile.ComplaintReturned():
            return f"部门反馈投诉核实情况：{event.report}"
        case CaseFile.ComplaintExtensionAsked(asked=asked):
            return f"申请投诉办理延期 {asked.days} 个工作日：{asked.reason}"
        case CaseFile.ComplaintExtended():
            return f"批准投诉办理延期 {event.days} 个工作日：{event.reason}"
        case CaseFile.ComplaintAnswered():
            return f"投诉办理结果：{event.result}"
        case CaseFile.DeadlinesRecomputed(changes=changes) if changes:
            listed = "；".join(
                f"{word(one.clock)}{f'（{one.title}）' if one.title else ''} {day(one.before)} → {day(one.after)}（{one.reason}）" for one in changes
            )
            return f"工作日历由 {event.previous} 改为 {event.calendar}，期限重新计算：{listed}"
        case _:
            return _of_disagreement(event)


def _of_disagreement(event: Any) -> str:  # noqa: ANN401
    match event:
        case Disagreement.Raised():
            return f"提出争议：{event.matter}"
        case Disagreement.Stated():
            return f"争议另一方答复：{event.statement}"
        case Disagreement.Settled():
            return f"争议{'双方协商一致' if event.agreed else '由监察员裁定'}：{event.result}"
        case _:
            return ""


def _due(finding: Finding) -> str:
    return f"，期限至 {day(finding.due)}" if finding.due else ""
