"""A thousand viewers of the wall cost the database one read a second."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from services.chassis.calendars import load_calendars
from services.chassis.timekeeping import VirtualTime
from services.supervision import views
from services.supervision.application import Supervision
from services.supervision.wall import Wall
from tests.databases import open_database
from tests.services.service_parts import SEALER
from tests.world import at

pytestmark = pytest.mark.usefixtures("on_both")
TODAY = date(2026, 3, 2)


@pytest.fixture(name="supervision")
def _supervision(tmp_path: Path) -> Iterator[Supervision]:
    service = Supervision(open_database(tmp_path, "supervision", views.tables()), load_calendars(), VirtualTime(at("2026-03-02 09:00")), SEALER)
    yield service
    service.close()


def test_a_thousand_viewers_cost_one_read(supervision: Supervision) -> None:
    """Given a thousand who ask within a second, the database is asked once, and all see the same; a second later it is asked again, a day later, too."""
    moment = [100.0]
    wall = Wall(supervision, str, lambda: moment[0])
    with ThreadPoolExecutor(16) as pool:
        shown = list(pool.map(lambda _: wall.shown(TODAY), range(1000)))
    assert wall.reads == 1
    assert all(one == shown[0] for one in shown)
    moment[0] += 1
    wall.shown(TODAY)
    assert wall.reads == 2
    wall.shown(date(2026, 3, 3))
    assert wall.reads == 3, "another day has other figures"
