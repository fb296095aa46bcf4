"""Viewers of the live page come and go without leaving anything behind."""

import random
import re

import httpx
import pytest

from tests.faults.district import District
from tests.faults.soak import resident
from tests.faults.viewers import Viewers

pytestmark = [pytest.mark.connected, pytest.mark.slow]
AT_ONCE = 8
VISITS = 40
MOST_GROWTH = 1.5
"""Memory is flat in a soak (`make soak`); what stands in a minute is that nothing grows by half."""


def counted(district: District) -> float:
    """Give how many viewers supervision believes to have."""
    text = httpx.get(f"http://127.0.0.1:{district.topology.ports['supervision']}/metrics", timeout=10).text
    found = re.search(r"^onewindow_live_viewers (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def test_viewers_who_come_and_go_leave_nothing_behind(district: District, chance: random.Random) -> None:
    """Given viewers who come and go while work goes on, each is shown something, in the end nobody is counted, and supervision is hardly larger than before."""
    process = district.topology.services["supervision"]
    with district.working(), Viewers(district).watching(AT_ONCE, chance) as viewers:
        district.eventually(lambda: viewers.visits >= VISITS // 4, "the first come and go")
        warm = resident(process.id)
        district.eventually(lambda: viewers.visits >= VISITS, "the others, too")
        assert counted(district) > 0
    assert viewers.messages >= VISITS - AT_ONCE
    district.eventually(lambda: counted(district) == 0, "nobody watches any more")
    assert resident(process.id) < warm * MOST_GROWTH
    district.check()
