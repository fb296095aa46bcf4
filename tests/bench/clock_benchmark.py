"""Measure the lawful clock (P9): `python -m tests.bench.clock_benchmark`. Nothing is asserted; the goal is 100,000 histories in 20 s."""

import random
import subprocess
import sys
import time
import timeit
from datetime import date, timedelta
from pathlib import Path

import msgspec

from services.chassis.clock.calendars import load_calendars
from services.kernel.calendar import WorkingDayCalendar

HISTORIES = 100_000
DAY = timedelta(days=1)


def history(number: int, chance: random.Random) -> dict[str, object]:
    """Make up a history as it comes: some stopped, few extended, half of them decided."""
    start = date(2025, 1, 1) + DAY * chance.randrange(700)
    limit = chance.choice((0, 1, 3, 5, 10, 20, 45))
    stops: list[dict[str, object]] = []
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3)) if limit else 0):
        begin = start + DAY * chance.randrange(30)
        stops.append({"from": begin, "to": None if chance.random() < 0.1 else begin + DAY * chance.randrange(20), "kind": "HEARING"})
    extended = limit and chance.random() < 0.2
    return {
        "id": str(number),
        "start": start,
        "limit": limit,
        "stops": stops,
        "extensions": [{"on": start + DAY * chance.randrange(20), "days": 10}] if extended else [],
        "decided": start + DAY * chance.randrange(60) if chance.random() < 0.5 else None,
        "as_of": start + DAY * chance.randrange(90),
    }


def add_by_days(calendar: WorkingDayCalendar, day: date, number: int) -> date:
    """Add working days one day after another, as most do."""
    while number:
        day += DAY
        number -= calendar.is_working(day)
    return day


def main() -> None:
    """Print what was measured."""
    chance = random.Random(1)  # noqa: S311 - no secret, the same every time
    questions = b"\n".join(msgspec.json.encode(history(number, chance)) for number in range(HISTORIES))
    command = Path(sys.executable).with_name("onewindow")
    for size, what in ((1, "one history, mostly the start of Python"), (HISTORIES, f"{HISTORIES:,} histories")):
        given = questions if size > 1 else questions.split(b"\n", 1)[0]
        begun = time.perf_counter()
        done = subprocess.run([command, "clock"], input=given, capture_output=True, check=True)  # noqa: S603
        print(f"onewindow clock, {what}: {time.perf_counter() - begun:.2f} s, {done.stdout.count(b'error')} errors")  # noqa: T201
    calendar, begin = load_calendars().newest, date(2026, 1, 5)
    for number in (20, 1_000, 5_000):
        fast = min(timeit.repeat(lambda number=number: calendar.add(begin, number), number=2_000)) / 2_000  # type: ignore[misc]
        slow = min(timeit.repeat(lambda number=number: add_by_days(calendar, begin, number), number=20)) / 20  # type: ignore[misc]
        print(f"add {number:,} working days: {fast * 1e6:.2f} µs, by a loop over days {slow * 1e6:,.0f} µs, 1/{slow / fast:,.0f}")  # noqa: T201


if __name__ == "__main__":
    main()
