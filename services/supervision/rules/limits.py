"""The limits of a case: SUP-L01 lights up when one working day is left, SUP-R01 is the red card when no decision was made in time."""

from collections.abc import Iterable
from datetime import date

from services.kernel.calendar import WorkingDayCalendar, local_day, start_of
from services.kernel.clock import ClockState, Reckoning, reckon
from services.supervision.domain.picture import ClockSeen, Picture
from services.supervision.domain.warnings import Finding, Level

VERSION = 1
LIGHT_TITLE = "承诺时限只剩一个工作日"
LIGHT_ARTICLE = "电子监察系统监督办法第十九条第（一）项"
LIGHT_DETECTED = "承诺时限届满前最后一个工作日零时起亮灯；受理时已不足一个工作日的，立即亮灯"
LIGHT_RECTIFIED = "作出决定，或者依法暂停计时"
RED_TITLE = "超过时限未作出决定"
RED_ARTICLE = "电子监察系统监督办法第二十一条第（一）项"
RED_DETECTED = "承诺时限最后一日终了仍未作出决定；同时超过法定时限的另行标明"
RED_RECTIFIED = "作出决定并经核实"


def light(picture: Picture, calendar: WorkingDayCalendar, day: date) -> Iterable[Finding]:
    """Find the yellow light of the promised limit (clock.md, rule 8)."""
    seen = picture.clock("promised")
    if seen is None or day < seen.facts.start:
        return
    said = reckon(seen.facts, calendar, day)
    if said.light_from is None:
        return
    since = start_of(said.light_from)
    if picture.accepted is not None and local_day(picture.accepted) >= said.light_from:
        # Lit at once, when the clock came to be known.
        since = picture.accepted
    department, officer = picture.responsible(since)
    yield Finding(
        rule="SUP-L01",
        version=VERSION,
        level=Level.LIGHT,
        title=LIGHT_TITLE,
        key=f"{seen.name}:{said.light_from}",
        since=since,
        day=said.light_from,
        clock=seen.name,
        due=said.due,
        department=department,
        officer=officer,
        evidence=seen.evidence,
        standing=said.is_lit,
        over="" if said.is_lit else _why_out(said),
    )


def red_card(picture: Picture, calendar: WorkingDayCalendar, day: date) -> Iterable[Finding]:
    """Find the red card of the promised limit, and that of the statutory limit where it passed on another day."""
    promised, statutory = (_breached(picture.clock(name), calendar, day) for name in ("promised", "statutory"))
    if promised is not None:
        both = statutory is not None and statutory[1].due == promised[1].due
        yield _red(picture, calendar, *promised, statutory=both)
        if both:
            return
    if statutory is not None:
        yield _red(picture, calendar, *statutory, statutory=True)


def _breached(seen: ClockSeen | None, calendar: WorkingDayCalendar, day: date) -> tuple[ClockSeen, Reckoning] | None:
    if seen is None or day < seen.facts.start:
        return None
    said = reckon(seen.facts, calendar, day)
    return (seen, said) if said.breached_at is not None else None


def _red(picture: Picture, calendar: WorkingDayCalendar, seen: ClockSeen, said: Reckoning, *, statutory: bool) -> Finding:
    assert said.breached_at is not None  # noqa: S101 - found breached
    department, officer = picture.responsible(said.breached_at)
    breached_on = local_day(said.breached_at)
    return Finding(
        rule="SUP-R01",
        version=VERSION,
        level=Level.RED,
        title=("超过法定时限未作出决定" if statutory else "超过承诺时限未作出决定"),
        # A late fact that moves the breach makes another card of it, and the first one is withdrawn.
        key=f"{seen.name}:{breached_on}",
        since=said.breached_at,
        day=breached_on,
        clock=seen.name,
        due=said.due,
        department=department,
        officer=officer,
        evidence=seen.evidence,
        statutory=statutory,
        rectify_by=calendar.add(breached_on, 1),
    )


def _why_out(said: Reckoning) -> str:
    return {
        ClockState.DECIDED: "已在时限内作出决定",
        ClockState.DECIDED_LATE: "已经超期，由红牌代替",
        ClockState.BREACHED: "已经超期，由红牌代替",
        ClockState.STANDING: "特别程序期间暂停计时",
        ClockState.RUNNING: "时限延长，剩余超过一个工作日",
    }[said.state]
