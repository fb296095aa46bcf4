"""The lawful clock: one pure fold over the facts of a clock says how much is used, when it is due, and why (CLK-01 to CLK-04).

Counting follows 行政许可法 82 (working days) and 民法典 201 (the day of the start is not counted) and 203 (a last day that is no working day).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self

from services.kernel.calendar import DayReason, WorkingDayCalendar, start_of

_DAY = timedelta(days=1)
_EXTENDED, _ENDED, _BEGUN = range(3)
"""Facts of one day take effect in this order; the decision comes after all of them."""
_REMEMBERED = 16_384
"""So many foldings are remembered: rules and views ask for the same one again, and cases of one item and day have the same clocks."""


class ClockState(StrEnum):
    """How a clock stands on the day that was asked about."""

    RUNNING = "RUNNING"
    STANDING = "STANDING"
    BREACHED = "BREACHED"
    DECIDED = "DECIDED"
    DECIDED_LATE = "DECIDED_LATE"


class ImpossibleFacts(ValueError):  # noqa: N818 - said of the facts
    """Facts that cannot be true together; the message names the one that is wrong."""


class Stop(NamedTuple):
    """The clock stops: the day `begin` counts still, the day `end` no more; without an end it lasts. `kind` and `event` say what caused it."""

    begin: date
    end: date | None = None
    kind: str = ""
    event: str = ""


class Extension(NamedTuple):
    """So many working days more, granted on this day (FLW-07)."""

    on: date
    days: int


class _Facts(NamedTuple):
    start: date
    limit: int
    stops: tuple[Stop, ...] = ()
    extensions: tuple[Extension, ...] = ()
    decided: date | None = None


class ClockFacts(_Facts):
    """All that is known of a clock. `start` itself is not counted; `limit` is in whole working days. Raises `ImpossibleFacts`."""

    __slots__ = ()

    def __new__(cls, start: date, limit: int, stops: tuple[Stop, ...] = (), extensions: tuple[Extension, ...] = (), decided: date | None = None) -> Self:
        """Refuse facts that cannot be."""
        facts = super().__new__(cls, start, limit, stops, extensions, decided)
        facts.check()
        return facts

    def check(self) -> None:
        """Raise `ImpossibleFacts` where they cannot be true together."""
        if self.limit < 0:
            raise ImpossibleFacts(f"limit: {self.limit} is negative")
        if self.limit == 0 and (self.stops or self.extensions):
            raise ImpossibleFacts(f"{'stops' if self.stops else 'extensions'}: a limit of 0 is neither stopped nor extended")
        if self.decided is not None and self.decided < self.start:
            raise ImpossibleFacts(f"decided: {self.decided} is before the start {self.start}")
        for stop in self.stops:
            if stop.end is not None and stop.end < stop.begin:
                raise ImpossibleFacts(f"stops: one ends on {stop.end}, before it begins on {stop.begin}")
        for extension in self.extensions:
            if extension.on < self.start:
                raise ImpossibleFacts(f"extensions: one is granted on {extension.on}, before the start {self.start}")
            if extension.days < 1:
                raise ImpossibleFacts(f"extensions: {extension.days} days are none")


class Reckoning(NamedTuple):
    """What the fold says as of a day. `left` is in counted days, negative once past due; `breached_at` is the instant of the breach, whenever it was found."""

    as_of: date
    due: date | None
    used: int
    left: int
    state: ClockState
    light_from: date | None
    is_lit: bool
    breached_at: datetime | None
    provisional: bool
    calendar: str


@dataclass(frozen=True, slots=True)
class ExplainedDay:
    """One day of the explanation: its number if it is counted, and why it is or is not."""

    day: date
    counted: int | None
    reason: DayReason
    label: str
    provisional: bool


class _Fold:
    """All that happened to a clock through the end of `day`; only days with facts are visited, whatever lies between is counted at once."""

    __slots__ = ("calendar", "day", "lasting", "light_from", "reached", "total", "used")

    def __init__(self, facts: ClockFacts, calendar: WorkingDayCalendar) -> None:
        self.calendar = calendar
        self.day = facts.start
        self.used = 0
        # Started on a rest day, a limit of 0 ends with the first working day: it is one day long (民法典 203).
        self.total = facts.limit if facts.limit or calendar.is_working(facts.start) else 1
        self.lasting = 0
        self.reached = None if self.total else facts.start
        self.light_from: date | None = None

    @property
    def left(self) -> int:
        return self.total - self.used

    def extend(self, days: int) -> None:
        """Take an extension; after the day that is due without it, it changes nothing."""
        if self.reached is None or self.day <= self.reached:
            self.total += days
            self.reached = None

    def advance(self, day: date) -> None:
        """Let the days through 00:00 of a day, and the day itself, pass without a new fact."""
        self.look(day)
        if not self.lasting:
            counted = self.calendar.count(self.day, day)
            if self.reached is None and counted >= self.left:
                self.reached = self.calendar.add(self.day, self.left)
            self.used += counted
        self.day = day

    def look(self, through: date) -> None:
        """Look at the yellow light now, and at 00:00 of each day through another."""
        if self.light_from is not None or self.lasting or (self.reached is not None and self.reached < self.day):
            return
        if self.left <= 1:
            self.light_from = self.day
        elif self.calendar.count(self.day, through) >= self.left - 1:
            self.light_from = self.calendar.add(self.day, self.left - 1)


@lru_cache(maxsize=_REMEMBERED)
def reckon(facts: ClockFacts, calendar: WorkingDayCalendar, as_of: date) -> Reckoning:
    """Fold the facts as of a day.

    Raises `ImpossibleFacts` where `as_of` is before the start, `OutsideCalendar` where the calendar does not reach.
    """
    if as_of < facts.start:
        raise ImpossibleFacts(f"as_of: {as_of} is before the start {facts.start}")
    is_decided = facts.decided is not None and facts.decided <= as_of
    until = facts.decided if facts.decided is not None and is_decided else as_of
    fold = _Fold(facts, calendar)
    changes = _changes(facts, until)
    fold.lasting = sum(1 for stop in facts.stops if stop.begin < facts.start and (stop.end is None or stop.end >= facts.start))
    fold.look(facts.start)
    for day, change, days in changes:
        if day > fold.day:
            fold.advance(day)
        if change == _EXTENDED:
            fold.extend(days)
        else:
            fold.lasting += 1 if change == _BEGUN else -1
    if until > fold.day:
        fold.advance(until)
    if is_decided:
        fold.lasting = 0
    else:
        fold.look(until)
    due = fold.reached
    if due is None and not fold.lasting:
        due = calendar.add(until, fold.left)
    state = _state(due, until, is_decided=is_decided)
    end = as_of if due is None else due
    return Reckoning(
        as_of=as_of,
        due=due,
        used=fold.used,
        left=fold.left,
        state=state,
        light_from=fold.light_from,
        is_lit=state is ClockState.RUNNING and fold.left <= 1,
        breached_at=start_of(due + _DAY) if due is not None and until > due else None,
        provisional=end > facts.start and end > calendar.known_through,
        calendar=calendar.id,
    )


def explain(facts: ClockFacts, calendar: WorkingDayCalendar, as_of: date) -> Iterator[ExplainedDay]:
    """Give every local day from the day after the start to the due day, or to `as_of` while the clock stands; raises as `reckon` does."""
    due = reckon(facts, calendar, as_of).due
    end = as_of if due is None else due
    decided = facts.decided if facts.decided is not None and facts.decided <= as_of else None
    # Whether the end of a stop is known by now does not matter: a clock that still stands is explained no further than `as_of`.
    until = as_of if decided is None else decided
    coming = sorted((stop for stop in facts.stops if stop.begin <= until), key=lambda stop: stop.begin, reverse=True)
    stop, stopped_through = None, date.min
    number = 0
    day = facts.start
    while (day := day + _DAY) <= end:
        while coming and coming[-1].begin < day:
            begun = coming.pop()
            through = min(begun.end or date.max, decided or date.max)
            if through > stopped_through:
                stop, stopped_through = begun, through
        reason, label = calendar.reason(day)
        counted = None
        if reason in (DayReason.WEEKDAY, DayReason.MOVED_WORKDAY):
            if stop is not None and day <= stopped_through:
                reason, label = DayReason.STOPPED, f"{stop.kind} {stop.event}".strip()
            else:
                number += 1
                counted = number
        yield ExplainedDay(day, counted, reason, label, calendar.is_provisional(day))


def next_look(facts: ClockFacts, calendar: WorkingDayCalendar, as_of: date) -> datetime | None:
    """Give the next instant after `as_of` at which the clock by itself lights up or is breached, None if it never does with these facts."""
    said = reckon(facts, calendar, as_of)
    if said.due is None or said.state is not ClockState.RUNNING:
        return None
    return start_of(said.due + _DAY if said.is_lit else calendar.add(as_of, said.left - 1))


def _changes(facts: ClockFacts, until: date) -> list[tuple[date, int, int]]:
    """Give what happened from the start through a day, in order: the day, what changed, and the days of an extension."""
    changes = [(extension.on, _EXTENDED, extension.days) for extension in facts.extensions if extension.on <= until]
    for stop in facts.stops:
        # A stop that ends on the day of its beginning takes nothing out.
        if stop.begin <= until and stop.begin != stop.end:
            if stop.begin >= facts.start:
                changes.append((stop.begin, _BEGUN, 0))
            if stop.end is not None and facts.start <= stop.end <= until:
                changes.append((stop.end, _ENDED, 0))
    changes.sort()
    return changes


def _state(due: date | None, until: date, *, is_decided: bool) -> ClockState:
    is_late = due is not None and until > due
    if is_decided:
        return ClockState.DECIDED_LATE if is_late else ClockState.DECIDED
    if due is None:
        return ClockState.STANDING
    return ClockState.BREACHED if is_late else ClockState.RUNNING
