"""Which local days are working days, as a version of the calendar says it (CLK-01). Versions are data and never change."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, compress

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Local time. China has kept this offset all year since 1991."""

_SATURDAY = 5


@lru_cache(maxsize=4096)
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


class ImpossibleCalendar(ValueError):  # noqa: N818 - said of the data
    """Data that cannot be a calendar; the message names the field that is wrong."""


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
    _through: list[int] = field(init=False, repr=False)
    """How many working days there are from `first` through each day."""
    _working: list[date] = field(init=False, repr=False)
    """All working days in order."""
    _start: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Count the working days once, so that counting and adding cost the same for any number of days. Raises `ImpossibleCalendar`."""
        self._check()
        start = self.first.toordinal()
        days = [date.fromordinal(ordinal) for ordinal in range(start, self.last.toordinal() + 1)]
        working = [self.is_working(day) for day in days]
        object.__setattr__(self, "_through", list(accumulate(working)))
        object.__setattr__(self, "_working", list(compress(days, working)))
        object.__setattr__(self, "_start", start)

    def _check(self) -> None:
        if not self.first <= self.known_through <= self.last:
            raise ImpossibleCalendar(f"known_through: {self.known_through} is not within {self.first} to {self.last}")
        for name, days in (("rest", self.rest), ("moved", self.moved)):
            if outside := [day for day in days if not self.first <= day <= self.last]:
                raise ImpossibleCalendar(f"{name}: {min(outside)} is not within {self.first} to {self.last}")
        for day in self.moved:
            if day.weekday() < _SATURDAY or day in self.rest:
                raise ImpossibleCalendar(f"moved: {day} is no weekend day off work, so no work is moved to it")

    def is_working(self, day: date) -> bool:
        """Say whether a day is a working day."""
        if not self.first <= day <= self.last:
            raise self._outside(day)
        return day in self.moved or (day.weekday() < _SATURDAY and day not in self.rest)

    def count(self, after: date, through: date) -> int:
        """Count the working days after one day, up to and with another that is not before it."""
        low, high = after.toordinal() - self._start, through.toordinal() - self._start
        if low < 0 or high >= len(self._through):
            raise self._outside(after if low < 0 else through)
        return self._through[high] - self._through[low]

    def add(self, after: date, number: int) -> date:
        """Give the `number`-th working day after a day; raise `ValueError` for a number below 1."""
        if number < 1:
            raise ValueError(f"there is no working day number {number} after a day")
        index = after.toordinal() - self._start
        if not 0 <= index < len(self._through):
            raise self._outside(after)
        position = self._through[index] + number - 1
        if position >= len(self._working):
            raise OutsideCalendar(f"{number} working days after {after} go beyond calendar {self.id}, which ends on {self.last}")
        return self._working[position]

    def following(self, day: date) -> date:
        """Give the day itself if it is a working day, the first one after it otherwise (Civil Code 203)."""
        return day if self.is_working(day) else self.add(day, 1)

    def reason(self, day: date) -> tuple[DayReason, str]:
        """Say what kind of day this is, and the name of the holiday that makes it one."""
        if not self.first <= day <= self.last:
            raise self._outside(day)
        if day in self.moved:
            return DayReason.MOVED_WORKDAY, self.moved[day]
        if day in self.rest:
            return DayReason.HOLIDAY, self.rest[day]
        return (DayReason.WEEKEND, "") if day.weekday() >= _SATURDAY else (DayReason.WEEKDAY, "")

    def is_provisional(self, day: date) -> bool:
        """Say whether no notice covers this day yet."""
        return day > self.known_through

    def _outside(self, day: date) -> OutsideCalendar:
        return OutsideCalendar(f"calendar {self.id} says nothing of {day}: it covers {self.first} to {self.last}")


def differing(old: WorkingDayCalendar, new: WorkingDayCalendar, after: date, through: date) -> list[date]:
    """Give the days after one day, up to and with another, of which one version says that they are worked and the other that they are not."""
    days = (after + timedelta(days=number) for number in range(1, (through - after).days + 1))
    return [day for day in days if old.is_working(day) != new.is_working(day)]


class Calendars:
    """The versions known so far; the newest is the default."""

    def __init__(self, *versions: WorkingDayCalendar) -> None:
        self._versions = {version.id: version for version in sorted(versions, key=_age)}

    def add(self, version: WorkingDayCalendar) -> None:
        """Add a version; one that is known already is never changed."""
        if version.id not in self._versions:
            self._versions = {known.id: known for known in sorted([*self._versions.values(), version], key=_age)}

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


def _age(version: WorkingDayCalendar) -> tuple[date, list[int], str]:
    """Order versions by how far they know, then by the numbers in their ids: the tenth comes after the second."""
    return version.known_through, [int(number) for number in re.findall(r"\d+", version.id)], version.id
