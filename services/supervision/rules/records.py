"""What the records say of themselves: SUP-Y10 for data that come late or contradict each other, SUP-R08 for results that were altered."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from services.kernel.calendar import WorkingDayCalendar, local_day
from services.supervision.domain.facts import altered_events
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding, Level
from services.supervision.rules.unit import MEASURES, REPORTED_WITHIN, Detection, Rule, settled_from, who


def _late_or_wrong(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:
    for fact in picture.late:
        if local_day(fact.recorded) > calendar.add(local_day(fact.happened), REPORTED_WITHIN):
            detail = f"{local_day(fact.happened)} 发生，{local_day(fact.recorded)} 才记录"
            yield Y10.found(picture, calendar, f"late:{fact.evidence}", fact.recorded, (fact.evidence,), detail=detail, officer=who(fact))
    for fact, detail in picture.gaps:
        since = settled_from(fact, calendar)
        if since <= now:
            yield Y10.found(picture, calendar, f"wrong:{fact.evidence}", since, (fact.evidence,), detail=detail, officer=who(fact))
    for report, fact in picture.refused_reports.items():
        # The same report, mended, puts it right.
        mended = picture.reports.get(report)
        is_mended = mended is not None and mended.recorded >= fact.recorded
        put_right: dict[str, Any] = {"rectified": mended.recorded, "rectified_by": (mended.evidence,)} if mended and is_mended else {}
        detail = f"上报的数据没有通过校验：{fact.data['detail']}"
        yield Y10.found(picture, calendar, f"refused:{report}", fact.recorded, (fact.evidence,), detail=detail, officer=who(fact), **put_right)
    for fact, detail in picture.contradictions:
        yield Y10.found(picture, calendar, f"wrong:{fact.evidence}", fact.happened, (fact.evidence,), detail=detail, officer=who(fact))
    offline = picture.offline
    if offline is not None and offline.data["cause"] != "OUTAGE":
        approved, registered = (date.fromisoformat(offline.data[name]) for name in ("approved_on", "registered_on"))
        if registered > calendar.add(approved, REPORTED_WITHIN):
            detail = f"{approved} 线下办理，{registered} 才登记"
            yield Y10.found(picture, calendar, "offline", offline.happened, (offline.evidence,), detail=detail, officer=offline.data["officer"])


def _altered(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:  # noqa: ARG001
    for number, fact in picture.altered.items():
        # Put right by revoking what is in force in a wrong form: it is reissued (CER-07).
        rectified = picture.revoked.get(number)
        is_after = rectified is not None and rectified >= fact.happened
        mended = {"rectified": rectified, "rectified_by": picture.evidence_of("certificate-revoked")} if is_after else {}
        yield R08.found(picture, calendar, number, fact.happened, (fact.evidence,), detail=f"编号 {number}", **mended)  # type: ignore[arg-type]
    for fact in picture.altered_logs:
        yield R08.found(picture, calendar, fact.evidence, fact.happened, (fact.evidence,), detail=altered_events(fact.data))


Y10 = Rule(
    code="SUP-Y10",
    level=Level.YELLOW,
    title="数据迟报、漏报、错报或者瞒报",
    article=f"{MEASURES}第二十条第（十）项",
    detected="事情发生后次一工作日内没有记录（系统故障补录的除外）；前后记录互相矛盾；核查发现",
    rectified="补报或者更正，经核实",
    responsible="应当记录的部门和人员",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_late_or_wrong,
)
R08 = Rule(
    code="SUP-R08",
    level=Level.RED,
    title="擅自改动已经生效的结果",
    article=f"{MEASURES}第二十一条第（八）项",
    detected="每晚核对，电子证照库中的记录或者文件与签发时的摘要和签名不符，或者事件流与检查点不符；核查发现",
    rectified="撤销被改动的结果，依法重新办理；事件流被改动的，经核实",
    responsible="作出决定的部门；事件流被改动的，运行系统的服务中心",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_altered,
)
