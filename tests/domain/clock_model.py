"""The lawful clock once more, day by day and as slow as its specification reads: the model that the real one is held against."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Fact = dict[str, Any]

DAY = timedelta(days=1)
NOTICED = date(2026, 12, 31)
"""The last day that a notice of the State Council covers."""


class Model:
    """One clock as of one day. `works` says whether a day is a working day; facts are plain dicts as in the wire form."""

    def __init__(self, works: Callable[[date], bool], start: date, limit: int, stops: list[Fact], extensions: list[Fact], decided: date | None) -> None:
        self.works = works
        self.start = start
        self.limit = limit
        self.stops = stops
        self.extensions = extensions
        self.decided = decided

    def facts_through(self, day: date) -> "Model":
        """Rule 1 and 5: what is known after the facts of a day."""
        decided = self.decided if self.decided is not None and self.decided <= day else None
        last = day if decided is None else decided
        stops = []
        for stop in self.stops:
            if stop["from"] <= last:
                ended = stop["to"] is not None and stop["to"] <= last
                stops.append({"from": stop["from"], "to": stop["to"] if ended else decided})
        extensions = [extension for extension in self.extensions if extension["on"] <= last]
        return Model(self.works, self.start, self.limit, stops, extensions, decided)

    def stopped(self, day: date) -> bool:
        """Rule 2: whether a stop takes this day out."""
        return any(stop["from"] < day and (stop["to"] is None or day <= stop["to"]) for stop in self.stops)

    def counted(self, day: date) -> bool:
        """Rule 2: whether this day is counted."""
        return day > self.start and self.works(day) and not self.stopped(day)

    def total(self) -> int:
        """Rule 3: the limit with the extensions that count."""
        total = self.limit
        for extension in sorted(self.extensions, key=lambda one: one["on"]):
            due = self.due(total)
            if due is None or extension["on"] <= due:
                total += extension["days"]
        return total

    def due(self, total: int) -> date | None:
        """Rule 4."""
        if self.limit == 0:
            day = self.start
            while not self.works(day):
                day += DAY
            return day
        number, day = 0, self.start
        horizon = max([self.start, *[stop["to"] or stop["from"] for stop in self.stops]]) + timedelta(days=40 + 3 * total)
        while day < horizon:
            day += DAY
            if self.counted(day):
                number += 1
                if number == total:
                    return day
        assert any(stop["to"] is None for stop in self.stops)
        return None

    def days(self, after: date, through: date) -> int:
        """Count the counted days in (after, through]."""
        number, day = 0, after
        while day < through:
            day += DAY
            number += self.counted(day)
        return number

    def lit(self, day: date) -> bool:
        """Rule 8, for facts known by some moment of this day."""
        due = self.due(self.total())
        return self.decided is None and due is not None and day <= due and self.days(day, due) <= 1

    def answer(self, as_of: date) -> dict[str, Any]:
        """Rules 6 to 9, as of a day."""
        known = self.facts_through(as_of)
        total = known.total()
        due = known.due(total)
        until = as_of if known.decided is None else known.decided
        used = known.days(self.start, until)
        late = due is not None and until > due
        if due is None:
            state, left = "STANDING", total - used
        elif known.decided is not None:
            state = "DECIDED_LATE" if late else "DECIDED"
            left = -known.days(due, until) if late else known.days(until, due)
        else:
            state = "BREACHED" if late else "RUNNING"
            left = -known.days(due, until) if late else known.days(until, due)
        light, day = None, self.start
        while day <= as_of and light is None:
            # At the start or at 00:00 of the day, then after its facts.
            if self.facts_through(day - DAY).lit(day) or self.facts_through(day).lit(day):
                light = day
            day += DAY
        return {
            "due": due,
            "used": used,
            "left": left,
            "state": state,
            "light_from": light,
            "breached_at": f"{due + DAY}T00:00:00+08:00" if due is not None and late else None,
            "provisional": any(day > NOTICED for day in known.explained(as_of)),
        }

    def explained(self, as_of: date) -> list[date]:
        """Rule 10: the days that are explained."""
        due = self.due(self.total())
        end = as_of if due is None else due
        return [self.start + DAY * number for number in range(1, (end - self.start).days + 1)]
