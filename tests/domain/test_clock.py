"""The lawful clock by examples written out by hand, each rule of its specification and each bug that others shipped."""

from datetime import date, datetime, timedelta

import pytest

from services.chassis.clock.calendars import load_calendars
from services.kernel.calendar import SHANGHAI, Calendars, OutsideCalendar, WorkingDayCalendar, local_day
from services.kernel.clock import ClockFacts, ClockState, Extension, ImpossibleFacts, Reckoning, Stop, explain, next_look, reckon

CALENDAR = load_calendars().newest
RUNNING, STANDING, BREACHED, DECIDED, LATE = ClockState


def day(month: int, number: int, year: int = 2026) -> date:
    """Give a day of 2026."""
    return date(year, month, number)


def clock(start: date, limit: int, as_of: date, *stops: Stop, extensions: tuple[Extension, ...] = (), decided: date | None = None) -> Reckoning:
    """Reckon a clock."""
    return reckon(ClockFacts(start, limit, stops, extensions, decided), CALENDAR, as_of)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        (day(2, 9), 5, day(2, 14)),  # a Saturday that is a workday
        (day(2, 9), 6, day(2, 24)),  # over the holiday
        (day(9, 30), 0, day(9, 30)),  # the same day
        (day(10, 1), 0, day(10, 8)),  # the first working day after a rest day
        (day(12, 28), 5, day(1, 5, 2027)),  # 1 January is a holiday by law
        (day(3, 2), 1, day(3, 3)),
        (day(3, 6), 1, day(3, 9)),  # Friday to Monday
        (day(3, 7), 1, day(3, 9)),  # begun on a Saturday
    ],
)
def test_a_limit_ends_with_its_last_working_day(start: date, limit: int, due: date) -> None:
    """Given a start and a limit, the day of the start is not counted and only working days are (CLK-02)."""
    assert clock(start, limit, start).due == due


def test_a_stop_takes_out_the_days_after_it_began_through_its_end() -> None:
    """Given a stop from 11 to 13 February, 10, 11 and 14 are counted, then 24 and 25 (CLK-03)."""
    said = clock(day(2, 9), 5, day(2, 14), Stop(day(2, 11), day(2, 13)))
    assert (said.due, said.used, said.left) == (day(2, 25), 3, 2)


def test_overlapping_and_touching_stops_take_a_day_out_once() -> None:
    """Given stops that overlap and touch, the result is that of one stop over all of them (CLK-03)."""
    several = clock(day(3, 2), 10, day(3, 20), Stop(day(3, 4), day(3, 9)), Stop(day(3, 6), day(3, 11)), Stop(day(3, 11), day(3, 13)))
    one = clock(day(3, 2), 10, day(3, 20), Stop(day(3, 4), day(3, 13)))
    assert several == one
    assert one.due == day(3, 25)


def test_a_stop_that_ends_on_its_first_day_takes_nothing_out() -> None:
    """Given a stop from a day to the same day, nothing changes."""
    assert clock(day(3, 2), 5, day(3, 9), Stop(day(3, 4), day(3, 4))) == clock(day(3, 2), 5, day(3, 9))


def test_a_stop_that_began_before_the_start_takes_out_days_after_it_only() -> None:
    """Given a stop from before the start, only the days after the start are lost."""
    assert clock(day(3, 4), 3, day(3, 4), Stop(day(3, 2), day(3, 3))).due == day(3, 9)
    assert clock(day(3, 4), 3, day(3, 6), Stop(day(3, 2), day(3, 5))).due == day(3, 10)


def test_while_a_stop_lasts_there_is_no_due_day() -> None:
    """Given a stop without an end, the clock stands, and what is left is known."""
    said = clock(day(3, 2), 5, day(3, 12), Stop(day(3, 4)))
    assert (said.due, said.state, said.used, said.left, said.light_from) == (None, STANDING, 2, 3, None)


def test_a_stop_after_the_due_day_does_not_undo_the_breach() -> None:
    """Given a breach, a later stop changes nothing of it; the days that it takes out do not count as overdue."""
    said = clock(day(3, 2), 2, day(3, 11), Stop(day(3, 6)))
    assert (said.due, said.state, said.left) == (day(3, 4), BREACHED, -2)
    assert said.breached_at == datetime(2026, 3, 5, tzinfo=SHANGHAI)


def test_facts_of_the_future_are_unknown() -> None:
    """Given a stop, an extension and a decision after the day asked about, the clock is as if they were not."""
    said = clock(day(3, 2), 5, day(3, 3), Stop(day(3, 5), day(3, 6)), extensions=(Extension(day(3, 4), 5),), decided=day(3, 9))
    assert said == clock(day(3, 2), 5, day(3, 3))


