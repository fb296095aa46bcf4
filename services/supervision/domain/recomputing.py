"""What a new version of the calendar changes in the clocks of a case: listed with before, after and why (CLK-01)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from services.kernel.calendar import WorkingDayCalendar, differing, local_day
from services.supervision.domain.clocks import ClockSeen

MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class DeadlineChange:
    """One clock that is due on another day; a due day is None while the clock stands."""

    clock: str
    title: str
    key: str
    before: date | None
    after: date | None
    reason: str


def changes_of(clocks: Iterable[ClockSeen], before: WorkingDayCalendar, after: WorkingDayCalendar, now: datetime) -> Iterator[DeadlineChange]:
    """Give the clocks that still run and are due on another day by another version."""
    day = local_day(now)
    for clock in clocks:
        if clock.facts.decided is not None:
            continue
        old, new = clock.said(before, day).due, clock.said(after, day).due
        if old != new:
            yield DeadlineChange(clock.name, clock.title, clock.key, old, new, _why(clock, before, after, old, new))


def _why(clock: ClockSeen, before: WorkingDayCalendar, after: WorkingDayCalendar, old: date | None, new: date | None) -> str:
    last = max(due for due in (old, new) if due is not None)
    days = differing(before, after, clock.facts.start, last)
    named = "、".join(_said(after, day) for day in days[:MOST_NAMED])
    return named + (f" 等 {len(days)} 天" if len(days) > MOST_NAMED else "")


def _said(calendar: WorkingDayCalendar, day: date) -> str:
    _, label = calendar.reason(day)
    return f"{day} {'上班' if calendar.is_working(day) else '休息'}{f'（{label}）' if label else ''}"
