"""Remarkable ways of handling: each is seen where it is, and not where it nearly is."""

from datetime import date

import pytest

from contracts import intake, workflow
from services.chassis.clock.calendars import load_calendars
from services.supervision.domain.patterns import PatternKind, is_after_hours, is_long, signs
from services.supervision.domain.seeing import picture_of
from tests.domain.supervision_stories import APPLICANT, Story, at

CALENDAR = load_calendars().newest


def seen(story: Story) -> set[PatternKind]:
    """Give the kinds of what a story shows."""
    return {one.kind for one in signs(picture_of(story.facts), CALENDAR)}


def stopped(story: Story, moment: str, day: date) -> Story:
    """Let the clock stop."""
    event = workflow.ClockStopped(stop="s-1", procedure="INSPECTION", from_day=day, expected_days=5, reason="检验", notice="TZ-1")
    return story.said("workflow", event, moment)


def test_a_stop_on_the_last_day_is_seen_and_one_in_the_middle_is_not() -> None:
    """Given a promised limit of five days, a stop with one day left is remarkable, one with two is not."""
    assert PatternKind.STOP_BEFORE_EXPIRY in seen(stopped(Story().opened(), "6 17:00", date(2026, 3, 6)))
    assert PatternKind.STOP_BEFORE_EXPIRY not in seen(stopped(Story().opened(), "5 17:00", date(2026, 3, 5)))


@pytest.mark.parametrize(("ordinal", "remarkable"), [(1, False), (2, True)])
def test_repeated_corrections(ordinal: int, remarkable: bool) -> None:  # noqa: FBT001
    """Given a second notice, it is remarkable; a first one is not."""
    assert (PatternKind.REPEATED_CORRECTION in seen(Story().received().noticed("3 09:00", ordinal, "另有"))) is remarkable


@pytest.mark.parametrize(("moment", "remarkable"), [("2 10:01", True), ("2 10:03", False)])
def test_a_decision_within_two_minutes(moment: str, remarkable: bool) -> None:  # noqa: FBT001
    """Given acceptance at 10:00, a decision a minute later is remarkable, one after three is not."""
    assert (PatternKind.INSTANT_DECISION in seen(Story().opened().decided(moment))) is remarkable


@pytest.mark.parametrize(
    ("moment", "after"),
    [("2026-03-02 08:29", True), ("2026-03-02 08:30", False), ("2026-03-02 17:59", False), ("2026-03-02 18:00", True), ("2026-03-07 10:00", True)],
)
def test_after_hours(moment: str, after: bool) -> None:  # noqa: FBT001
    """Given a moment, it is after hours before the offices open, after they close, and on days when nobody works."""
    assert is_after_hours(at(moment), CALENDAR) is after


def test_acceptance_put_off_until_it_is_deemed() -> None:
    """Given an application that counts as accepted because nobody answered, that is remarkable; accepted by somebody, it is not."""
    deemed = Story().received()
    event = intake.ApplicationAccepted(
        number="SJ-1", item=deemed.item, applicant=APPLICANT, channel="KIOSK", deemed=True, clock_start=date(2026, 3, 2), materials=(), form="x"
    )
    assert PatternKind.DEEMED_ACCEPTANCE in seen(deemed.said("intake", event, "10 00:00", "system"))
    assert PatternKind.DEEMED_ACCEPTANCE not in seen(Story().opened())


@pytest.mark.parametrize(
    ("ended", "weight", "lasts_since"),
    [("resumed", 5, None), ("decided", 6, None), ("withdrawn", 7, None), ("", 0, date(2026, 3, 3))],
)
def test_a_stop_weighs_what_it_took(ended: str, weight: int, lasts_since: date | None) -> None:
    """Given a stop from the 3rd, it took the working days until it ended, until the decision or the withdrawal; one that lasts names its first day."""
    story = stopped(Story().opened(), "3 10:00", date(2026, 3, 3))
    if ended == "resumed":
        story.said("workflow", workflow.ClockResumed(stop="s-1", to_day=date(2026, 3, 10), result="合格"), "10")
    elif ended == "decided":
        story.decided("11")
    elif ended == "withdrawn":
        story.said("workflow", workflow.CaseWithdrawn(withdrawn_on=date(2026, 3, 12), reason=""), "12")
    (sign,) = (one for one in signs(picture_of(story.facts), CALENDAR) if one.kind is PatternKind.LONG_STOP)
    assert (sign.weight, sign.lasts_since) == (weight, lasts_since)


@pytest.mark.parametrize(("cause", "remarkable"), [("OUTAGE", False), ("CLASSIFIED", False), ("APPLICANT_ASKED", True), ("NONE", True)])
def test_back_entry_without_an_outage(cause: str, remarkable: bool) -> None:  # noqa: FBT001
    """Given an approval that was entered afterwards, it is remarkable unless the system was down or the matter is classified."""
    story = Story().offline("3", cause=cause)
    found = [one for one in signs(picture_of(story.facts), CALENDAR) if one.kind is PatternKind.BACK_ENTRY]
    assert bool(found) is remarkable
    assert all(one.evidence == story.facts[-1].evidence for one in found)


def test_a_stop_far_longer_than_its_items_median() -> None:
    """Given stops of five days, one of sixteen is far longer, one of fifteen is not; with too few stops there is no median."""
    assert is_long(16, [5, 5, 5, 5, 16])
    assert not is_long(15, [5, 5, 5, 5, 15])
    assert not is_long(90, [5, 5, 90])
