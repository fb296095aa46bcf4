"""Stops, extensions and decisions that meet: on one day, one upon another, before the start and after the breach (clock.md, rules 1 to 7)."""

from datetime import date, datetime, timedelta

import pytest

from services.chassis.clock.calendars import load_calendars
from services.kernel.calendar import SHANGHAI
from services.kernel.clock import ClockFacts, ClockState, Extension, Reckoning, Stop, explain, reckon

CALENDAR = load_calendars().get("cn-2026.1")


def march(number: int) -> date:
    """Give a day of March 2026, which has no holidays; the 2nd is a Monday."""
    return date(2026, 3, number)


def clock(limit: int, as_of: int, *stops: Stop, extensions: tuple[Extension, ...] = (), decided: int | None = None, start: int = 2) -> Reckoning:
    """Reckon a clock that starts on 2 March where nothing else is said."""
    facts = ClockFacts(march(start), limit, stops, extensions, None if decided is None else march(decided))
    return reckon(facts, CALENDAR, march(as_of))


def test_a_stop_that_begins_on_the_due_day_does_not_save_it() -> None:
    """Given a stop that takes effect on the due day, that day counts: still due then, and breached the day after (rules 2 and 4)."""
    on_the_day = clock(3, 5, Stop(march(5)))
    assert (on_the_day.due, on_the_day.state, on_the_day.left) == (march(5), ClockState.RUNNING, 0)
    after = clock(3, 6, Stop(march(5)))
    assert (after.state, after.left, after.breached_at) == (ClockState.BREACHED, 0, datetime(2026, 3, 6, tzinfo=SHANGHAI))


def test_a_stop_that_begins_the_day_before_the_due_day_does() -> None:
    """Given a stop from the day before the due day, the clock stands with one day left."""
    said = clock(3, 20, Stop(march(4)))
    assert (said.due, said.state, said.used, said.left) == (None, ClockState.STANDING, 2, 1)


def test_a_stop_resumed_on_the_day_asked_about_runs_again() -> None:
    """Given a stop that ends today, the clock runs; today itself was taken out, tomorrow counts (rule 2)."""
    said = clock(3, 10, Stop(march(4), march(10)))
    assert (said.due, said.state, said.used, said.left) == (march(11), ClockState.RUNNING, 2, 1)


def test_one_stop_ends_and_another_begins_on_the_same_day() -> None:
    """Given two stops that touch, the clock never runs in between and lights no lamp (rules 1 and 8)."""
    said = clock(3, 10, Stop(march(3), march(9)), Stop(march(9)))
    assert (said.state, said.used, said.left, said.light_from) == (ClockState.STANDING, 1, 2, None)
    last_day_left = clock(1, 10, Stop(date(2026, 2, 26), march(9)), Stop(march(9)))
    assert (last_day_left.state, last_day_left.light_from) == (ClockState.STANDING, None)


def test_a_stop_within_a_stop_takes_nothing_more() -> None:
    """Given a stop inside a lasting one, its end does not start the clock."""
    said = clock(5, 12, Stop(march(4)), Stop(march(5), march(6)))
    assert said == clock(5, 12, Stop(march(4)))


def test_the_order_in_which_facts_are_told_does_not_matter() -> None:
    """Given the same stops and extensions in another order, the answer is the same."""
    stops = (Stop(march(12), march(13)), Stop(march(4), march(9)), Stop(march(6), march(10)))
    extensions = (Extension(march(13), 2), Extension(march(5), 3))
    forth, back = clock(6, 25, *stops, extensions=extensions), clock(6, 25, *stops[::-1], extensions=extensions[::-1])
    assert forth == back
    # 3 and 4 March are 1 and 2, 11 and 12 March 3 and 4, 16 to 20 March 5 to 9, 23 and 24 March 10 and 11.
    assert forth.due == march(24)


def test_a_stop_from_before_the_start_that_lasts_holds_the_clock_from_the_first_moment() -> None:
    """Given a stop that lasts when the clock starts, the clock stands at once and even a limit of 1 is not lit."""
    said = clock(1, 2, Stop(date(2026, 2, 26)))
    assert (said.state, said.due, said.left, said.light_from) == (ClockState.STANDING, None, 1, None)
    resumed = clock(1, 4, Stop(date(2026, 2, 26), march(4)))
    assert (resumed.state, resumed.due, resumed.light_from) == (ClockState.RUNNING, march(5), march(4))


def test_a_stop_on_the_day_of_the_start_comes_after_the_start() -> None:
    """Given a limit of 1 and a stop on the day of the start, the light was lit when the clock started, and then it stands (rules 1 and 8)."""
    said = clock(1, 3, Stop(march(2)))
    assert (said.state, said.left, said.light_from) == (ClockState.STANDING, 1, march(2))


