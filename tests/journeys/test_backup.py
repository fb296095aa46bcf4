"""A backup brings a district back on another machine: databases, keys, files and senders; what came over the bus afterwards is heard again."""

import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.chassis.bus.kafka.topics import SPEAKERS
from services.console.cli import application
from services.kernel.actor import Role
from tests.journeys.department import SYSTEM, way
from tests.journeys.doors import admitted, jws, put
from tests.journeys.test_commands import full_bars
from tests.patience import PATIENCE
from tests.real_parts import RealParts
from tests.world import World, at, world_at


@pytest.fixture(name="settings")
def _settings(request: pytest.FixtureRequest, connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    settings = dict(connection)
    if settings:
        # A dump is one of a whole database, and worlds are schemas of one: this one has databases of its own.
        parts: RealParts = request.getfixturevalue("parts")
        parts.postgres.make(*(f"saved_{name}" for name in SPEAKERS))
        settings["database"] = parts.postgres.url("saved_{service}")
    for name, value in settings.items():
        monkeypatch.setenv(f"ONEWINDOW_{name.upper()}", value)
    return settings


def ran(var: Path, *arguments: str) -> Result:
    """Run a command of the console."""
    return CliRunner().invoke(application(), list(arguments), env={"ONEWINDOW_VAR": str(var)})


def run(var: Path, *arguments: str) -> None:
    """Run a command of the console that must succeed, with a bar that is full at the end."""
    done = ran(var, *arguments)
    assert done.exit_code == 0, done.output
    assert full_bars(done) == [{"backup": "备份中", "restore": "恢复中"}[arguments[0]]]


def reports(world: World) -> int:
    """Give how many reports of the department's case intake has."""
    (case,) = world.rows("intake", "department_cases")
    return int(case["reports"])


def test_a_backup_brings_everything_back_on_another_machine(tmp_path: Path, settings: dict[str, Any]) -> None:
    """Given a report before the backup and one after it, the restored district has the first and its sender; what lay on the bus comes again, once."""
    first, second = tmp_path / "first", tmp_path / "second"
    received, accepted, *_ = way()
    with world_at(first, at("2026-03-02 16:00"), **settings) as world:
        private = admitted(world, SYSTEM, Role.DEPARTMENT)
        put(world, "departments", jws(SYSTEM, private, received))
        run(first, "backup", str(tmp_path / "saved"))
        put(world, "departments", jws(SYSTEM, private, accepted))
        assert reports(world) == 2
    shutil.rmtree(first)
    run(second, "restore", str(tmp_path / "saved"))
    with world_at(second, at("2026-03-02 17:00"), again=True, **settings) as world:
        if settings:
            until = time.monotonic() + PATIENCE
            while reports(world) != 2 and time.monotonic() < until:
                world.settle()
                time.sleep(0.1)
        else:
            assert reports(world) == 1, "what came after the backup is gone where no bus kept it"
            put(world, "departments", jws(SYSTEM, private, accepted))
        world.settle()
        assert reports(world) == 2
        assert [row["state"] for row in world.rows("supervision", "cases") if row["channel"] == "DEPARTMENT"] == ["OPEN"]
        assert world.rows("intake", "dead_letters") == []


def test_a_backup_of_nothing_is_none(tmp_path: Path, settings: dict[str, Any]) -> None:
    """Given a folder that is not this deployment's, `backup` fails, says what it lacks, and promises no backup."""
    done = ran(tmp_path / "another", "backup", str(tmp_path / "saved"))
    lacking = "another/identity.sqlite" if settings else "another/intake.sqlite"
    assert (done.exit_code, lacking in done.stderr, "备份在" in done.output) == (1, True, False), done.output


def test_nothing_is_restored_from_a_folder_that_is_no_backup(tmp_path: Path, settings: dict[str, Any]) -> None:
    """Given data and an empty folder, `restore` says what the folder lacks, and the data stay as they are."""
    with world_at(tmp_path / "first", at("2026-03-02 16:00"), **settings) as world:
        world.applied()
        before = world.rows("intake", "applications")
    (tmp_path / "empty").mkdir()
    done = ran(tmp_path / "first", "restore", str(tmp_path / "empty"))
    assert (done.exit_code, "empty/intake." in done.stderr, "恢复完成" in done.output) == (1, True, False), done.output
    with world_at(tmp_path / "first", at("2026-03-02 17:00"), again=True, **settings) as world:
        assert world.rows("intake", "applications") == before
