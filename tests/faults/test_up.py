"""`onewindow up` and `down`: the whole deployment on one machine, without containers (`make up`)."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from services.chassis.bus.kafka.outside import MECHANISM
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


def operated(folder: Path, *arguments: str) -> str:
    """Run a command on what `up` started, as an operator does, and give what it says; it must succeed."""
    done = subprocess.run([folder / "up" / "onewindow", *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def come_in(address: str, name: str, password: str) -> None:
    """Come in from outside with a password; the bus must let one."""
    sasl = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": MECHANISM, "sasl_plain_username": name, "sasl_plain_password": password}
    producer = AIOKafkaProducer(bootstrap_servers=address, **sasl)
    await producer.start()
    await producer.stop()


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
    """Given a fresh folder, `up` serves the product at one address and a second one refuses; `down` leaves no process; the next `up` has the data.

    In between it is operated as docs/operations.md says: a department's system is let in from outside, and a backup is restored while the services stop.
    """
    caller = Caller(system_now, f"http://127.0.0.1:{(port := free_port())}")
    up = ("up", "--port", str(port))
    done = console(folder, *up)
    assert (done.returncode, caller.address in done.stdout) == (0, True), done.stdout + done.stderr
    processes = started(folder)
    assert all(runs(one) for one in processes)
    clients = Clients(caller)
    kept = clients.apply("kept")
    assert "备份在 saved" in operated(folder, "backup", "saved")
    lost = clients.apply("lost")
    assert "已准许 housing-system" in operated(folder, "sender", "housing-system", "housing.pem", "--password", "housing.password")
    asyncio.run(come_in(done.stdout.split()[-1], "housing-system", (folder / "housing.password").read_text()))
    assert console(folder, "down", "--services").returncode == 0
    assert "恢复完成" in operated(folder, "restore", "saved")
    again = console(folder, *up)
    assert (again.returncode, "已经启动" in again.stderr) == (1, True), "Kafka and PostgreSQL still run"
    assert started(folder) == processes
    assert console(folder, "down").returncode == 0
    assert not any(runs(one) for one in processes)
    assert "没有启动过" in console(folder, "down").stdout
    assert console(folder, *up).returncode == 0
    assert not set(started(folder)) & set(processes)
    assert caller.do("zhangsan", "GET", f"/intake/api/applications/{kept}")["state"] == "RECEIVED"
    assert caller.call("zhangsan", "GET", f"/intake/api/applications/{lost}").status_code == httpx.codes.NOT_FOUND
