"""How each fact changes the picture of a case: folded in one order, whatever the order in which the facts were heard."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from services.kernel.aggregate import SYSTEM
from services.kernel.calendar import local_day
from services.kernel.clock import Extension, Stop
from services.supervision.domain.case_seen import FeeSeen, StageSeen
from services.supervision.domain.facts import LOG_ALTERED, Fact, in_order
from services.supervision.domain.picture import Picture

_DAY = timedelta(days=1)


def picture_of(facts: Iterable[Fact]) -> Picture:
    """Fold the facts of a case, in whatever order they are given."""
    picture = Picture(facts=in_order(facts))
    for fact in picture.facts:
        picture.evidence[fact.name] = (*picture.evidence.get(fact.name, ()), fact.evidence)
        if fact.recorded - fact.happened > _DAY and fact.actor != SYSTEM.subject and not _is_history(fact):
            picture.late.append(fact)
        if fact.reported is not None:
            picture.reports.setdefault(fact.data["report"], fact)
            # Facts of before `case_number` was kept have the case's in `number`, but where the step is about a result.
            picture.number, picture.reporter = picture.number or fact.data.get("case_number", fact.data["number"]), fact.data["reporter"]
        see = _SEEN.get(fact.name)
        if see is not None:
            see(picture, fact)
    return picture


def _is_history(fact: Fact) -> bool:
    return fact.reported is not None and local_day(fact.happened) < fact.reported


def _contradict(picture: Picture, fact: Fact, detail: str) -> None:
    """Note what cannot be. Reports arrive in any order, so that one that explains it may still come."""
    (picture.contradictions if fact.reported is None else picture.gaps).append((fact, detail))


def _received(picture: Picture, fact: Fact) -> None:
    data = fact.data
    if fact.reported is not None and picture.received is not None:
        _contradict(picture, fact, "同一办件收到了两次")
    picture.number, picture.item, picture.channel, picture.window = data["number"], data["item"], data["channel"], data.get("window")
    picture.applicant = data["applicant"]["reference"]
    picture.received, picture.received_on = fact.happened, date.fromisoformat(data["received_on"])
    picture.acceptance_limit, picture.commitment = data["acceptance_limit"], data["commitment"]
    picture.has_paper = any(material["paper"] for material in data["materials"])
    if fact.reported is not None and picture.accepted is not None:
        _enter(picture, fact)


def _pre_reviewed(picture: Picture, fact: Fact) -> None:
    picture.pre_reviewed = picture.pre_reviewed or fact.happened


def _paper_signed(picture: Picture, fact: Fact) -> None:
    picture.paper_signed = picture.paper_signed or fact.happened


def _answered(picture: Picture, fact: Fact) -> None:
    picture.answers.append(fact.happened)
    if picture.answered_by_department is None and fact.actor not in {SYSTEM.subject, picture.window}:
        picture.answered_by_department = fact.happened


def _noticed(picture: Picture, fact: Fact) -> None:
    picture.notices.append(fact)
    _answered(picture, fact)


def _corrected(picture: Picture, fact: Fact) -> None:
    picture.corrected.append(fact.happened)


def _accepted(picture: Picture, fact: Fact) -> None:
    data = fact.data
    picture.number, picture.channel = data["number"], data["channel"]
    if fact.reported is None:
        picture.item, picture.clock_start = data["item"], date.fromisoformat(data["clock_start"])
    else:
        if picture.received is None:
            _contradict(picture, fact, "没有收到接件的记录就已受理")
        if picture.accepted is not None:
            _contradict(picture, fact, "同一办件受理了两次")
        picture.clock_start = local_day(picture.corrected[-1] if picture.corrected else fact.happened)
    picture.accepted, picture.deemed = fact.happened, data["deemed"]
    _answered(picture, fact)
    if fact.reported is not None:
        _enter(picture, fact)


def _refused(picture: Picture, fact: Fact) -> None:
    picture.refused, picture.refusal = fact.happened, fact
    _answered(picture, fact)


def _withdrawn(picture: Picture, fact: Fact) -> None:
    picture.withdrawn, picture.withdrawn_on = fact.happened, local_day(fact.happened)
    _end_stages(picture, fact)


def _entered(picture: Picture, fact: Fact) -> None:
    data = fact.data
    on = date.fromisoformat(data["entered_on"])
    entered = StageSeen(data["stage"], data["name"], data["department"], data["role"], data["limit"], fact.happened, on, fact.evidence)
    # Facts of before paper went on say nothing of it.
    entered.gets_paper = data.get("paper_from") is not None
    picture.stages.append(entered)


def _handed_over(picture: Picture, fact: Fact) -> None:
    picture.paper_with.setdefault(fact.data["department"], fact.happened)


def _enter(picture: Picture, fact: Fact) -> None:
    """Enter the stages that are open now, by the item's process: a department's own system reports signatures alone."""
    entered = {stage.code for stage in picture.stages}
    stages: Iterable[Mapping[str, Any]] = picture.item.get("stages", ())
    for stage in stages:
        if stage["code"] not in entered and all(code in picture.signed for code in stage["after"]):
            defined = (stage["code"], stage["name"], stage["department"], stage["role"], stage["limit"])
            picture.stages.append(StageSeen(*defined, fact.happened, local_day(fact.happened), fact.evidence))


def _assigned(picture: Picture, fact: Fact) -> None:
    for stage in reversed(picture.stages):
        if stage.code == fact.data["stage"] and stage.ended is None:
            stage.holders.append((fact.happened, fact.data["officer"]))
            return


def _signed(picture: Picture, fact: Fact) -> None:
    code = fact.data["stage"]
    if not any(stage.code == code and stage.ended is None for stage in picture.stages):
        _contradict(picture, fact, f"「{fact.data['name']}」环节没有进入就已签署")
    picture.signed[code] = fact
    _handed_over(picture, fact)
    _end_stages(picture, fact, code)
    if fact.reported is not None and picture.accepted is not None:
        _enter(picture, fact)


def _rolled_back(picture: Picture, fact: Fact) -> None:
    for code in fact.data["reopened"]:
        picture.signed.pop(code, None)
    _end_stages(picture, fact, *fact.data["reopened"])


def _end_stages(picture: Picture, fact: Fact, *codes: str) -> None:
    for stage in picture.stages:
        if stage.ended is None and (not codes or stage.code in codes):
            stage.ended = fact.happened


def _stopped(picture: Picture, fact: Fact) -> None:
    data = fact.data
    known = picture.stops.get(data["stop"])
    begin = date.fromisoformat(data["from_day"])
    picture.stops[data["stop"]] = Stop(begin, known.end if known else None, data["procedure"], data["notice"])


def _resumed(picture: Picture, fact: Fact) -> None:
    stop = picture.stops.get(fact.data["stop"])
    if stop is not None:
        picture.stops[fact.data["stop"]] = Stop(stop.begin, date.fromisoformat(fact.data["to_day"]), stop.kind, stop.event)
    else:
        _contradict(picture, fact, "恢复了从未暂停的计时")


def _extended(picture: Picture, fact: Fact) -> None:
    picture.extension = Extension(date.fromisoformat(fact.data["granted_on"]), fact.data["days"])


def _decided(picture: Picture, fact: Fact) -> None:
    if picture.decision is not None:
        _contradict(picture, fact, "同一办件作出了两次决定")
    if fact.reported is not None and picture.accepted is None:
        _contradict(picture, fact, "没有受理就已作出决定")
    picture.decided, picture.outcome, picture.decision = fact.happened, fact.data["outcome"], fact
    picture.decided_on = date.fromisoformat(fact.data["decided_on"])
    picture.signed_at_decision = dict(picture.signed)
    if fact.reported is not None:
        _end_stages(picture, fact)


def _report_refused(picture: Picture, fact: Fact) -> None:
    picture.refused_reports.setdefault(fact.data["report"], fact)
    picture.number, picture.reporter = picture.number or fact.data["number"], fact.data["department"]


def _published(picture: Picture, fact: Fact) -> None:
    picture.published = picture.published or fact.happened


def _forwarded(picture: Picture, fact: Fact) -> None:
    picture.forwarded = picture.forwarded or fact.happened


def _charged(picture: Picture, fact: Fact) -> None:
    picture.fees[fact.data["fee"]] = FeeSeen(fact.data["name"], fact.data["amount"], fact)


def _refunded(picture: Picture, fact: Fact) -> None:
    fee = picture.fees.get(fact.data["fee"])
    if fee is not None:
        picture.fees[fact.data["fee"]] = replace(fee, refunded=fact.happened)


def _issued(picture: Picture, fact: Fact) -> None:
    picture.issued = picture.issued or fact.happened


def _delivered(picture: Picture, fact: Fact) -> None:
    picture.delivered = fact.happened


def _archived(picture: Picture, fact: Fact) -> None:
    picture.archived = picture.archived or fact.happened


def _altered(picture: Picture, fact: Fact) -> None:
    picture.altered.setdefault(fact.data["number"], fact)


def _log_altered(picture: Picture, fact: Fact) -> None:
    service = fact.data["service"]
    picture.number, picture.item = f"LOG-{service}", {"name": f"{service} 服务的事件流", "department": fact.data["department"]}
    picture.altered_logs.append(fact)


def _revoked(picture: Picture, fact: Fact) -> None:
    picture.revoked.setdefault(fact.data["number"], fact.happened)


def _offline(picture: Picture, fact: Fact) -> None:
    data = fact.data
    picture.offline, picture.number = fact, data["number"]
    picture.item = {"code": data["item"] or "", "name": data["item_name"], "department": data["department"], "online_grade": data["online_grade"]}


def _revised(picture: Picture, fact: Fact) -> None:
    picture.revisions.append(fact)
    picture.item, picture.number = fact.data["item"], fact.data["item"]["code"]


def _cancelled(picture: Picture, fact: Fact) -> None:
    picture.cancelled = fact
    if not picture.item:
        picture.item = {"code": fact.data["item"], "name": fact.data["name"] or fact.data["item"], "department": fact.data["department"]}
        picture.number = fact.data["item"]


_SEEN = {
    "application-received": _received,
    "pre-review-completed": _pre_reviewed,
    "paper-signed-for": _paper_signed,
    "correction-notice-issued": _noticed,
    "corrections-submitted": _corrected,
    "application-accepted": _accepted,
    "acceptance-refused": _refused,
    "application-withdrawn": _withdrawn,
    "offline-approval-registered": _offline,
    "item-revision-published": _revised,
    "item-withdrawn": _cancelled,
    "report-refused": _report_refused,
    "stage-entered": _entered,
    "paper-handed-over": _handed_over,
    "officer-assigned": _assigned,
    "stage-signed": _signed,
    "case-rolled-back": _rolled_back,
    "clock-stopped": _stopped,
    "clock-resumed": _resumed,
    "limit-extended": _extended,
    "case-decided": _decided,
    "case-withdrawn": _withdrawn,
    "decision-published": _published,
    "preliminary-opinion-forwarded": _forwarded,
    "fee-charged": _charged,
    "fee-refunded": _refunded,
    "certificate-issued": _issued,
    "result-delivered": _delivered,
    "result-archived": _archived,
    "alteration-found": _altered,
    LOG_ALTERED: _log_altered,
    "certificate-revoked": _revoked,
}
