"""One measurement: ours beside its floor, run by turns, told as the ratio of the medians. Nothing is asserted."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = int(os.environ.get("ROUNDS", "5"))


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured: `ours` and `floor` are medians, in `unit`; `ratio` is what the goal speaks of."""

    id: str
    what: str
    goal: str
    ours: float
    floor: float
    unit: str
    ratio: float
    note: str = ""


def seconds(work: Callable[[], object]) -> float:
    """Give how long some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def each(work: Callable[[], object], times: int) -> float:
    """Give how long some work takes when it is done so often."""
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times


def by_turns(ours: Callable[[], float], floor: Callable[[], float], rounds: int = ROUNDS) -> tuple[float, float]:
    """Run both by turns and give the median of each."""
    found = [(ours(), floor()) for _ in range(rounds)]
    return statistics.median(one for one, _ in found), statistics.median(other for _, other in found)


def rate(id: str, what: str, goal: str, ours: Callable[[], float], floor: Callable[[], float], unit: str = "events/s", note: str = "") -> Result:  # noqa: A002
    """Compare two rates: more is better, the ratio is ours by the floor's."""
    one, other = by_turns(ours, floor)
    return Result(id, what, goal, one, other, unit, one / other, note)


def cost(id: str, what: str, goal: str, ours: Callable[[], float], floor: Callable[[], float], unit: str = "ms", note: str = "") -> Result:  # noqa: A002
    """Compare two costs in seconds: less is better, the ratio is ours by the floor's."""
    one, other = by_turns(ours, floor)
    factor = {"ms": 1e3, "µs": 1e6, "s": 1}[unit]
    return Result(id, what, goal, one * factor, other * factor, unit, one / other, note)
