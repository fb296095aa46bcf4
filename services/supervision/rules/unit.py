"""What a rule is: one small unit that says what it enforces, how it is detected, and what mends it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.kernel.calendar import WorkingDayCalendar, local_day, start_of
from services.supervision.domain.clocks import RECTIFICATION_LIMIT, ClockSeen
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding, Level

MEASURES = "电子监察系统监督办法"
REPORTED_WITHIN = 1
"""So many working days later, at the latest, is told what happened (SUP-Y10)."""
_DAY = timedelta(days=1)


class Detection(StrEnum):
    """By what a rule comes to fire."""

    CLOCK = "CLOCK"
    EVENT = "EVENT"
    HAND = "HAND"


Find = Callable[[Picture, WorkingDayCalendar, datetime], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of supervision. One without `find` is opened by the verification list, a complaint or a supervisor alone.

    `prevented` says where our own services refuse the violation, so that only the events of another system can show it. `in_force` is the day from
    which a later version than the first finds anything: what was before is not judged by it.
    """

    code: str
    level: Level
    title: str
    article: str
    detected: str
    rectified: str
    responsible: str
    version: int
    by: tuple[Detection, ...]
    find: Find | None = None
    prevented: str = ""
    in_force: date | None = None

    def found(
        self,
        picture: Picture,
        calendar: WorkingDayCalendar,
        key: str,
        since: datetime,
        evidence: tuple[str, ...],
        *,
        title: str = "",
        detail: str = "",
        officer: str | None = None,
        rectified: datetime | None = None,
        rectified_by: tuple[str, ...] = (),
    ) -> Finding:
        """Give the finding that this rule holds of a case since a moment; `officer` where the evidence itself names who did it."""
        day = local_day(since)
        department, held_by = picture.responsible(since)
        return Finding(
            rule=self.code,
            version=self.version,
            level=self.level,
            title=title or self.title,
            key=key,
            since=since,
            day=day,
            clock=None,
            due=None,
            department=department,
            officer=officer or held_by,
            evidence=evidence,
            rectify_by=calendar.add(day, RECTIFICATION_LIMIT),
            detail=detail,
            rectified=rectified,
            rectified_by=rectified_by,
        )

    def breach(
        self, picture: Picture, calendar: WorkingDayCalendar, now: datetime, clock: ClockSeen, *, title: str = "", statutory: bool = False
    ) -> Finding | None:
        """Give the finding that a clock was breached, None where it was not by now; what it waited for mends it."""
        since = clock.breached(calendar, now)
        if since is None:
            return None
        department, officer = picture.responsible_for(clock, since)
        return Finding(
            rule=self.code,
            version=self.version,
            level=self.level,
            title=title or self.title,
            # A late fact that moves the breach makes another card of it, and the first one is withdrawn.
            key=f"{clock.key}:{local_day(since)}",
            since=since,
            day=local_day(since),
            clock=clock.key,
            due=clock.said(calendar, local_day(now)).due,
            department=department,
            officer=officer,
            evidence=clock.evidence,
            statutory=statutory,
            rectify_by=calendar.add(local_day(since), RECTIFICATION_LIMIT),
            detail=clock.title,
            rectified=clock.met,
        )

    def breaches(self, picture: Picture, calendar: WorkingDayCalendar, now: datetime, name: str, title: str = "") -> Iterable[Finding]:
        """Find every clock of a kind that was breached."""
        for clock in picture.clocks():
            if clock.name == name and (finding := self.breach(picture, calendar, now, clock, title=title)) is not None:
                yield finding


def settled_from(fact: Fact, calendar: WorkingDayCalendar) -> datetime:
    """Give the instant from which a fact stands by itself: until then, a department may still report what explains it."""
    return fact.happened if fact.reported is None else start_of(calendar.add(local_day(fact.recorded), REPORTED_WITHIN) + _DAY)


def who(fact: Fact) -> str | None:
    """Give the officer who caused a fact, None where a timer did; a department's system reports in the name of the officer that it says."""
    if fact.reported is not None:
        officer = fact.data.get("officer")
        return str(officer) if officer else None
    return fact.actor if fact.actor != "system" else None
