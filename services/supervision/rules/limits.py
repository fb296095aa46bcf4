"""The limits of a case: SUP-L01 lights up when one working day is left, SUP-R01 is the red card when no decision was made in time."""

from collections.abc import Iterable
from datetime import datetime

from services.kernel.calendar import WorkingDayCalendar, local_day, start_of
from services.kernel.clock import ClockState, Reckoning
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding, Level
from services.supervision.rules.unit import MEASURES, Detection, Rule


def _light(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:
    """Find the yellow light of the promised limit (clock.md, rule 8)."""
    seen, day = picture.clock("promised"), local_day(now)
    if seen is None or day < seen.facts.start:
        return
    said = seen.said(calendar, day)
    if said.light_from is None:
        return
    since = start_of(said.light_from)
    if picture.accepted is not None and local_day(picture.accepted) >= said.light_from:
        # Lit at once, when the clock came to be known.
        since = picture.accepted
    department, officer = picture.responsible(since)
    yield Finding(
        rule=L01.code,
        version=L01.version,
        level=L01.level,
        title=L01.title,
        key=f"{seen.name}:{said.light_from}",
        since=since,
        day=said.light_from,
        clock=seen.key,
        due=said.due,
        department=department,
        officer=officer,
        evidence=seen.evidence,
        standing=said.is_lit,
        over="" if said.is_lit else _why_out(said),
    )


def _red_card(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:
    """Find the red card of the promised limit, and that of the statutory limit where it passed on another day."""
    promised, statutory = picture.clock("promised"), picture.clock("statutory")
    if promised is None or statutory is None:
        return
    is_both = promised.ends(calendar, local_day(now)) == statutory.ends(calendar, local_day(now))
    title = "超过法定时限未作出决定" if is_both else "超过承诺时限未作出决定"
    if (finding := R01.breach(picture, calendar, now, promised, title=title, statutory=is_both)) is not None:
        yield finding
    if not is_both and (finding := R01.breach(picture, calendar, now, statutory, title="超过法定时限未作出决定", statutory=True)) is not None:
        yield finding


def _why_out(said: Reckoning) -> str:
    return {
        ClockState.DECIDED: "已在时限内作出决定",
        ClockState.DECIDED_LATE: "已经超期，由红牌代替",
        ClockState.BREACHED: "已经超期，由红牌代替",
        ClockState.STANDING: "特别程序期间暂停计时",
        ClockState.RUNNING: "时限延长，剩余超过一个工作日",
    }[said.state]


L01 = Rule(
    code="SUP-L01",
    level=Level.LIGHT,
    title="承诺时限只剩一个工作日",
    article=f"{MEASURES}第十九条第（一）项",
    detected="承诺时限届满前最后一个工作日零时起亮灯；受理时已不足一个工作日的，立即亮灯",
    rectified="作出决定，或者依法暂停计时",
    responsible="亮灯时办理该环节的部门和人员",
    version=1,
    by=(Detection.CLOCK,),
    find=_light,
)
R01 = Rule(
    code="SUP-R01",
    level=Level.RED,
    title="超过时限未作出决定",
    article=f"{MEASURES}第二十一条第（一）项",
    detected="承诺时限最后一日终了仍未作出决定；同时超过法定时限的另行标明",
    rectified="作出决定，或者申请人撤回",
    responsible="时限届满时办理该环节的部门和人员",
    version=1,
    by=(Detection.CLOCK,),
    find=_red_card,
)
