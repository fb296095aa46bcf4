"""The working-day calendar: counting and adding agree with the days one by one, versions don't change, what isn't known isn't guessed (CLK-01)."""

from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from services.chassis.clock.calendars import CalendarData, load_calendars
from services.console.clock_commands import register
from services.kernel.calendar import SHANGHAI, Calendars, ImpossibleCalendar, OutsideCalendar, WorkingDayCalendar, start_of
from tests.examples import examples

CALENDAR = load_calendars().get("cn-2026.1")
DAY = timedelta(days=1)
COMMANDS = typer.Typer()
register(COMMANDS)
DAYS = st.dates(date(2004, 1, 1), date(2050, 6, 30))


def version(version_id: str, known_through: date, rest: dict[date, str] | None = None, moved: dict[date, str] | None = None) -> WorkingDayCalendar:
    """Make a version that covers 2026."""
    return WorkingDayCalendar(version_id, date(2026, 1, 1), date(2026, 12, 31), known_through, rest or {}, moved or {})


@examples(150)
@given(DAYS, st.integers(0, 120))
def test_counting_agrees_with_the_days_one_by_one(after: date, length: int) -> None:
    """Given any span, the count is that of its working days, the first day left out and the last one in."""
    days = [after + DAY * number for number in range(1, length + 1)]
    expected = sum(one in CALENDAR.moved or (one.weekday() < 5 and one not in CALENDAR.rest) for one in days)
    assert CALENDAR.count(after, after + DAY * length) == expected


@examples(150)
@given(DAYS, st.integers(1, 80))
def test_adding_is_the_reverse_of_counting(after: date, number: int) -> None:
    """Given any day and number, the day that adding gives is a working day and the number-th."""
    day = CALENDAR.add(after, number)
    assert CALENDAR.is_working(day)
    assert CALENDAR.count(after, day) == number


@pytest.mark.parametrize("number", [0, -3])
def test_adding_no_day_is_refused(number: int) -> None:
    """Given a number below 1, there is no such day, rather than one from the other end of the table."""
    with pytest.raises(ValueError, match="no working day"):
        CALENDAR.add(date(2026, 3, 2), number)


def test_the_notice_of_2026_day_by_day() -> None:
    """Given 2026, the days that the State Council's notice moved are as in its text."""
    working = [date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)]
    assert sorted(day for day in CALENDAR.moved if day.year == 2026) == working
    resting = [CALENDAR.is_working(date(2026, 2, 15) + DAY * number) for number in range(9)]
    assert not any(resting)
    assert not any(CALENDAR.is_working(date(2026, 10, number)) for number in range(1, 8))
    assert CALENDAR.is_working(date(2026, 2, 24))


def test_days_after_the_last_notice_follow_the_law() -> None:
    """Given 2027, the statutory holidays and their substitute days rest, weekends rest, and all of it is provisional."""
    assert CALENDAR.known_through == date(2026, 12, 31)
    assert not CALENDAR.is_provisional(date(2026, 12, 31))
    assert CALENDAR.is_provisional(date(2027, 1, 1))
    resting = [date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 9), date(2027, 5, 3), date(2027, 10, 4)]
    assert not any(CALENDAR.is_working(day) for day in resting)
    assert not [day for day in CALENDAR.moved if day > CALENDAR.known_through]
    assert CALENDAR.is_working(date(2027, 10, 8))


def test_the_day_after_the_last_one_is_not_guessed() -> None:
    """Given days outside the version, counting, adding and asking are refused by name (a bug others shipped)."""
    for ask in (
        lambda: CALENDAR.is_working(date(2051, 1, 1)),
        lambda: CALENDAR.count(date(2003, 12, 31), date(2004, 1, 2)),
        lambda: CALENDAR.add(date(2050, 12, 30), 5),
        lambda: CALENDAR.reason(date(2051, 1, 1)),
    ):
        with pytest.raises(OutsideCalendar, match=r"cn-2026\.1"):
            ask()


def test_the_newest_version_knows_furthest() -> None:
    """Given versions in any order, the newest is the one that knows furthest, and the tenth comes after the second."""
    calendars = Calendars(version("cn-2026.10", date(2026, 12, 31)), version("cn-2026.2", date(2026, 12, 31)), version("cn-2025.7", date(2026, 6, 30)))
    assert calendars.ids == ("cn-2025.7", "cn-2026.2", "cn-2026.10")
    assert calendars.newest.id == "cn-2026.10"


def test_a_known_version_is_never_changed() -> None:
    """Given other data under a known id, the first data stay."""
    calendars = Calendars(version("cn-2026.1", date(2026, 12, 31)))
    calendars.add(version("cn-2026.1", date(2026, 12, 31), rest={date(2026, 3, 3): "示例"}))
    assert calendars.newest.is_working(date(2026, 3, 3))


@pytest.mark.parametrize(
    ("known", "rest", "moved", "named"),
    [
        (date(2027, 1, 1), {}, {}, "known_through"),
        (date(2026, 12, 31), {date(2027, 1, 1): "元旦"}, {}, "rest"),
        (date(2026, 12, 31), {}, {date(2025, 12, 27): "元旦调休上班"}, "moved"),
        (date(2026, 12, 31), {}, {date(2026, 3, 2): "示例"}, "moved"),
        (date(2026, 12, 31), {date(2026, 3, 1): "示例"}, {date(2026, 3, 1): "示例"}, "moved"),
    ],
)
def test_data_that_are_no_calendar_are_refused(known: date, rest: dict[date, str], moved: dict[date, str], named: str) -> None:
    """Given a day outside the version, or a workday moved to a day that works anyway or rests as well, the field is named."""
    with pytest.raises(ImpossibleCalendar, match=f"^{named}"):
        version("wrong", known, rest, moved)


def test_a_local_day_begins_at_midnight_in_shanghai() -> None:
    """Given a day, its first instant is 16:00 of the day before in UTC."""
    assert start_of(date(2026, 3, 2)) == datetime.fromisoformat("2026-03-01T16:00:00+00:00")
    assert start_of(date(2026, 3, 2)).tzinfo is SHANGHAI


def test_a_version_is_written_by_a_command_and_never_over_another(tmp_path: Path) -> None:
    """Given the command, it writes a version that reads back and says what the known one says, and refuses to write it again."""
    output = tmp_path / "cn-2026.9.json"
    arguments = ["calendar", "build", "cn-2026.9", "--known-through", "2026-12-31", "--output", str(output)]
    assert CliRunner().invoke(COMMANDS, arguments).exit_code == 0
    written = msgspec.json.decode(output.read_bytes(), type=CalendarData).calendar()
    through = date(2026, 12, 31)
    assert written.count(date(2004, 1, 1), through) == CALENDAR.count(date(2004, 1, 1), through)
    again = CliRunner().invoke(COMMANDS, arguments)
    assert (again.exit_code, "已经存在" in again.output) == (1, True)


def test_the_versions_are_shown() -> None:
    """Given the command, each version is listed with the last day that a notice covers."""
    shown = CliRunner().invoke(COMMANDS, ["calendar", "show"])
    assert "cn-2026.1" in shown.output
    assert "2026-12-31" in shown.output
