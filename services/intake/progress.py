"""What an applicant is told of the case after acceptance, in plain Chinese, without names of officers; and what it does to the clock."""

from contracts import certificates, workflow
from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from services.chassis.web.words import word
from services.intake.domain.facts import ClockEffect, Progress


def progress_of(event: PublicEvent, envelope: Envelope) -> Progress | None:
    """Give the step that an event is, None where the applicant need not know."""
    if not (text := _sentence(event)):
        return None
    kind = envelope.type.split(".")[-2]
    match event:
        case workflow.ClockStopped():
            return Progress(kind, envelope.time, text, ClockEffect.STOPS, event.from_day, stop=event.stop, procedure=event.procedure)
        case workflow.ClockResumed():
            return Progress(kind, envelope.time, text, ClockEffect.RESUMES, event.to_day, stop=event.stop)
        case workflow.LimitExtended():
            return Progress(kind, envelope.time, text, ClockEffect.EXTENDS, event.granted_on, event.days)
        case workflow.CaseDecided():
            return Progress(kind, envelope.time, text, ClockEffect.DECIDES, event.decided_on)
        case workflow.CaseWithdrawn():
            return Progress(kind, envelope.time, text, ClockEffect.ENDS, event.withdrawn_on)
        case _:
            return Progress(kind, envelope.time, text)


def _sentence(event: PublicEvent) -> str:  # noqa: PLR0911 - one line for each
    match event:
        case workflow.StageEntered():
            return f"进入「{event.name}」环节，" + (f"时限 {event.limit} 个工作日" if event.limit else "当日办结")
        case workflow.StageSigned():
            return f"「{event.name}」环节已经签署"
        case workflow.CaseRolledBack():
            return "退回前一环节重新办理"
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
            return f"可以领取结果：请到{event.window}，携带{'、'.join(event.materials)}"
        case certificates.ResultDelivered():
            return "结果已经送达"
        case _:
            return ""
