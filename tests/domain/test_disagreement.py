"""A disagreement about a case is raised by one who takes part, answered by the other side, and settled between them or by a supervisor (SUP-29)."""

from datetime import datetime
from uuid import UUID

import pytest

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.kernel.calendar import SHANGHAI
from services.supervision.domain.disagreement import Disagreement

NOW = datetime(2026, 3, 3, 10, tzinfo=SHANGHAI)
CENTRE, MARKET = "service-centre", "market-regulation"
CLERK = Actor("clerk", "窗口人员（示例）", frozenset({Role.WINDOW_CLERK}), CENTRE)
HANDLER = Actor("handler", "承办人（示例）", frozenset({Role.HANDLER}), MARKET)
STRANGER = Actor("stranger", "承办人（示例）", frozenset({Role.HANDLER}), "health")
SUPERVISOR = Actor("supervisor", "监察员（示例）", frozenset({Role.SUPERVISOR}), "supervision")


def raised(actor: Actor = CLERK, other: str = MARKET, matter: str = "材料已经齐全") -> Disagreement:
    """Raise one between the window and the market department."""
    return Disagreement.raise_about(UUID(int=2), UUID(int=1), "SJ1", "食品经营许可", {CENTRE, MARKET}, other, matter, actor, NOW)


def test_both_sides_agree() -> None:
    """Given an answer of the other side, whoever raised it says what both agreed on; nobody adds anything later."""
    one = raised()
    with pytest.raises(NotAllowed):
        one.agree("补交平面图", CLERK, NOW)
    one.state("缺少平面图", HANDLER, NOW)
    with pytest.raises(NotAllowed):
        one.state("再说一遍", HANDLER, NOW)
    with pytest.raises(NotAllowed):
        one.agree("不必补交", HANDLER, NOW)
    one.agree("补交平面图", CLERK, NOW)
    assert (one.result, one.agreed) == ("补交平面图", True)
    with pytest.raises(Refusal, match="处理完毕"):
        one.decide("另作处理", SUPERVISOR, NOW)


def test_a_supervisor_decides_even_where_the_other_side_is_silent() -> None:
    """Given no answer, a supervisor settles it, with a result that is said."""
    one = raised()
    with pytest.raises(NotAllowed):
        one.decide("不必补交", HANDLER, NOW)
    with pytest.raises(Invalid):
        one.decide(" ", SUPERVISOR, NOW)
    one.decide("不必补交", SUPERVISOR, NOW)
    assert (one.settled, one.agreed) == (NOW, False)


def test_only_who_takes_part_raises_it_with_another_who_does() -> None:
    """Given somebody who has no part in the case, or a side that has none, or no matter, it is not recorded."""
    with pytest.raises(NotAllowed):
        raised(STRANGER)
    for other in ("health", CENTRE, ""):
        with pytest.raises(Invalid) as refused:
            raised(other=other)
        assert set(refused.value.fields) == {"other"}
    with pytest.raises(Invalid) as refused:
        raised(matter=" ")
    assert set(refused.value.fields) == {"matter"}
