"""What is gathered of the past: which news is, for which morning, and what is left of it when cards come and go."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.clock.calendars import load_calendars
from services.kernel.calendar import SHANGHAI
from services.notification.domain.gathering import PAST, Gathering, gathering_id, is_past, morning_after

MORNING = datetime(2026, 3, 3, 8, tzinfo=SHANGHAI)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        (MORNING - timedelta(hours=23), MORNING),
        (MORNING - SECOND, MORNING),
        (MORNING, MORNING + timedelta(days=1)),
        (datetime(2026, 3, 2, 16, 30, tzinfo=SHANGHAI), MORNING),
        (datetime(2026, 3, 3, 0, 30, tzinfo=SHANGHAI), MORNING),
    ],
)
def test_what_is_heard_by_eight_is_told_at_eight(heard: datetime, told: datetime) -> None:
    """Given news of the evening and of the night, both are told on the same morning; at eight itself the next one has begun."""
    assert morning_after(heard) == told


def test_more_than_ten_days_are_past() -> None:
    """Given a moment of the tenth day back, it is of today still, at any hour of both days; one of the eleventh is past."""
    tenth = datetime(2026, 2, 21, tzinfo=SHANGHAI)
    assert not is_past(tenth, datetime(2026, 3, 3, 23, 59, tzinfo=SHANGHAI))
    assert is_past(tenth - SECOND, datetime(2026, 3, 3, tzinfo=SHANGHAI))


def test_what_is_reported_in_time_is_not_past() -> None:
    """Given the longest holiday of the calendar, what happened on the working day before it and is reported on the first one after it is of today still."""
    calendar = load_calendars().newest
    first, last = date(2021, 1, 1), calendar.known_through
    worked = [day for number in range((last - first).days + 1) if calendar.is_working(day := first + timedelta(number))]
    assert max(later - earlier for earlier, later in pairwise(worked)) == PAST


@given(st.lists(st.permutations("abc"), min_size=1, max_size=5))
def test_the_order_of_different_cards_does_not_matter(turns: list[list[str]]) -> None:
    """Given cards that come and go in turns, in any order of the cards in each turn, those that stand at the end are news, and the others are none."""
    gathered = Gathering.begin_for("LEADER@housing", MORNING, MORNING - SECOND)
    for number, cards in enumerate(turns):
        for card in cards:
            gathered.hear(card, MORNING - SECOND, stands=number % 2 == 0)
    assert (gathered.came, gathered.went) == ((3, 0) if len(turns) % 2 else (0, 0))


def test_what_went_and_came_again_is_no_news() -> None:
    """Given a card of which an earlier morning told, its withdrawal is news, and is none once it is issued anew."""
    gathered = Gathering.begin_for("LEADER@housing", MORNING, MORNING - SECOND)
    gathered.hear("a", MORNING - SECOND, stands=False)
    assert (gathered.came, gathered.went) == (0, 1)
    gathered.hear("a", MORNING - SECOND, stands=True)
    assert (gathered.came, gathered.went) == (0, 0)


def test_each_mailbox_has_its_own_for_each_morning() -> None:
    """Given two mailboxes and two mornings, four are told, whichever zone a moment is written in."""
    mornings = (MORNING, MORNING + timedelta(days=1))
    assert len({gathering_id(mailbox, due) for mailbox in ("o-1", "LEADER@housing") for due in mornings}) == 4
    assert gathering_id("o-1", MORNING) == gathering_id("o-1", MORNING.astimezone(tz=None))


def test_it_is_closed_once() -> None:
    """Given a morning that came twice, it is closed once."""
    gathered = Gathering.begin_for("LEADER@housing", MORNING, MORNING - SECOND)
    gathered.close(MORNING)
    version = gathered.version
    gathered.close(MORNING)
    assert (gathered.is_open, gathered.version) == (False, version)
