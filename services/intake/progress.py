"""What an applicant is told of the case after acceptance, in plain Chinese, without names of officers."""

from contracts import certificates, workflow
from contracts.registry import PublicEvent
from services.chassis.web.words import word


def progress_of(event: PublicEvent) -> str:  # noqa: PLR0911 - one line for each
    """Give the sentence for an event, empty where the applicant need not know."""
    match event:
        case workflow.StageEntered():
            return f"进入「{event.name}」环节，时限 {event.limit} 个工作日"
        case workflow.StageSigned():
            return f"「{event.name}」环节已经签署"
        case workflow.CaseRolledBack():
            return "案件退回前一环节重新办理"
        case workflow.ClockStopped():
            return f"因{word(event.procedure)}暂停计时，预计 {event.expected_days} 个工作日：{event.reason}（告知书 {event.notice}）"
        case workflow.ClockResumed():
            return "特别程序结束，恢复计时"
        case workflow.LimitExtended():
            return f"经批准延长办理期限 {event.days} 个工作日：{event.reason}"
        case workflow.CaseDecided():
            return f"已作出决定：{word(event.outcome)}" + (f"。理由：{event.reasons}" if event.reasons else "")
        case workflow.CaseWithdrawn():
            return "申请已经撤回，办理终止"
        case certificates.CertificateIssued():
            return f"已制作{event.name}，编号 {event.number}"
        case certificates.PickupNoticeIssued():
            return f"请到{event.window}领取，携带：{'、'.join(event.materials)}"
        case certificates.ResultDelivered():
            return "结果已经送达"
        case _:
            return ""
