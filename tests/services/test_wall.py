"""A thousand viewers of the wall cost the database one read a second, and what it counts is what the figures of the day have."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.chassis.clock.calendars import load_calendars
from services.chassis.timekeeping import VirtualTime
from services.supervision import views
from services.supervision.application import Supervision
from services.supervision.reports.figures import figures_of
from services.supervision.views.cases import IN_HAND
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


def test_the_wall_counts_what_its_day_brought_and_what_is_in_hand(supervision: Supervision) -> None:
    """Given cases of every state and light, of this day and the one before, flow and lights are those that the figures of the day have."""
    days, states = (TODAY - timedelta(days=1), TODAY), ("RECEIVED", "CORRECTION", "OPEN", "DECIDED", "NOT_ACCEPTED", "WITHDRAWN")
    known: list[dict[str, Any]] = [
        {"received_on": received, "state": state, "due": due, "light": light, "department": department, "window": "w1" if light else None}
        | {"accepted_on": on if state in {"OPEN", "DECIDED"} else None, "decided_on": on if state == "DECIDED" else None}
        for received, on, state, due, light, department in product((None, *days), days, states, (None, *days), (False, True), ("health", "housing"))
    ]
    with supervision.database.engine.begin() as connection:
        connection.execute(supervision.database.table("cases").insert(), [{"id": UUID(int=number), **one} for number, one in enumerate(known)])
    shown = Wall(supervision, str).shown(TODAY)
    in_hand = [one for one in known if one["state"] in IN_HAND]
    red = sum(one["due"] is not None and one["due"] < TODAY for one in in_hand)
    yellow = sum(one["light"] and not (one["due"] is not None and one["due"] < TODAY) for one in in_hand)
    day = figures_of(supervision.database, TODAY, TODAY, "department")
    flow = {name: sum(getattr(one, name) for one in day) for name in ("received", "accepted", "finished")}
    lights = {"RED": red, "YELLOW": yellow, "GREEN": len(in_hand) - red - yellow}
    waiting = sum(one["state"] != "OPEN" for one in in_hand)
    assert shown["totals"] == {**flow, **lights, "waiting": waiting, "in_hand": len(in_hand)}
    assert views.cases.lights(supervision.database, TODAY) == lights
    assert [one["department"] for one in shown["departments"]] == ["health", "housing"]
    assert [(one["name"], one["in_hand"]) for one in shown["windows"]] == [("w1", sum(one["light"] for one in in_hand))]
