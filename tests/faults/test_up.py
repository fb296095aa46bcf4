"""`onewindow up` and `down`: the whole deployment on one machine, without containers (`make up`)."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from services.chassis.timekeeping import system_now
from services.chassis.web.assets import REPOSITORY
from services.console.local.process import free_port
from tests.faults.clients import Clients
from tests.real_parts import JARS
from tests.world import Caller

pytestmark = [pytest.mark.connected, pytest.mark.slow]


@pytest.fixture(name="folder")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="onewindow-up-") as name:
        folder = Path(name)
        # The database server runs as a user of its own.
        folder.chmod(0o755)
        (folder / "kafka").symlink_to(JARS)
        yield folder
        console(folder, "down")


def console(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the console, with its data in a folder."""
    command = [sys.executable, "-m", "services.console.cli", *arguments, "--var", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "PYTHONPATH": str(REPOSITORY)})  # noqa: S603


def started(folder: Path) -> list[int]:
    """Give the ids of the processes that `up` noted."""
    return [one["pid"] for one in msgspec.json.decode((folder / "up" / "processes.json").read_bytes())]


def runs(process: int) -> bool:
    """Say whether a process runs."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def test_up_and_down(folder: Path) -> None:
    """Given a fresh folder, `up` serves the product at one address and a second one refuses; `down` leaves no process; the next `up` has the data."""
    caller = Caller(system_now, f"http://127.0.0.1:{(port := free_port())}")
    up = ("up", "--port", str(port))
    done = console(folder, *up)
    assert (done.returncode, caller.address in done.stdout) == (0, True), done.stdout + done.stderr
    processes = started(folder)
    assert all(runs(one) for one in processes)
    application = Clients(caller).apply("up")
    again = console(folder, *up)
    assert (again.returncode, "已经启动" in again.stderr) == (1, True)
    assert started(folder) == processes
    assert console(folder, "down").returncode == 0
    assert not any(runs(one) for one in processes)
    assert "没有启动过" in console(folder, "down").stdout
    assert console(folder, *up).returncode == 0
    assert not set(started(folder)) & set(processes)
    assert caller.do("zhangsan", "GET", f"/intake/api/applications/{application}")["state"] == "RECEIVED"