def test_a_stop_that_was_over_before_the_start_is_none() -> None:
    """Given a stop that ended on the day before the start, nothing is taken out."""
    assert clock(3, 4, Stop(date(2026, 2, 24), march(1))) == clock(3, 4)


def test_an_extension_is_taken_before_the_stop_that_ends_that_day() -> None:
    """Given an extension on the day on which the clock resumes, it was granted while the clock stood (rules 1 and 3)."""
    assert clock(3, 20, Stop(march(3), march(10)), extensions=(Extension(march(10), 2),)).due == march(16)


def test_an_extension_on_the_due_day_beats_the_stop_of_the_same_day() -> None:
    """Given an extension and a stop on the due day, the extension comes first, so that the clock stands with the new days left."""
    said = clock(3, 9, Stop(march(5)), extensions=(Extension(march(5), 2),))
    assert (said.state, said.used, said.left) == (ClockState.STANDING, 3, 2)


def test_a_second_extension_is_measured_by_the_first() -> None:
    """Given two extensions, the second counts as it was granted within the time that the first had given (rule 3)."""
    assert clock(2, 20, extensions=(Extension(march(4), 2), Extension(march(6), 1))).due == march(9)
    assert clock(2, 20, extensions=(Extension(march(6), 1),)).due == march(4)


def test_an_extension_after_the_breach_is_not_revived_by_a_later_stop() -> None:
    """Given a breach, a stop after it, and an extension during that stop, the clock does not stand and the breach stands (rules 3 and 9)."""
    said = clock(2, 20, Stop(march(5)), extensions=(Extension(march(6), 5),))
    assert (said.due, said.state, said.left) == (march(4), ClockState.BREACHED, -1)


def test_an_extension_is_unknown_before_its_day() -> None:
    """Given an extension, the day before it the old due day holds; a new fold on its day says the new one (rule 1)."""
    extensions = (Extension(march(5), 5),)
    assert [clock(3, day, extensions=extensions).due for day in (4, 5)] == [march(5), march(12)]


def test_a_decision_on_the_day_a_stop_begins_comes_after_it() -> None:
    """Given a stop and a decision on one day, the stop takes nothing out (rules 1 and 5)."""
    said = clock(5, 30, Stop(march(4)), decided=4)
    assert (said.state, said.used, said.left, said.due) == (ClockState.DECIDED, 2, 3, march(9))


def test_an_extension_after_the_decision_is_ignored() -> None:
    """Given a late decision, an extension after it changes nothing; on the day of the decision it would have come first (rule 5)."""
    assert clock(5, 30, decided=6, extensions=(Extension(march(9), 5),)).due == march(9)
    assert clock(5, 30, decided=6, extensions=(Extension(march(6), 5),)).due == march(16)


def test_what_was_used_does_not_grow_after_the_decision() -> None:
    """Given a decision, a day and a year later the answer is the same (rule 6)."""
    facts = ClockFacts(march(2), 10, decided=march(6))
    said = reckon(facts, CALENDAR, march(6))
    later = reckon(facts, CALENDAR, date(2027, 3, 6))
    assert (said.used, said.left, said.due, said.state) == (later.used, later.left, later.due, later.state) == (4, 6, march(16), ClockState.DECIDED)
    assert said.breached_at is None
    assert later.breached_at is None


def test_decided_late_while_a_stop_lasts() -> None:
    """Given a stop after the breach and a decision in it, the decision is late by the days that were counted (rules 6 and 7)."""
    said = clock(2, 30, Stop(march(6)), decided=13)
    assert (said.state, said.left, said.breached_at) == (ClockState.DECIDED_LATE, -2, datetime(2026, 3, 5, tzinfo=SHANGHAI))


def test_due_on_friday_is_breached_on_saturday_with_no_day_counted() -> None:
    """Given a due Friday, the breach is at 00:00 of Saturday although no working day has passed since (rule 7)."""
    saturday = clock(4, 7)
    assert (saturday.due, saturday.state, saturday.left) == (march(6), ClockState.BREACHED, 0)
    assert saturday.breached_at == datetime(2026, 3, 7, tzinfo=SHANGHAI)
    assert clock(4, 9, decided=7).state is ClockState.DECIDED_LATE


