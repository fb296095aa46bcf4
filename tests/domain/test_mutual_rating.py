"""Each month the departments and the service centre mark each other's links; low marks have a reason and are answered (SUP-29)."""

from datetime import date, datetime
from typing import Any

import pytest

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.kernel.calendar import SHANGHAI
from services.supervision.domain.mutual_rating import LINKS_OF_CENTRE, Link, MutualRating

CENTRE, MARKET = "service-centre", "market-regulation"
MARCH = date(2026, 3, 1)
NOW = datetime(2026, 3, 31, 16, tzinfo=SHANGHAI)
HEAD = Actor("head", "负责人（示例）", frozenset({Role.SECTION_HEAD}), MARKET)
CENTRE_HEAD = Actor("centre", "负责人（示例）", frozenset({Role.SECTION_HEAD}), CENTRE)
GOOD = {Link.RECEPTION: 5, Link.HANDOVER: 4, Link.DELIVERY: 3}


def given(marks: dict[Link, int] | None = None, reason: str = "", month: date = MARCH, actor: Actor = HEAD, now: datetime = NOW) -> MutualRating:
    """Give what the market department says of the centre."""
    one = MutualRating.begin_for(month, MARKET, CENTRE, actor, now)
    one.give(LINKS_OF_CENTRE, GOOD if marks is None else marks, reason, actor, now)
    return one


def test_a_month_is_rated_by_the_head_and_the_later_counts() -> None:
    """Given marks that were given twice, the later ones count; without a low mark there is nothing to answer."""
    one = given()
    one.give(LINKS_OF_CENTRE, {**GOOD, Link.DELIVERY: 5}, "", HEAD, NOW)
    assert one.marks[Link.DELIVERY] == 5
    with pytest.raises(NotAllowed, match="被评价单位"):
        one.say("已改进", CENTRE_HEAD, NOW)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"marks": {**GOOD, Link.DELIVERY: 6}}, "delivery"),
        ({"marks": {Link.RECEPTION: 5, Link.HANDOVER: 4}}, "delivery"),
        ({"marks": {**GOOD, Link.DELIVERY: 2}}, "reason"),
        ({"month": date(2026, 4, 1)}, "month"),
        ({"month": date(2026, 1, 1)}, "month"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(change: dict[str, Any], field: str) -> None:
    """Given a mark out of range or missing, a low one without a reason, or a month that is not there yet or long over, the field is named."""
    with pytest.raises(Invalid) as refused:
        given(**change)
    assert set(refused.value.fields) == {field}


def test_the_month_before_can_still_be_rated_and_later_no_more() -> None:
    """Given March, it is rated in April, and not changed in May."""
    one = given(now=datetime(2026, 4, 30, 16, tzinfo=SHANGHAI))
    with pytest.raises(Refusal, match="本月和上个月"):
        one.give(LINKS_OF_CENTRE, GOOD, "", HEAD, datetime(2026, 5, 1, 0, 5, tzinfo=SHANGHAI))


def test_a_low_mark_is_answered_once_by_the_other_side_and_stands() -> None:
    """Given a low mark, only the head of the side that got it answers, once; then it is not changed any more."""
    one = given({**GOOD, Link.HANDOVER: 1}, "交接单三次缺页")
    with pytest.raises(NotAllowed):
        one.say("已改进", HEAD, NOW)
    with pytest.raises(Invalid):
        one.say(" ", CENTRE_HEAD, NOW)
    one.say("交接时双方清点", CENTRE_HEAD, NOW)
    with pytest.raises(NotAllowed):
        one.say("再说一遍", CENTRE_HEAD, NOW)
    with pytest.raises(Refusal, match="不再修改"):
        one.give(LINKS_OF_CENTRE, GOOD, "", HEAD, NOW)


def test_only_the_own_head_or_leader_rates() -> None:
    """Given a handler, or the head of another side, nobody else speaks for a department."""
    for actor in (Actor("h", "承办人", frozenset({Role.HANDLER}), MARKET), CENTRE_HEAD):
        with pytest.raises(NotAllowed):
            given(actor=actor)
