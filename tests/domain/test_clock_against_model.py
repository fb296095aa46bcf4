"""The lawful clock says of random histories what a model says that counts day by day (CLK-01 to CLK-04)."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.clock.calendars import load_calendars
from services.kernel.clock import ClockFacts, ClockState, Extension, Stop, explain, next_look, reckon
from tests.domain.clock_model import Model
from tests.examples import examples

CALENDAR = load_calendars().newest
# Read from the raw data, so that a slip in the prefix tables shows.
REST, MOVED = set(CALENDAR.rest), set(CALENDAR.moved)
DAY = timedelta(days=1)


def works(day: date) -> bool:
    """Say whether a day is a working day."""
    return day in MOVED or (day.weekday() < 5 and day not in REST)


def reason(day: date, *, stopped: bool) -> str:
    """Say why a day is counted or not, from the raw data."""
    if works(day):
        return "stopped" if stopped else "moved-workday" if day in MOVED else "weekday"
    return "holiday" if day in REST else "weekend"


SEASONS = (date(2026, 2, 1), date(2026, 9, 14), date(2026, 12, 14), date(2026, 4, 20), date(2025, 12, 22))


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, Any], date]:
    """A clock with any stops, extensions and decision around holidays and year ends, and a day to look at it."""
    start = draw(st.sampled_from(SEASONS)) + timedelta(days=draw(st.integers(0, 20)))
    limit = draw(st.one_of(st.integers(0, 6), st.integers(7, 30)))
    offset = st.integers(-4, 25)
    stops, extensions = [], []
    if limit:
        for begin, length in draw(st.lists(st.tuples(offset, st.one_of(st.none(), st.integers(0, 12))), max_size=4)):
            first = start + timedelta(days=begin)
            stops.append({"from": first, "to": None if length is None else first + timedelta(days=length)})
        extensions = [
            {"on": start + timedelta(days=on), "days": days} for on, days in draw(st.lists(st.tuples(st.integers(0, 25), st.integers(1, 6)), max_size=3))
        ]
    decided = draw(st.one_of(st.none(), st.integers(0, 35).map(lambda days: start + timedelta(days=days))))
    as_of = start + timedelta(days=draw(st.integers(0, 45)))
    return {"start": start, "limit": limit, "stops": stops, "extensions": extensions, "decided": decided}, as_of


def facts_of(history: dict[str, Any]) -> ClockFacts:
    """Give the facts of a history."""
    return ClockFacts(
        history["start"],
        history["limit"],
        tuple(Stop(stop["from"], stop["to"], "HEARING", f"stop-{number}") for number, stop in enumerate(history["stops"])),
        tuple(Extension(extension["on"], extension["days"]) for extension in history["extensions"]),
        history["decided"],
    )


@examples(600)
@given(histories())
def test_the_clock_says_what_the_model_says(case: tuple[dict[str, Any], date]) -> None:
    """Given any history and any day, due day, days used and left, state, light and breach are the model's (CLK-02, CLK-03)."""
    history, as_of = case
    said = reckon(facts_of(history), CALENDAR, as_of)
    expected = Model(works, **history).answer(as_of)
    assert {
        "due": said.due,
        "used": said.used,
        "left": said.left,
        "state": said.state.value,
        "light_from": said.light_from,
        "breached_at": said.breached_at.isoformat() if said.breached_at else None,
        "provisional": said.provisional,
    } == expected


@examples(300)
@given(histories())
def test_the_explanation_agrees_with_the_fold(case: tuple[dict[str, Any], date]) -> None:
    """Given any history, all local days to the due day are explained with the reason that the data give, and their numbers run on to the due day's."""
    history, as_of = case
    facts = facts_of(history)
    said = reckon(facts, CALENDAR, as_of)
    days = list(explain(facts, CALENDAR, as_of))
    numbers = [day.counted for day in days if day.counted]
    assert numbers == list(range(1, len(numbers) + 1))
    if said.due is not None and facts.limit:
        assert days[-1].counted is not None
    assert said.provisional == any(day.provisional for day in days)
    model = Model(works, **history).facts_through(as_of)
    assert [day.day for day in days] == model.explained(as_of)
    for day in days:
        assert (day.counted is not None) == model.counted(day.day)
        assert day.reason == reason(day.day, stopped=model.stopped(day.day))
        if day.reason == "stopped":
            number = int(day.label.removeprefix("HEARING stop-"))
            stop = history["stops"][number]
            assert stop["from"] < day.day
            assert stop["to"] is None or day.day <= stop["to"]


@examples(300)
@given(histories())
def test_nothing_changes_by_itself_before_the_next_look(case: tuple[dict[str, Any], date]) -> None:
    """Given a history that is over, light and state change by time alone at the instants that `next_look` names, and at no other (CLK-05)."""
    history, as_of = case
    known = Model(works, **history).facts_through(as_of)
    facts = facts_of({"start": known.start, "limit": known.limit, "stops": known.stops, "extensions": known.extensions, "decided": known.decided})
    first = reckon(facts, CALENDAR, as_of)
    look = next_look(facts, CALENDAR, as_of)
    day = as_of
    for _ in range(40):
        day += DAY
        now = reckon(facts, CALENDAR, day)
        changed = (now.is_lit, now.state) != (first.is_lit, first.state)
        assert changed == (look is not None and day >= look.date()), (day, look)
        if changed:
            assert now.is_lit or now.state is ClockState.BREACHED
            break


@examples(600)
@given(histories())
def test_what_was_overdue_on_a_day_is_told_by_the_last_due_day(case: tuple[dict[str, Any], date]) -> None:
    """Given any history and any day, the clock was past due then exactly if the due day that all facts make lies before it: no later fact rewrites a breach."""
    history, as_of = case
    facts = facts_of(history)
    if facts.decided is not None and facts.decided <= as_of:
        return
    final = reckon(facts, CALENDAR, as_of + timedelta(days=120)).due
    assert (reckon(facts, CALENDAR, as_of).state is ClockState.BREACHED) == (final is not None and final < as_of)