def test_the_time_of_the_breach_is_the_same_whenever_it_is_found() -> None:
    """Given a breach found after months, its instant is that of the day after the due day (rule 7)."""
    assert reckon(ClockFacts(march(2), 3), CALENDAR, date(2026, 11, 2)).breached_at == datetime(2026, 3, 6, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("as_of", "used", "left", "state"),
    [(1, 0, 1, ClockState.RUNNING), (7, 0, 1, ClockState.RUNNING), (8, 1, 0, ClockState.RUNNING), (9, 2, -1, ClockState.BREACHED)],
)
def test_a_limit_of_0_from_a_rest_day(as_of: int, used: int, left: int, state: ClockState) -> None:
    """Given a limit of 0 from 1 October, it runs to the end of 8 October, the first working day (Civil Code 203)."""
    said = reckon(ClockFacts(date(2026, 10, 1), 0), CALENDAR, date(2026, 10, as_of))
    assert (said.due, said.used, said.left, said.state, said.light_from) == (date(2026, 10, 8), used, left, state, date(2026, 10, 1))


def test_a_limit_of_0_from_a_working_day_has_no_days_to_explain() -> None:
    """Given a limit of 0 on a working day, it is due that day, breached the next, and there is no day after the start to explain."""
    facts = ClockFacts(date(2026, 9, 30), 0)
    assert list(explain(facts, CALENDAR, date(2026, 9, 30))) == []
    assert reckon(ClockFacts(date(2027, 3, 3), 0), CALENDAR, date(2027, 3, 3)).provisional is False
    said = reckon(facts, CALENDAR, date(2026, 10, 1))
    assert (said.state, said.used, said.left) == (ClockState.BREACHED, 0, 0)


def test_resuming_keeps_the_history_of_the_stops() -> None:
    """Given two stops that are over, the explanation names both and the days between are numbered on (a bug others shipped)."""
    facts = ClockFacts(march(2), 4, (Stop(march(3), march(5), "HEARING", "e1"), Stop(march(9), march(10), "TESTING", "e2")))
    said = {one.day.day: (one.counted, one.label) for one in explain(facts, CALENDAR, march(16))}
    assert said == {
        3: (1, ""), 4: (None, "HEARING e1"), 5: (None, "HEARING e1"), 6: (2, ""), 7: (None, ""), 8: (None, ""),
        9: (3, ""), 10: (None, "TESTING e2"), 11: (4, ""),
    }  # fmt: skip


def test_a_decision_ends_a_stop_in_the_explanation_too() -> None:
    """Given a decision while a stop lasts, the days after it are counted on to the due day, and a stop after it is not there (rules 5 and 10)."""
    facts = ClockFacts(march(2), 3, (Stop(march(3), None, "HEARING"), Stop(march(6), march(20), "TESTING")), decided=march(5))
    said = [(one.day.day, one.counted, one.label) for one in explain(facts, CALENDAR, march(30)) if one.reason != "weekend"]
    assert said == [(3, 1, ""), (4, None, "HEARING"), (5, None, "HEARING"), (6, 2, ""), (9, 3, "")]


def test_a_stop_of_the_future_is_not_explained() -> None:
    """Given a stop that begins after the day asked about, the days to the due day are explained without it (rule 1)."""
    facts = ClockFacts(march(2), 3, (Stop(march(4), march(10), "HEARING"),))
    assert [one.counted for one in explain(facts, CALENDAR, march(3))] == [1, 2, 3]


def test_while_the_clock_stands_it_is_explained_to_the_day_asked_about() -> None:
    """Given a lasting stop over a weekend, its working days are stopped, its rest days rest, and today is the last day (rule 10)."""
    said = [(one.day.day, one.reason.value) for one in explain(ClockFacts(march(4), 5, (Stop(march(5)),)), CALENDAR, march(10))]
    assert said == [(5, "weekday"), (6, "stopped"), (7, "weekend"), (8, "weekend"), (9, "stopped"), (10, "stopped")]


def test_a_day_that_two_stops_take_out_is_one_day() -> None:
    """Given overlapping stops, every day has one line, and a stop that goes on after another ended names its own days (rule 10)."""
    facts = ClockFacts(march(2), 3, (Stop(march(3), march(5), "HEARING"), Stop(march(4), march(6), "TESTING")))
    said = {one.day.day: one.label for one in explain(facts, CALENDAR, march(2) + timedelta(days=8)) if one.reason == "stopped"}
    assert list(said) == [4, 5, 6]
    assert (said[4], said[6]) == ("HEARING", "TESTING")


def test_an_explained_day_after_the_last_notice_is_provisional() -> None:
    """Given a clock over the year's end, the days of 2027 are provisional and those of 2026 are not, and New Year's Day rests by law (rule 10)."""
    said = list(explain(ClockFacts(date(2026, 12, 30), 2), CALENDAR, date(2026, 12, 30)))
    assert [(one.day.day, one.counted, one.reason.value, one.provisional) for one in said] == [
        (31, 1, "weekday", False),
        (1, None, "holiday", True),
        (2, None, "weekend", True),
        (3, None, "weekend", True),
        (4, 2, "weekday", True),
    ]
