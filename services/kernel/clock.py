"""The lawful clock: one pure fold over the facts of a clock says how much is used, when it is due, and why (CLK-01 to CLK-04).

Counting follows 行政许可法 82 (working days) and 民法典 201 (the day of the start is not counted) and 203 (a last day that is no working day).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.kernel.calendar import DayReason, WorkingDayCalendar, start_of

_DAY = timedelta(days=1)


class ClockState(StrEnum):
    """How a clock stands on the day that was asked about."""

    RUNNING = "RUNNING"
    STANDING = "STANDING"
    BREACHED = "BREACHED"
    DECIDED = "DECIDED"
    DECIDED_LATE = "DECIDED_LATE"


class ImpossibleFacts(ValueError):  # noqa: N818 - said of the facts
    """Facts that cannot be true together; the message names the one that is wrong."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The clock stops: the day `begin` counts still, the day `end` no more; without an end it lasts. `kind` and `event` say what caused it."""

    begin: date
    end: date | None = None
    kind: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """So many working days more, granted on this day (FLW-07)."""

    on: date
    days: int


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """All that is known of a clock. `start` itself is not counted; `limit` is in whole working days. Raises `ImpossibleFacts`."""

    start: date
    limit: int
    stops: tuple[Stop, ...] = ()
    extensions: tuple[Extension, ...] = ()
    decided: date | None = None

    def __post_init__(self) -> None:
        """Refuse facts that cannot be."""
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


@dataclass(frozen=True, slots=True)
class Reckoning:
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


@dataclass(frozen=True, slots=True)
class _Known:
    """The facts known at one moment, made ready: stops clipped, merged and in order, the limit with its valid extensions, and the due day."""

    spans: tuple[tuple[date, date | None], ...]
    limit: int
    due: date | None
    decided: date | None

    @property
    def stands(self) -> bool:
        return self.due is None


def reckon(facts: ClockFacts, calendar: WorkingDayCalendar, as_of: date) -> Reckoning:
    """Fold the facts as of a day.

    Raises `ImpossibleFacts` where `as_of` is before the start, `OutsideCalendar` where the calendar does not reach.
    """
    if as_of < facts.start:
        raise ImpossibleFacts(f"as_of: {as_of} is before the start {facts.start}")
    known = _known(facts, calendar, as_of)
    until = as_of if known.decided is None else known.decided
    used = _counted(known, calendar, facts.start, until)
    due = known.due
    breached = due is not None and until > due
    if due is None:
        left = known.limit - used
    elif breached:
        left = -_counted(known, calendar, due, until)
    else:
        left = _counted(known, calendar, until, due)
    light_from = _light_from(facts, calendar, as_of)
    end = as_of if due is None else due
    return Reckoning(
        as_of=as_of,
        due=due,
        used=used,
        left=left,
        state=_state(known, breached=breached),
        light_from=light_from,
        is_lit=_lit_from(known, calendar, facts.start, as_of, as_of) is not None,
        breached_at=start_of(due + _DAY) if due is not None and breached else None,
        provisional=end > facts.start and end > calendar.known_through,
        calendar=calendar.id,
    )


def explain(facts: ClockFacts, calendar: WorkingDayCalendar, as_of: date) -> Iterator[ExplainedDay]:
    """Give every local day from the day after the start to the due day, or to `as_of` while the clock stands."""
    if as_of < facts.start:
        raise ImpossibleFacts(f"as_of: {as_of} is before the start {facts.start}")
    known = _known(facts, calendar, as_of)
    stops = sorted(_stops(facts, as_of), key=lambda stop: (stop.begin, stop.end is None, stop.end))
    end = as_of if known.due is None else known.due
    number = 0
    day = facts.start
    while (day := day + _DAY) <= end:
        reason, label = calendar.reason(day)
        counted = None
        if calendar.is_working(day):
            stop = next((one for one in stops if one.begin < day and (one.end is None or day <= one.end)), None)
            if stop is None:
                number += 1
                counted = number
            else:
                reason, label = DayReason.STOPPED, " ".join(part for part in (stop.kind, stop.event) if part)
        yield ExplainedDay(day, counted, reason, label, calendar.is_provisional(day))


def next_look(facts: ClockFacts, calendar: WorkingDayCalendar, as_of: date) -> datetime | None:
    """Give the next instant after `as_of` at which the clock by itself lights up or is breached, None if it never does with these facts."""
    known = _known(facts, calendar, as_of)
    if known.decided is not None or known.due is None or as_of > known.due:
        return None
    lit = _lit_from(known, calendar, facts.start, as_of + _DAY, known.due)
    if lit is not None and _lit_from(known, calendar, facts.start, as_of, as_of) is None:
        return start_of(lit)
    return start_of(known.due + _DAY)


