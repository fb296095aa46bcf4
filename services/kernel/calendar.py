"""Which local days are working days, as a version of the calendar says it (CLK-01). Versions are data and never change."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from itertools import accumulate

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Local time. China has kept this offset all year since 1991."""

_SATURDAY = 5


def local_day(instant: datetime) -> date:
    """Give the local day of an instant."""
    return instant.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """Give the instant at which a local day begins."""
    return datetime.combine(day, time(), SHANGHAI)


class DayReason(StrEnum):
    """Why a day is counted or not."""

    WEEKDAY = "weekday"
    MOVED_WORKDAY = "moved-workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    STOPPED = "stopped"


class OutsideCalendar(ValueError):  # noqa: N818 - said of the day
    """A day for which this version says nothing; it is never taken for the last one that it knows."""


@dataclass(frozen=True, eq=False)
class WorkingDayCalendar:
    """A version: `rest` are the days off on holidays with their names, `moved` the weekend days that are worked, with the holiday they serve.

    `known_through` is the last day that a notice of the State Council covers; later days are provisional.
    """

    id: str
    first: date
    last: date
    known_through: date
    rest: Mapping[date, str]
    moved: Mapping[date, str]
    _before: list[int] = field(init=False, repr=False)
    """How many working days lie before each day, counted from `first`."""
    _working: list[int] = field(init=False, repr=False)
    """The ordinals of all working days."""
    _start: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Count the working days once, so that counting and adding cost the same for any number of days."""
        start = self.first.toordinal()
        days = [self._works(date.fromordinal(ordinal)) for ordinal in range(start, self.last.toordinal() + 1)]
        object.__setattr__(self, "_before", list(accumulate(days, initial=0)))
        object.__setattr__(self, "_working", [start + index for index, works in enumerate(days) if works])
        object.__setattr__(self, "_start", start)

    def _works(self, day: date) -> bool:
        return day in self.moved or (day.weekday() < _SATURDAY and day not in self.rest)

    def is_working(self, day: date) -> bool:
        """Say whether a day is a working day."""
        index = self._index(day)
        return self._before[index + 1] > self._before[index]

    def count(self, after: date, through: date) -> int:
        """Count the working days after one day, up to and with another that is not before it."""
        return self._before[self._index(through) + 1] - self._before[self._index(after) + 1]

    def add(self, after: date, number: int) -> date:
        """Give the `number`-th working day (1 or more) after a day."""
        position = self._before[self._index(after) + 1] + number - 1
        if position >= len(self._working):
            raise OutsideCalendar(f"calendar {self.id} ends on {self.last}")
        return date.fromordinal(self._working[position])

    def following(self, day: date) -> date:
        """Give the day itself if it is a working day, the first one after it otherwise (Civil Code 203)."""
        return day if self.is_working(day) else self.add(day, 1)

    def reason(self, day: date) -> tuple[DayReason, str]:
        """Say what kind of day this is, and the name of the holiday that makes it one."""
        self._index(day)
        if day in self.moved:
            return DayReason.MOVED_WORKDAY, self.moved[day]
        if day in self.rest:
            return DayReason.HOLIDAY, self.rest[day]
        return (DayReason.WEEKEND, "") if day.weekday() >= _SATURDAY else (DayReason.WEEKDAY, "")

    def is_provisional(self, day: date) -> bool:
        """Say whether no notice covers this day yet."""
        return day > self.known_through

    def _index(self, day: date) -> int:
        index = day.toordinal() - self._start
        if not 0 <= index < len(self._before) - 1:
            raise OutsideCalendar(f"calendar {self.id} says nothing of {day}: it covers {self.first} to {self.last}")
        return index


class Calendars:
    """The versions known so far; the newest is the default."""

    def __init__(self, *versions: WorkingDayCalendar) -> None:
        self._versions = {version.id: version for version in sorted(versions, key=lambda version: (version.known_through, version.id))}

    def add(self, version: WorkingDayCalendar) -> None:
        """Add a version; one that is known already is never changed."""
        if version.id in self._versions:
            return
        versions = [*self._versions.values(), version]
        keys = [(known.known_through, known.id) for known in versions[:-1]]
        versions.insert(bisect_right(keys, (version.known_through, version.id)), versions.pop())
        self._versions = {known.id: known for known in versions}

    @property
    def newest(self) -> WorkingDayCalendar:
        """Give the version that knows furthest."""
        return next(reversed(self._versions.values()))

    def get(self, version_id: str) -> WorkingDayCalendar:
        """Give a version by its id; raise `KeyError`."""
        return self._versions[version_id]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all versions, oldest first."""
        return tuple(self._versions)
