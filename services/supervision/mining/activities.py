"""What each event of a history is called in an event log, which moment of which activity it is, and what of its data leaves: codes, days and numbers.

Nothing that somebody wrote in their own words leaves: no reasons, opinions, statements or reports (SEC-02).
"""

import re
from typing import NamedTuple

TYPES: dict[str, type[str | int | bool]] = {
    "stage": str,
    "from_stage": str,
    "to_stage": str,
    "limit": int,
    "channel": str,
    "window": str,
    "acceptance_limit": int,
    "ordinal": int,
    "at_once": bool,
    "deemed": bool,
    "passed": bool,
    "approves": bool,
    "procedure": str,
    "expected_days": int,
    "days": int,
    "outcome": str,
    "amount": int,
    "certificate": str,
    "level": int,
    "message": str,
    "rule": str,
    "card": str,
    "agreed": bool,
}
"""Each field that an event may have, and of which type it is."""

STAGE = "环节"
CORRECTION = "补正"
PROCEDURE = "特别程序"
LIGHT = "黄灯"
COMPLAINT = "投诉办理"


class Activity(NamedTuple):
    """What an event is called and which fields it has.

    Where it is a moment in the life of something that lasts, `of` names that, and `transition` says which moment (lifecycle extension of XES).
    `official` says whether it is the department that acts, not an applicant, a window or supervision.
    """

    word: str
    fields: tuple[str, ...] = ()
    official: bool = True
    of: str = ""
    transition: str = "complete"


ACTIVITIES: dict[str, Activity] = {
    "application-received": Activity("收件", ("channel", "window", "acceptance_limit"), official=False),
    "pre-review-completed": Activity("网上预审", ("passed",)),
    "paper-signed-for": Activity("签收纸质材料"),
    "correction-notice-issued": Activity("告知补正", ("ordinal", "at_once"), of=CORRECTION, transition="start"),
    "corrections-submitted": Activity("提交补正材料", official=False, of=CORRECTION),
    "application-accepted": Activity("受理", ("deemed",)),
    "acceptance-refused": Activity("不予受理"),
    "application-withdrawn": Activity("撤回申请", official=False),
    "report-refused": Activity("退回部门上报的数据", official=False),
    "review-given": Activity("申请人评价", ("level",), official=False),
    "case-opened": Activity("立案"),
    "stage-entered": Activity("进入环节", ("stage", "limit"), official=False, of=STAGE, transition="schedule"),
    "officer-assigned": Activity("承接环节", ("stage",), of=STAGE, transition="start"),
    "stage-signed": Activity("签署环节", ("stage", "approves"), of=STAGE),
    "paper-handed-over": Activity("交接纸质材料"),
    "case-rolled-back": Activity("退回环节", ("from_stage", "to_stage")),
    "clock-stopped": Activity("暂停计时", ("procedure", "expected_days"), of=PROCEDURE, transition="start"),
    "clock-resumed": Activity("恢复计时", of=PROCEDURE),
    "limit-extended": Activity("延期", ("days",)),
    "material-added": Activity("增加材料"),
    "case-decided": Activity("决定", ("outcome",)),
    "case-withdrawn": Activity("撤回办件", official=False),
    "decision-published": Activity("公开决定"),
    "preliminary-opinion-forwarded": Activity("初审上报"),
    "fee-charged": Activity("收费", ("amount",)),
    "fee-refunded": Activity("退费"),
    "certificate-issued": Activity("制作结果文书", ("certificate", "outcome")),
    "pickup-notice-issued": Activity("通知领取", ("certificate",), official=False),
    "result-delivered": Activity("送达结果", ("certificate",), official=False),
    "result-archived": Activity("归档", ("certificate",)),
    "alteration-found": Activity("核查发现证照改动", ("certificate",), official=False),
    "certificate-revoked": Activity("撤销证照", ("certificate",)),
    "message-sent": Activity("发出通知", ("channel", "message"), official=False),
    "message-failed": Activity("通知未送达", ("channel", "message"), official=False),
    "yellow-light-lit": Activity("黄灯亮", ("rule",), official=False, of=LIGHT, transition="start"),
    "yellow-light-went-out": Activity("黄灯熄灭", ("rule",), official=False, of=LIGHT),
    "card-issued": Activity("发牌", ("rule", "card"), official=False),
    "card-withdrawn": Activity("撤销预警", ("rule",), official=False),
    "card-corrected": Activity("更正预警的责任人", ("rule",), official=False),
    "card-explained": Activity("说明情况", ("rule",)),
    "rectification-reported": Activity("报告整改", ("rule",)),
    "rectification-verified": Activity("核实已经整改", ("rule",), official=False),
    "rectification-rejected": Activity("核实没有整改", ("rule",), official=False),
    "card-appealed": Activity("申诉", ("rule",)),
    "appeal-decided": Activity("申诉决定", ("rule",), official=False),
    "complaint-registered": Activity("登记投诉", ("channel",), official=False, of=COMPLAINT, transition="start"),
    "complaint-forwarded": Activity("转请核实投诉", official=False),
    "complaint-returned": Activity("反馈投诉核实情况"),
    "complaint-extension-asked": Activity("申请投诉延期", official=False),
    "complaint-extended": Activity("批准投诉延期", ("days",), official=False),
    "complaint-answered": Activity("答复投诉", official=False, of=COMPLAINT),
    "deadlines-recomputed": Activity("重新计算期限", official=False),
    "disagreement-raised": Activity("提出争议", official=False),
    "disagreement-stated": Activity("答复争议", official=False),
    "disagreement-settled": Activity("处理争议", ("agreed",), official=False),
}
"""By the code of the event's type, as it is on the bus without prefix and version."""

_OF_DISAGREEMENT = frozenset({"Raised", "Stated", "Settled"})
_BEFORE_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def code_of(name: str) -> str:
    """Give the code of an event's type by the name that the history has: supervision's own stand there by their classes."""
    if name in _OF_DISAGREEMENT:
        return f"disagreement-{name.lower()}"
    return _BEFORE_CAPITAL.sub("-", name).lower()
