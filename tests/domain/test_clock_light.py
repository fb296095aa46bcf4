"""The yellow light: at most one counted day is left once today has passed (clock.md, rule 8; SUP-L01)."""

from datetime import date, datetime

from services.chassis.clock.calendars import load_calendars
from services.kernel.calendar import SHANGHAI
from services.kernel.clock import ClockFacts, ClockState, Extension, Stop, next_look, reckon

CALENDAR = load_calendars().get("cn-2026.1")


def march(number: int) -> date:
    """Give a day of March 2026, which has no holidays; the 2nd is a Monday."""
    return date(2026, 3, number)


def test_the_light_before_a_long_holiday_is_lit_on_the_last_working_day() -> None:
    """Given a case due after the Spring Festival, the light is lit on Saturday the 14th, a moved workday (the reminder that others sent on a holiday)."""
    facts = ClockFacts(date(2026, 2, 9), 6)
    assert reckon(facts, CALENDAR, date(2026, 2, 13)).light_from is None
    said = reckon(facts, CALENDAR, date(2026, 2, 14))
    assert (said.due, said.light_from, said.is_lit) == (date(2026, 2, 24), date(2026, 2, 14), True)
    assert reckon(facts, CALENDAR, date(2026, 2, 20)).is_lit


def test_the_light_stays_lit_on_the_due_day() -> None:
    """Given the due day itself, no day is left and the light is still lit."""
    said = reckon(ClockFacts(march(2), 3), CALENDAR, march(5))
    assert (said.is_lit, said.light_from, said.left, said.state) == (True, march(4), 0, ClockState.RUNNING)


def test_an_extension_puts_the_light_out_and_the_first_day_stays_known() -> None:
    """Given a lit clock that is extended, the light goes out, is lit again later, and `light_from` is the first day of all."""
    facts = ClockFacts(march(2), 3, extensions=(Extension(march(4), 5),))
    lit = {day: reckon(facts, CALENDAR, march(day)) for day in range(3, 13)}
    assert [day for day, said in lit.items() if said.is_lit] == [11, 12]
    assert {said.light_from for day, said in lit.items() if day >= 4} == {march(4)}


def test_an_extension_before_the_light_delays_it() -> None:
    """Given an extension on the day before the light, it is not lit on its old day."""
    said = reckon(ClockFacts(march(2), 3, extensions=(Extension(march(3), 2),)), CALENDAR, march(5))
    assert (said.is_lit, said.light_from, said.due) == (False, None, march(9))


def test_a_clock_that_resumes_near_its_end_is_lit_on_that_day() -> None:
    """Given a clock that stopped with one day left before it could be lit, it is lit after the facts of the day on which it resumes."""
    facts = ClockFacts(march(2), 2, (Stop(date(2026, 2, 27), march(2)), Stop(march(2), march(9))))
    assert reckon(facts, CALENDAR, march(9)).light_from is None
    stopped = ClockFacts(march(2), 1, (Stop(date(2026, 2, 27), march(9)),))
    assert reckon(stopped, CALENDAR, march(8)).light_from is None
    assert reckon(stopped, CALENDAR, march(9)).light_from == march(9)


def test_no_light_is_lit_while_the_clock_stands() -> None:
    """Given a stop from the day before the light would be lit, no day of the stop lights it."""
    facts = ClockFacts(march(2), 4, (Stop(march(4), march(16)),))
    assert reckon(facts, CALENDAR, march(15)).light_from is None
    said = reckon(facts, CALENDAR, march(17))
    assert (said.light_from, said.due) == (march(17), march(18))


def test_decided_before_the_light_it_is_never_lit() -> None:
    """Given a decision the day before the light, there is no light; on the day of the light it was lit at 00:00."""
    assert reckon(ClockFacts(march(2), 3, decided=march(3)), CALENDAR, march(20)).light_from is None
    decided = reckon(ClockFacts(march(2), 3, decided=march(4)), CALENDAR, march(20))
    assert (decided.light_from, decided.is_lit, decided.state) == (march(4), False, ClockState.DECIDED)


def test_a_light_is_not_known_before_it_is_lit() -> None:
    """Given a day before the light, history up to that day does not know of it (rule 1)."""
    facts = ClockFacts(march(2), 5)
    assert [reckon(facts, CALENDAR, march(day)).light_from for day in (5, 6, 9)] == [None, march(6), march(6)]


def test_no_look_is_needed_where_time_alone_changes_nothing() -> None:
    """Given a clock that stands, is decided or is breached, no timer is set (CLK-05)."""
    standing = ClockFacts(march(2), 5, (Stop(march(4)),))
    decided = ClockFacts(march(2), 5, decided=march(3))
    assert next_look(standing, CALENDAR, march(5)) is None
    assert next_look(decided, CALENDAR, march(3)) is None
    assert next_look(ClockFacts(march(2), 3), CALENDAR, march(6)) is None


def test_a_lit_clock_is_next_looked_at_when_it_is_breached() -> None:
    """Given a light lit over a weekend, the next look is 00:00 of the day after the due day."""
    assert next_look(ClockFacts(march(2), 5), CALENDAR, march(7)) == datetime(2026, 3, 10, tzinfo=SHANGHAI)
