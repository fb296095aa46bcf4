"""What each fact and each warning says, in a sentence of plain Chinese."""

from collections.abc import Callable
from typing import Any

from services.chassis.web.words import word
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.facts import Fact

Data = dict[str, Any]

_SENTENCES: dict[str, Callable[[Data], str]] = {
    "application-received": lambda d: f"收到「{d['item']['name']}」申请，{word(d['channel'])}渠道，受理时限 {d['acceptance_limit']} 个工作日",
    "correction-notice-issued": lambda d: (
        f"{'当场一次性告知' if d['at_once'] else '发出补正通知书'} {d['notice']}（第 {d['ordinal']} 次）："
        + "；".join(f"{one['name']}——{one['reason']}" for one in d["defects"])
    ),
    "corrections-submitted": lambda d: f"提交补正材料：{'、'.join(one['name'] for one in d['materials'])}",
    "application-accepted": lambda d: f"{'逾期未答复，依法视为受理' if d['deemed'] else '受理'}，办理时限自 {d['clock_start']} 起算",
    "acceptance-refused": lambda d: f"不予受理（{d['notice']}）：{d['reasons']}",
    "application-withdrawn": lambda d: f"申请人撤回申请：{d['reason'] or '未说明理由'}",
    "case-opened": lambda d: f"立案办理，编号 {d['number']}",
    "stage-entered": lambda d: f"进入「{d['name']}」环节，时限 {d['limit']} 个工作日",
    "officer-assigned": lambda d: f"承接「{d['stage']}」环节" + (f"（接办理由：{d['reason']}）" if d["reason"] else ""),
    "stage-signed": lambda d: f"签署「{d['name']}」：{'同意' if d['approves'] else '不同意'}。意见：{d['opinion']}",
    "case-rolled-back": lambda d: f"退回到「{d['to_stage']}」环节：{d['reason']}",
    "clock-stopped": lambda d: f"因{word(d['procedure'])}暂停计时，预计 {d['expected_days']} 个工作日：{d['reason']}（告知书 {d['notice']}）",
    "clock-resumed": lambda d: f"恢复计时：{d['result']}",
    "limit-extended": lambda d: f"批准延期 {d['days']} 个工作日：{d['reason']}",
    "material-added": lambda d: f"增加材料「{d['name']}」：{d['reason']}",
    "case-decided": lambda d: f"决定：{word(d['outcome'])}。依据：{d['grounds']}" + (f"。理由：{d['reasons']}" if d["reasons"] else ""),
    "case-withdrawn": lambda d: f"申请人撤回，办理终止：{d['reason'] or '未说明理由'}",
    "certificate-issued": lambda d: f"制作「{d['name']}」{d['number']}",
    "pickup-notice-issued": lambda d: f"通知领取，地点：{d['window']}",
    "result-delivered": lambda d: f"送达结果 {d['number']}",
    "certificate-revoked": lambda d: f"撤销证照 {d['number']}：{d['reason']}",
    "message-sent": lambda d: f"已通知（{d['template']}，{'站内消息' if d['channel'] == 'IN_APP' else '电子邮件'}）",
    "message-failed": lambda d: f"通知未送达（{d['template']}）：{d['reason']}",
}


def of_fact(fact: Fact) -> str:
    """Give the sentence of a fact."""
    sentence = _SENTENCES.get(fact.name)
    return sentence(fact.data) if sentence else fact.name


def of_warning(event: Any) -> str:  # noqa: ANN401 - a supervision event
    """Give the sentence of a light or card, empty for other events."""
    match event:
        case CaseFile.YellowLightLit(finding=finding):
            return f"黄灯亮：{finding.title}，{finding.due} 到期"
        case CaseFile.YellowLightWentOut():
            return f"黄灯熄灭：{event.reason}"
        case CaseFile.CardIssued(finding=finding):
            return f"发出{word(finding.level.value)}：{finding.title}，应于 {finding.due} 前作出决定"
        case CaseFile.CardWithdrawn():
            return f"撤销预警：{event.reason}"
        case _:
            return ""
