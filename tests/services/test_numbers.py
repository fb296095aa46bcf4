"""Numbers that people read out to each other: none twice, none left out, whoever draws them at the same moment, or after a backup was restored."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from services.chassis.storage.numbers import Numbers, is_sound, numbers_in, skip_numbers
from tests.databases import open_database
from tests.services.chassis_sample import lender_tables

CLERKS = 16
DRAWS = 200


def running(number: str) -> int:
    """Give the running number in a number such as `SJ20260302-000041-K`."""
    return int(number.split("-")[1])


@pytest.mark.usefixtures("on_both")
def test_numbers_come_once_and_without_a_gap(tmp_path: Path) -> None:
    """Given two processes whose clerks all draw at once from two series, each series is counted through from one, and each number is sound."""
    databases = [open_database(tmp_path, "lender", lender_tables()) for _ in range(2)]
    processes = [Numbers(one) for one in databases]
    with ThreadPoolExecutor(CLERKS) as clerks:
        draws = [clerks.submit(processes[one % 2].draw, ("SJ20260302", "BZ20260302")[one % 3 == 0]) for one in range(DRAWS)]
        drawn = [one.result() for one in draws]
    assert all(is_sound(one) for one in drawn)
    for series in ("SJ20260302", "BZ20260302"):
        of_series = sorted(running(one) for one in drawn if one.startswith(series))
        assert of_series == list(range(1, len(of_series) + 1))
    for database in databases:
        database.close()


@pytest.mark.usefixtures("on_both")
def test_a_draw_that_fails_is_nobodys_number(tmp_path: Path) -> None:
    """Given a database that fails for a while, who draws meanwhile gets an error, and the numbers go on after it."""
    database = open_database(tmp_path, "lender", lender_tables())
    numbers = Numbers(database)
    assert running(numbers.draw("SJ20260302")) == 1

    def fail(*_: object) -> None:
        raise OSError("no disk")

    for engine in (database.engine, database.reading):
        event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(OSError, match="no disk"):
        numbers.draw("SJ20260302")
    for engine in (database.engine, database.reading):
        event.remove(engine, "before_cursor_execute", fail)
    assert running(numbers.draw("SJ20260302")) == 2


@pytest.mark.usefixtures("on_both")
def test_a_number_that_somebody_was_told_is_not_given_again(tmp_path: Path) -> None:
    """Given numbers in the words of events, each series goes on after its highest one, and never goes back; what is no number is none."""
    database = open_database(tmp_path, "lender", lender_tables())
    numbers = Numbers(database)
    first = numbers.draw("SJ20260302")
    later = [numbers.draw("SJ20260302") for _ in range(4)]
    told = numbers_in(f'{{"number":"{later[2]}","notice":"{first}","other":"SJ20260302-000099-A"}}')
    assert told == {"SJ20260302": 4}, "the last has a wrong check character"
    skip_numbers(database, told)
    assert numbers.draw("SJ20260302").startswith("SJ20260302-000006-")
    skip_numbers(database, {"SJ20260302": 40, "BZ20260302": 7})
    skip_numbers(database, {})
    assert numbers.draw("SJ20260302").startswith("SJ20260302-000041-")
    assert numbers.draw("BZ20260302").startswith("BZ20260302-000008-")
    database.close()
