"""The simulated month is played through the HTTP API, and the same seed gives the same month."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.chassis.calendars import load_calendars
from services.chassis.letters import Letters
from services.chassis.rebuild import rebuild
from services.console.demo.client import Client
from services.console.demo.command import altering
from services.console.demo.month import Month
from services.console.virtual_clock import add_clock
from services.supervision.rules import RULES, Detection
from tests.world import PASSWORD, World, at, world_at


def played(folder: Path, seed: int) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Play a short month and give supervision's cases and what was counted."""
    with world_at(folder, at("2026-03-02 08:30")) as world:
        add_clock(world.window, world.now)
        client = Client(world.address, PASSWORD, frozenset({"kiosk1"}))
        month = Month(client, load_calendars().newest, seed, date(2026, 3, 2), 12, 14)
        moments: list[Any] = []
        month.play(moments.append)
        client.close()
        assert moments == sorted(moments), "the progress bar only goes forward"
        assert all(not Letters(service).waiting() for service in world.window.services.values())
        return world.rows("supervision", "cases"), dict(month.counts)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_month(tmp_path: Path) -> None:
    """Given one seed, two plays end with the same cases; another seed ends with others."""
    first, counts = played(tmp_path / "a", 7)
    again, _ = played(tmp_path / "b", 7)
    other, _ = played(tmp_path / "c", 8)
    assert counts["received"] == len(first) == 14
    assert {row["channel"] for row in first} == {"ONLINE", "WINDOW", "KIOSK"}

    def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        # Ids of what was handed in by key are the same too; officers and numbers follow from the calls.
        return [tuple(row[name] for name in ("id", "number", "item", "state", "outcome", "due", "decided_on", "late")) for row in rows]

    assert told(first) == told(again)
    assert told(first) != told(other)


@pytest.mark.slow
def test_the_month_shows_every_rule(tmp_path: Path) -> None:
    """Given a whole month, each rule that fires by itself, and that our own services do not prevent, has fired at least once; some cards were answered."""
    with world_at(tmp_path, at("2026-03-02 08:30")) as world:
        add_clock(world.window, world.now)
        client = Client(world.address, PASSWORD, frozenset({"kiosk1"}))
        Month(client, load_calendars().newest, 3, date(2026, 3, 2), 31, 6, altering(world.window, tmp_path)).play(lambda _: None)
        client.close()
        assert all(not Letters(service).waiting() for service in world.window.services.values())
        cards = world.rows("supervision", "warnings")
        answered = {state: sum(card["state"] == state for card in cards) for state in ("RECTIFIED", "EXEMPTED")}
        assert answered["RECTIFIED"] > 3
        assert answered["EXEMPTED"] == 1
        before = {view.name: world.rows("supervision", view.name) for view in world.window.services["supervision"].database.views}
        rebuild(world.window.services["supervision"])
        assert {name: world.rows("supervision", name) for name in before} == before, "a rebuild gives the same"
    automatic = {rule.code for rule in RULES if set(rule.by) & {Detection.CLOCK, Detection.EVENT} and not rule.prevented}
    assert automatic - {card["rule"] for card in cards} == set()


def test_an_instance_on_the_real_clock_has_no_clock_to_set(tmp_path: Path) -> None:
    """Given an ordinary instance, nobody can set its clock; on a virtual one only an administrator can, and only forward."""
    with world_at(tmp_path, at("2026-03-02 09:00")) as world:
        assert world.call("admin", "POST", "/time", json={"moment": "2026-03-03T09:00:00+08:00"}).status_code == 404
        add_clock(world.window, world.now)
        assert _advance(world, "zhangsan", "2026-03-03T09:00:00+08:00") == 403
        assert _advance(world, "admin", "2026-03-03T09:00:00+08:00") == 200
        assert _advance(world, "admin", "2026-03-01T09:00:00+08:00") == 409
        assert world.now() == at("2026-03-03 09:00")


def _advance(world: World, username: str, moment: str) -> int:
    return world.call(username, "POST", "/time", json={"moment": moment}).status_code


@pytest.mark.parametrize("wrong", ["tomorrow", "2026-03-03T09:00:00"])
def test_a_moment_needs_its_offset(tmp_path: Path, wrong: str) -> None:
    """Given a moment without an offset, the clock is not set."""
    with world_at(tmp_path, at("2026-03-02 09:00")) as world:
        add_clock(world.window, world.now)
        assert _advance(world, "admin", wrong) == 422