def test_a_stop_that_ends_later_still_lasts() -> None:
    """Given a stop whose end lies after the day asked about, the clock stands on that day."""
    assert clock(day(3, 2), 5, day(3, 5), Stop(day(3, 4), day(3, 6))).state is STANDING


def test_an_extension_counts_up_to_the_due_day_and_not_after() -> None:
    """Given an extension on the due day it counts; a day later the breach stands (FLW-07)."""
    assert clock(day(3, 2), 3, day(3, 6), extensions=(Extension(day(3, 5), 4),)).due == day(3, 11)
    late = clock(day(3, 2), 3, day(3, 6), extensions=(Extension(day(3, 6), 4),))
    assert (late.due, late.state) == (day(3, 5), BREACHED)


def test_an_extension_while_the_clock_stands_counts() -> None:
    """Given a standing clock, an extension counts although no due day is known; stop and extension together are right."""
    said = clock(day(3, 2), 3, day(3, 20), Stop(day(3, 4), day(3, 16)), extensions=(Extension(day(3, 10), 2),))
    assert said.due == day(3, 19)
    assert clock(day(3, 2), 3, day(3, 12), Stop(day(3, 4)), extensions=(Extension(day(3, 10), 2),)).left == 3


def test_a_decision_ends_every_stop_and_hides_what_comes_after() -> None:
    """Given a decision while the clock stands, it was made in time, and later facts are ignored."""
    said = clock(day(3, 2), 5, day(3, 30), Stop(day(3, 4)), Stop(day(3, 12), day(3, 16)), decided=day(3, 10))
    assert (said.state, said.used, said.left, said.due) == (DECIDED, 2, 3, day(3, 13))


def test_decided_on_the_due_day_is_in_time_and_a_day_later_is_late() -> None:
    """Given a limit of 3, the end of the third day decides."""
    assert clock(day(3, 2), 3, day(3, 9), decided=day(3, 5)).state is DECIDED
    late = clock(day(3, 2), 3, day(3, 20), decided=day(3, 9))
    assert (late.state, late.left, late.breached_at) == (LATE, -2, datetime(2026, 3, 6, tzinfo=SHANGHAI))


def test_a_case_due_on_monday_is_lit_on_friday() -> None:
    """Given a due Monday, the light is lit from Friday, the last working day before it (SUP-L01)."""
    assert clock(day(3, 2), 5, day(3, 5)).light_from is None
    friday = clock(day(3, 2), 5, day(3, 6))
    assert (friday.due, friday.light_from, friday.is_lit) == (day(3, 9), day(3, 6), True)


@pytest.mark.parametrize("limit", [0, 1])
def test_a_short_limit_is_lit_at_once(limit: int) -> None:
    """Given a limit of at most a day, the light is lit on the day of the start."""
    assert clock(day(3, 2), limit, day(3, 2)).light_from == day(3, 2)


def test_a_light_that_went_out_was_lit_all_the_same() -> None:
    """Given a stop on the day on which the light was lit at 00:00, it goes out, and the day stays known."""
    said = clock(day(3, 2), 3, day(3, 5), Stop(day(3, 4)))
    assert (said.is_lit, said.light_from, said.state) == (False, day(3, 4), STANDING)


def test_the_light_is_lit_when_the_clock_starts_even_if_it_is_decided_the_same_day() -> None:
    """Given a limit of 1 decided on the day of the start, the light was lit at the start."""
    assert clock(day(3, 2), 1, day(3, 2), decided=day(3, 2)).light_from == day(3, 2)


def test_a_breach_replaces_the_light() -> None:
    """Given a day past due, no light is lit; when it was first lit stays known."""
    said = clock(day(3, 2), 3, day(3, 6))
    assert (said.is_lit, said.light_from, said.state) == (False, day(3, 4), BREACHED)


def test_the_explanation_names_each_day() -> None:
    """Given the week of the Spring Festival, each day says why it is counted or not."""
    facts = ClockFacts(day(2, 12), 4, (Stop(day(2, 24), day(2, 25), "EXPERT_REVIEW", "workflow-9"),))
    said = {one.day.day: (one.counted, one.reason.value, one.label) for one in explain(facts, CALENDAR, day(2, 27))}
    assert said[13] == (1, "weekday", "")
    assert said[14] == (2, "moved-workday", "春节调休上班")
    assert said[15][:2] == (None, "weekend")
    assert said[17] == (None, "holiday", "春节")
    assert said[24] == (3, "weekday", "")
    assert said[25] == (None, "stopped", "EXPERT_REVIEW workflow-9")
    assert said[26] == (4, "weekday", "")
    assert max(said) == 26