def _state(known: _Known, *, breached: bool) -> ClockState:
    if known.decided is not None:
        return ClockState.DECIDED_LATE if breached else ClockState.DECIDED
    if known.stands:
        return ClockState.STANDING
    return ClockState.BREACHED if breached else ClockState.RUNNING


def _stops(facts: ClockFacts, as_of: date) -> Iterator[Stop]:
    """Give the stops as they were known on a day; a decision ends those that still last, and what comes after it is ignored."""
    decided = facts.decided if facts.decided is not None and facts.decided <= as_of else None
    through = as_of if decided is None else decided
    for stop in facts.stops:
        if stop.begin > through:
            continue
        if stop.end is not None and stop.end <= through:
            yield stop
        else:
            yield replace(stop, end=decided)


def _known(facts: ClockFacts, calendar: WorkingDayCalendar, as_of: date) -> _Known:
    decided = facts.decided if facts.decided is not None and facts.decided <= as_of else None
    through = as_of if decided is None else decided
    spans = _merged(facts.start, _stops(facts, as_of)) if facts.stops else ()
    limit = facts.limit
    due = _due(facts.start, limit, spans, calendar)
    for extension in sorted(facts.extensions, key=lambda one: one.on):
        if extension.on <= through and (due is None or extension.on <= due):
            limit += extension.days
            due = _due(facts.start, limit, spans, calendar)
    return _Known(spans, limit, due, decided)


def _merged(start: date, stops: Iterable[Stop]) -> tuple[tuple[date, date | None], ...]:
    """Give the spans (begin, end] that stops take out after the start, in order, none touching another."""
    spans: list[tuple[date, date | None]] = []
    for begin, end in sorted(((max(stop.begin, start), stop.end) for stop in stops), key=lambda span: span[0]):
        if end is not None and end <= begin:
            continue
        if spans and (spans[-1][1] is None or begin <= spans[-1][1]):
            last_begin, last_end = spans[-1]
            spans[-1] = (last_begin, None if last_end is None or end is None else max(last_end, end))
        else:
            spans.append((begin, end))
    return tuple(spans)


def _due(start: date, limit: int, spans: tuple[tuple[date, date | None], ...], calendar: WorkingDayCalendar) -> date | None:
    """Give the day with the `limit`-th counted day, None where a stop that lasts comes first."""
    if limit == 0:
        return calendar.following(start)
    position, missing = start, limit
    for begin, end in spans:
        counted = calendar.count(position, begin)
        if counted >= missing:
            break
        if end is None:
            return None
        missing -= counted
        position = end
    return calendar.add(position, missing)


def _counted(known: _Known, calendar: WorkingDayCalendar, after: date, through: date) -> int:
    """Count the days after one day, through another, that no stop takes out."""
    number = calendar.count(after, through)
    for begin, end in known.spans:
        low = max(begin, after)
        high = through if end is None else min(end, through)
        if high > low:
            number -= calendar.count(low, high)
    return number


def _lit_from(known: _Known, calendar: WorkingDayCalendar, start: date, first: date, last: date) -> date | None:
    """Give the first day from `first` to `last` on which the light is lit, if nothing but these facts is known."""
    due = known.due
    if due is None or known.decided is not None or first > min(due, last):
        return None
    reached = start
    if known.limit > 1:
        # One counted day is left after the last but one.
        before_last = _due(start, known.limit - 1, known.spans, calendar)
        if before_last is None:
            return None
        reached = before_last
    lit = max(first, reached)
    return lit if lit <= min(due, last) else None


def _light_from(facts: ClockFacts, calendar: WorkingDayCalendar, as_of: date) -> date | None:
    """Give the first day on which the light was lit: it is looked at when the clock starts, at 00:00 of each day, and after the facts of a day."""
    through = as_of if facts.decided is None else min(as_of, facts.decided)
    moments = {facts.start - _DAY}
    for stop in facts.stops:
        moments.add(stop.begin)
        if stop.end is not None:
            moments.add(stop.end)
    moments.update(extension.on for extension in facts.extensions)
    if facts.decided is not None:
        moments.add(facts.decided)
    changes = sorted(day for day in moments if facts.start - _DAY <= day <= through)
    for index, day in enumerate(changes):
        # What is known after a day's facts holds at 00:00 of the next day with facts, too.
        last = min(changes[index + 1], through) if index + 1 < len(changes) else as_of
        known = _known(facts, calendar, day)
        if (lit := _lit_from(known, calendar, facts.start, max(day, facts.start), last)) is not None:
            return lit
    return None
