"""Who may do what with a card or a complaint, and when: checked here, recorded by the file (SUP-21, SUP-24)."""

from collections.abc import Mapping
from uuid import UUID

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.supervision.domain.complaint import Complaint
from services.supervision.domain.warnings import CardState, Level, RaisedWarning

OFFICERS = (Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)
MOST_EXTENDED = 10
_OPEN = frozenset({CardState.ISSUED, CardState.EXPLAINED, CardState.UPHELD})
_Cards = Mapping[UUID, RaisedWarning]


def answered_by(cards: _Cards, card: UUID, actor: Actor) -> RaisedWarning:
    """Give a card that an officer of its department may answer now."""
    known = _card(cards, card)
    if not may_answer(known, actor):
        raise NotAllowed("not-your-card", "预警由责任部门的工作人员答复。", "SUP-21")
    if known.state not in _OPEN:
        raise Refusal("card-not-open", "该预警已经结束，或者正在核实、申诉中。", "SUP-21")
    return known


def appealable(cards: _Cards, card: UUID, actor: Actor) -> RaisedWarning:
    """Give a card against which the department's head or leader may appeal now: once."""
    known = _card(cards, card)
    if not (actor.has(Role.SECTION_HEAD, Role.LEADER) and actor.department == known.finding.department):
        raise NotAllowed("head-appeals", "申诉由责任部门的负责人提出。", "SUP-21")
    if not known.stands or known.state is CardState.APPEALED:
        raise Refusal("card-not-open", "该预警已经结束，或者正在申诉中。", "SUP-21")
    if known.ground is not None:
        raise Refusal("appealed-already", "该预警已经申诉过一次，申诉决定是最终的。", "SUP-21")
    return known


def verifiable(cards: _Cards, card: UUID, actor: Actor) -> RaisedWarning:
    """Give a card whose reported rectification a supervisor may verify."""
    known = _card(cards, card)
    _check_supervisor(actor)
    if known.state is not CardState.REPORTED:
        raise Refusal("nothing-reported", "该预警没有待核实的整改报告。", "SUP-21")
    return known


def appealed(cards: _Cards, card: UUID, actor: Actor) -> RaisedWarning:
    """Give a card whose appeal a supervisor may decide."""
    known = _card(cards, card)
    _check_supervisor(actor)
    if known.state is not CardState.APPEALED:
        raise Refusal("nothing-appealed", "该预警没有待决定的申诉。", "SUP-21")
    return known


def may_answer(card: RaisedWarning, actor: Actor) -> bool:
    """Say whether an actor belongs to those who answer a card."""
    return actor.has(*OFFICERS) and actor.department == card.finding.department


def open_complaint(complaints: Mapping[str, Complaint], complaint: str) -> Complaint:
    """Give a complaint that has no result yet."""
    known = complaints.get(complaint)
    if known is None:
        raise Refusal("no-such-complaint", "没有这件投诉。", "SUP-24")
    if known.answered is not None:
        raise Refusal("answered-already", "这件投诉已经办结。", "SUP-24")
    return known


def check_said(text: str, field: str, message: str) -> None:
    """Refuse silence where a reason is owed."""
    if not text.strip():
        raise Invalid(f"{field}-missing", f"{message}。", "SUP-21", {field: message})


def check_extension(days: int, reason: str) -> None:
    """Refuse an extension without reason, or of no or too many days."""
    errors = {}
    if not 1 <= days <= MOST_EXTENDED:
        errors["days"] = f"延期为 1 至 {MOST_EXTENDED} 个工作日"
    if not reason.strip():
        errors["reason"] = "请填写延期的理由"
    if errors:
        raise Invalid("extension-wrong", "；".join(errors.values()) + "。", "SUP-24", errors)


def _check_supervisor(actor: Actor) -> None:
    if not actor.has(Role.SUPERVISOR):
        raise NotAllowed("supervisor-decides", "由监察员核实和决定。", "SUP-21")


def _card(cards: _Cards, card: UUID) -> RaisedWarning:
    known = cards.get(card)
    if known is None or known.finding.level is Level.LIGHT:
        raise Refusal("no-such-card", "没有这张牌。黄灯是提醒，不需要答复。", "SUP-21")
    return known