def test_a_deadline_over_an_unknown_year_is_provisional() -> None:
    """Given a due day after the last notice, it is marked provisional, and is not the last known day (a bug others shipped)."""
    said = clock(day(12, 28), 5, day(12, 28))
    assert (said.provisional, said.calendar) == (True, "cn-2026.1")
    assert clock(day(12, 28), 3, day(12, 28)).provisional is False


def test_beyond_the_calendar_is_an_error_and_never_the_last_row() -> None:
    """Given a limit that runs past the calendar's end, it is refused (a bug others shipped)."""
    with pytest.raises(OutsideCalendar, match="2050-12-31"):
        clock(date(2050, 12, 20), 30, date(2050, 12, 20))
    with pytest.raises(OutsideCalendar):
        CALENDAR.is_working(date(1999, 1, 1))


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"limit": -1}, "limit"),
        ({"limit": 5, "decided": day(3, 1)}, "decided"),
        ({"limit": 5, "stops": (Stop(day(3, 5), day(3, 4)),)}, "stops"),
        ({"limit": 5, "extensions": (Extension(day(3, 1), 2),)}, "extensions"),
        ({"limit": 5, "extensions": (Extension(day(3, 4), 0),)}, "extensions"),
        ({"limit": 0, "stops": (Stop(day(3, 5)),)}, "stops"),
        ({"limit": 0, "extensions": (Extension(day(3, 4), 1),)}, "extensions"),
    ],
)
def test_impossible_facts_are_refused_by_name(facts: dict[str, object], named: str) -> None:
    """Given facts that cannot be, the error names the one that is wrong."""
    with pytest.raises(ImpossibleFacts, match=f"^{named}"):
        ClockFacts(day(3, 2), **facts)  # type: ignore[arg-type]


def test_a_day_before_the_start_cannot_be_asked_about() -> None:
    """Given a day before the start, the question is refused."""
    with pytest.raises(ImpossibleFacts, match=r"^as_of"):
        clock(day(3, 2), 5, day(3, 1))


def test_the_next_look_is_the_light_then_the_breach() -> None:
    """Given a running clock, a timer is set for the light, then for the breach, then for nothing (CLK-05)."""
    facts = ClockFacts(day(3, 2), 5)
    assert next_look(facts, CALENDAR, day(3, 2)) == datetime(2026, 3, 6, tzinfo=SHANGHAI)
    assert next_look(facts, CALENDAR, day(3, 6)) == datetime(2026, 3, 10, tzinfo=SHANGHAI)
    assert next_look(facts, CALENDAR, day(3, 10)) is None


def test_nights_belong_to_the_local_day() -> None:
    """Given an instant late in the evening of UTC, the day is that of Shanghai."""
    assert local_day(datetime.fromisoformat("2026-03-01T16:00:00+00:00")) == day(3, 2)
    assert local_day(datetime.fromisoformat("2026-03-01T15:59:59+00:00")) == day(3, 1)


def test_a_new_calendar_is_a_new_answer_and_the_old_one_stays() -> None:
    """Given a later version with other days off, the newest answers by default, and the old one gives its old answer (CLK-01)."""
    later = WorkingDayCalendar("cn-2027.1", day(1, 1), day(12, 31, 2027), day(12, 31, 2027), {day(1, 4, 2027): "调休"}, {})
    calendars = Calendars(later, CALENDAR)
    assert calendars.newest.id == "cn-2027.1"
    facts = ClockFacts(day(12, 28), 5)
    assert reckon(facts, calendars.get("cn-2026.1"), day(12, 28)).due == day(1, 5, 2027)
    assert reckon(facts, later, day(12, 28)).due == day(1, 5, 2027)
    assert reckon(ClockFacts(day(12, 30), 2), later, day(12, 30)).due == day(1, 1, 2027)
    assert reckon(facts, calendars.newest, day(12, 28)).provisional is False


def test_the_version_agrees_with_the_library_that_it_was_written_from() -> None:
    """Given every day that a notice covers, the version works and rests as the package `holidays` says."""
    import holidays  # noqa: PLC0415

    library = holidays.country_holidays("CN", years=range(2004, 2027))
    one = date(2004, 1, 1)
    while one <= CALENDAR.known_through:
        assert CALENDAR.is_working(one) == library.is_working_day(one), one
        one += timedelta(days=1)
