"""The history of a case is told in the order of cause and effect: each stream keeps its own, between streams what happened first comes first (AUD-01)."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.calendar import SHANGHAI
from services.supervision.domain.facts import SOURCES, Fact, in_order
from services.supervision.history import history_of

CASE = UUID(int=7)
DAY = datetime(2026, 3, 2, tzinfo=SHANGHAI)


def fact(source: str, position: int, hour: int, name: str, recorded: int | None = None, **data: object) -> Fact:
    """Give what a service said had happened at an hour of the day."""
    happened = DAY + timedelta(hours=hour)
    return Fact(source, position, name, happened, DAY + timedelta(hours=recorded or hour), "officer", data)


REVIEWED = fact("intake", 1, 9, "pre-review-completed", passed=True, opinion="")
SIGNED = fact("intake", 2, 12, "paper-signed-for", receipt="JS-1")
BACKDATED = fact("intake", 3, 8, "application-withdrawn", recorded=14, reason="")
OPENED = fact("workflow", 1, 11, "case-opened", number="SJ-1")
PUBLISHED = fact("workflow", 2, 13, "decision-published", published_on="2026-03-02")


def test_what_was_entered_with_an_earlier_time_stays_behind_what_it_follows() -> None:
    """Given an event that its service recorded last with the earliest time, it stays its service's last; the others come by when they happened."""
    told = history_of(CASE, {}, [PUBLISHED, BACKDATED, REVIEWED, OPENED, SIGNED], [])
    assert [entry.evidence for entry in told] == ["intake-1", "workflow-1", "intake-2", "intake-3", "workflow-2"]


def merged(facts: list[Fact]) -> list[Fact]:
    """Merge the services' streams: what happened first of all that comes next is told next."""
    streams = [sorted((one for one in facts if one.source == source), key=lambda one: one.position) for source in SOURCES]
    told: list[Fact] = []
    while waiting := [stream for stream in streams if stream]:
        told.append(min(waiting, key=lambda stream: stream[0].happened).pop(0))
    return told


@given(st.lists(st.tuples(st.sampled_from(SOURCES), st.integers(0, 23)), max_size=12), st.randoms())
def test_facts_are_in_the_order_of_a_merge_of_their_streams(said: list[tuple[str, int]], chance: Random) -> None:
    """Given facts of several services at any hours, in any order of arrival, their order is that of a merge of the services' streams."""
    facts = [fact(source, position, hour, "case-opened") for position, (source, hour) in enumerate(said)]
    arrived = list(facts)
    chance.shuffle(arrived)
    assert in_order(arrived) == merged(facts)


def test_as_of_a_moment_nothing_is_told_that_was_recorded_later() -> None:
    """Given a moment before the backdated event was recorded, it is not there, however early it happened."""
    told = history_of(CASE, {}, [BACKDATED, REVIEWED, OPENED, SIGNED], [], DAY + timedelta(hours=12))
    assert [entry.evidence for entry in told] == ["intake-1", "workflow-1", "intake-2"]


def test_days_are_told_as_people_read_them() -> None:
    """Given a fact that names a day, its sentence says it in Chinese; what only looks like a day is left as it was written."""
    told = history_of(CASE, {}, [PUBLISHED, fact("workflow", 3, 14, "limit-extended", days=3, reason="2026-13-40")], [])
    assert [entry.sentence for entry in told] == ["公开决定（2026年3月2日 周一）", "批准延期 3 个工作日：2026-13-40"]
