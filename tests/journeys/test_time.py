"""Time does harm in no way: down across a deadline the true due time is kept, and machines whose clocks are apart agree in the end."""

from datetime import timedelta

import pytest

from services.chassis.bus.inbox import Inbox
from services.chassis.bus.relay import to_bytes
from tests.world import World, at, world_at


def test_down_across_a_deadline_the_true_due_time_is_kept(world: World) -> None:
    """Given supervision that hears nothing and looks at nothing while a limit passes, at its return the card stands as of the true instant (CLK-05)."""
    case = world.accepted()
    world.now.advance_to(at("2026-03-25 15:00"))
    world.settle()
    (red,) = [row for row in world.rows("supervision", "warnings") if row["rule"] == "SUP-R01" and row["clock"] == "promised"]
    due = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["clocks"]["promised"]["due"]
    assert (str(red["due"]), red["raised"]) == (due, at(due) + timedelta(days=1))
    (light,) = [row for row in world.rows("supervision", "warnings") if row["rule"] == "SUP-L01"]
    assert light["raised"] < red["raised"]


def test_deemed_acceptance_comes_late_and_counts_from_the_day_of_receipt(world: World) -> None:
    """Given intake that was down when nobody answered in time, the application counts as accepted as of its receipt (COR-02)."""
    application = world.applied()["id"]
    world.now.advance_to(at("2026-04-01 10:00"))
    world.settle()
    row = next(row for row in world.rows("supervision", "cases") if str(row["id"]) == application)
    assert (row["deemed"], str(row["accepted_on"])) == (True, "2026-03-02")


def test_machines_whose_clocks_are_a_day_apart_agree_in_the_end(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Given a supervision whose machine is a day behind the others, it hears of tomorrow without harm, and a day later says what all others say."""
    ahead = world
    case = ahead.accepted()
    ahead.decided(case)
    with world_at(tmp_path_factory.mktemp("behind"), at("2026-03-01 09:00")) as behind:
        inbox = Inbox(behind.window.services["supervision"], behind.now)
        for name in ("intake", "workflow", "certificates"):
            service = ahead.window.services[name]
            bodies = [body for one in service.recorder.select_notifications(None, 10_000) if (body := to_bytes(service, one)) is not None]
            inbox.deliver(bodies)
        behind.advance("2026-03-03 09:00")
        ahead.advance("2026-03-03 09:00")
        told = [next(row for row in one.rows("supervision", "cases") if str(row["id"]) == case) for one in (ahead, behind)]
        assert told[0] == told[1]
