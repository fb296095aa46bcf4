"""The simulated month is played through the HTTP API, and the same seed gives the same month."""

import socket
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.chassis.bus.letters import Letters
from services.chassis.clock.calendars import load_calendars
from services.chassis.rebuild import rebuild
from services.console.cli import application
from services.console.demo.client import Client
from services.console.demo.command import altering
from services.console.demo.month import Month
from services.console.virtual_clock import add_clock
from services.intake.domain.item import ItemKind
from services.supervision.domain.follow_up import LOW
from services.supervision.rules import RULES, Detection
from tests.world import PASSWORD, World, at, world_at

MACHINES = frozenset({"kiosk1", "housing-system"})
EMPTY = {("supervision", "recomputed")}
"""What no simulated month shows: a version of the calendar is published once a year."""
DONE = {"complaints": "answered", "disagreements": "settled", "spot_cases": "found"}
"""Lists of what waits until this is set."""


def played(folder: Path, seed: int, **connection: Any) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Play a short month and give supervision's cases and what was counted."""
    with world_at(folder, at("2026-03-02 08:30"), again=False, **connection) as world:
        add_clock(world.window, world.now)
        client = Client(world.address, PASSWORD, MACHINES)
        month = Month(client, load_calendars().newest, seed, date(2026, 3, 2), 12, 14)
        moments: list[Any] = []
        month.play(moments.append)
        client.close()
        assert moments == sorted(moments), "the progress bar only goes forward"
        assert all(not Letters(service).waiting() for service in world.window.services.values())
        return world.rows("supervision", "cases"), dict(month.counts)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_month(tmp_path: Path, connection: dict[str, str]) -> None:
    """Given one seed, two plays end with the same cases, wherever they are kept; another seed ends with others."""
    first, counts = played(tmp_path / "a", 7)
    again, _ = played(tmp_path / "b", 7, **connection)
    other, _ = played(tmp_path / "c", 8)
    assert counts["received"] == len(first) == 14
    assert {row["channel"] for row in first} == {"ONLINE", "WINDOW", "KIOSK"}

    def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        # Ids of what was handed in by key are the same too; officers and numbers follow from the calls.
        return [tuple(row[name] for name in ("id", "number", "item", "state", "outcome", "due", "decided_on", "late")) for row in rows]

    assert told(first) == told(again)
    assert told(first) != told(other)


@pytest.mark.slow
def test_the_month_shows_every_rule(tmp_path: Path, connection: dict[str, str]) -> None:
    """Given a whole month, each rule that fires by itself has fired, some cards were answered, all kinds and channels occur, and each list has a row."""
    with world_at(tmp_path, at("2026-03-02 08:30"), again=False, **connection) as world:
        add_clock(world.window, world.now)
        client = Client(world.address, PASSWORD, MACHINES)
        Month(client, load_calendars().newest, 3, date(2026, 3, 2), 31, 6, altering(world.window, tmp_path)).play(lambda _: None)
        client.close()
        assert all(not Letters(service).waiting() for service in world.window.services.values())
        cards = world.rows("supervision", "warnings")
        answered = {state: sum(card["state"] == state for card in cards) for state in ("RECTIFIED", "EXEMPTED")}
        assert answered["RECTIFIED"] > 3
        assert answered["EXEMPTED"] == 1
        views = {(name, view.name) for name, service in world.window.services.items() for view in service.database.views if view.name != "timers"}
        assert {view for view in views if not world.rows(*view)} == EMPTY
        cases = world.rows("supervision", "cases")
        assert {case["channel"] for case in cases} == {"ONLINE", "WINDOW", "KIOSK", "DEPARTMENT"}
        kinds = {row["code"]: row["kind"] for row in world.rows("intake", "items")}
        assert {kinds[case["item"]] for case in cases} == {kind.value for kind in ItemKind}
        waiting = {(name, row[done] is None) for name, done in DONE.items() for row in world.rows("supervision", name)}
        assert waiting == {(name, is_waiting) for name in DONE for is_waiting in (True, False)}, "something waits, and something is done with"
        low = [review for review in world.rows("supervision", "reviews") if review["level"] <= LOW]
        assert 0 < len([one for one in world.rows("supervision", "follow_ups") if one["closed"]]) < len(low)
        assert 0 < len(world.rows("supervision", "conclusions")) < len(world.rows("supervision", "to_verify"))
        before = {view.name: world.rows("supervision", view.name) for view in world.window.services["supervision"].database.views}
        rebuild(world.window.services["supervision"])
        assert {name: world.rows("supervision", name) for name in before} == before, "a rebuild gives the same"
    automatic = {rule.code for rule in RULES if set(rule.by) & {Detection.CLOCK, Detection.EVENT}}
    assert automatic <= {card["rule"] for card in cards}


def demo(*options: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(application(), ["demo", "--applications", "5", "--days", "3", *options])


def test_the_command_plays_in_a_running_instance(tmp_path: Path, connection: dict[str, str]) -> None:
    """Given an instance on a virtual clock at noon, its month begins on the next day and is worked off; an earlier first day is refused."""
    with world_at(tmp_path, at("2026-03-02 12:00"), again=False, **connection) as world:
        add_clock(world.window, world.now)
        refused = demo("--url", world.address, "--first", "2026-03-02")
        assert (refused.exit_code, "首日（--first）不能早于 2026-03-03" in refused.output) == (1, True), refused.output
        assert world.rows("supervision", "cases") == []
        done = demo("--url", world.address)
        assert done.exit_code == 0, done.output
        assert "received 5" in done.output
        cases = world.rows("supervision", "cases")
        assert len(cases) == 5
        assert {str(case["received_on"]) for case in cases} <= {"2026-03-03", "2026-03-04", "2026-03-05"}
        assert len({row["received"] for row in world.rows("intake", "applications")}) == 5, "each at its own moment"
        assert any(case["accepted_on"] for case in cases), "they were handled"
        assert world.now() > at("2026-03-05 23:00")


def test_the_command_plays_in_a_district_of_its_own_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no instance, the command serves one on fresh data; on used data, on a port that is taken, or without a virtual clock it says why not."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("ONEWINDOW_PORT", port)
        taken_by_another = demo("--var", str(tmp_path / "own"))
        assert (taken_by_another.exit_code, f"端口 {port} 已经被其他程序占用" in taken_by_another.output) == (1, True), taken_by_another.output
    done = demo("--var", str(tmp_path / "own"), "--first", "2026-03-02")
    assert (done.exit_code, "received 5" in done.output) == (0, True), done.output
    again = demo("--var", str(tmp_path / "own"), "--first", "2026-03-02")
    assert (again.exit_code, "里已有办件" in again.output) == (1, True), again.output
    with world_at(tmp_path / "other", at("2026-03-02 09:00")) as world:
        refused = demo("--url", world.address)
        assert (refused.exit_code, "没有使用虚拟时钟的实例" in refused.output) == (1, True), refused.output
        busy = demo("--var", str(tmp_path / "third"), "--port", world.address.rpartition(":")[2])
        assert (busy.exit_code, "已有实例在运行" in busy.output) == (1, True), busy.output


def test_an_instance_on_the_real_clock_has_no_clock_to_set(tmp_path: Path, connection: dict[str, str]) -> None:
    """Given an ordinary instance, nobody can set its clock; on a virtual one only an administrator can, and only forward."""
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
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
