"""Whoever is killed while telling a department what concerns it, the department's own program hears everything once, in order (EXC-01)."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from services.chassis.bus.kafka.topics import last_positions
from services.chassis.web.assets import REPOSITORY
from services.console.local.process import Process
from tests.faults.district import District
from tests.faults.holding import held, waits
from tests.faults.overdue import overdue
from tests.faults.test_moments import kill
from tests.journeys.department import SYSTEM

pytestmark = [pytest.mark.connected, pytest.mark.slow]
SERVICES = ("intake", "workflow", "supervision", "certificates")
LISTENER = REPOSITORY / "deploy" / "examples" / "department_listener.py"
MARK = "SELECT position FROM tracking WHERE name = 'for-housing'"


@pytest.fixture(name="listener")
def _listener(district: District, tmp_path: Path) -> Iterator[Process]:
    """Given an operator who admits the system of housing, the example of docs/integration.md hears with its password from outside."""
    files = [str(tmp_path / name) for name in ("key.pem", "password")]
    district.topology.run("sender", SYSTEM, files[0], "--password", files[1])
    arguments = [district.topology.kafka.outside, SYSTEM, files[1], "housing"]
    process = Process("listener", [sys.executable, str(LISTENER), *arguments], tmp_path / "heard")
    process.begin()
    yield process
    process.stop()


def told(district: District) -> int:
    """Give the newest position that the broker has of what intake told housing."""
    return asyncio.run(last_positions(district.topology.kafka.address, "onewindow.for-housing", (0,)))[0]


def heard(listener: Process) -> dict[str, list[str]]:
    """Give the ids that the department's program printed, by service."""
    return by_service(line.split()[0] for line in listener.log.read_text().splitlines() if line.startswith(tuple(f"{name}-" for name in SERVICES)))


def by_service(ids: Iterable[str]) -> dict[str, list[str]]:
    """Put ids together by the service that gave them."""
    found: dict[str, list[str]] = {name: [] for name in SERVICES}
    for one in ids:
        found[one.rpartition("-")[0]].append(one)
    return found


def fed(district: District) -> dict[str, list[str]]:
    """Give the ids of all that the feeds give to housing."""

    def ids() -> Iterator[str]:
        for service in SERVICES:
            address, before = f"/{service}/api/feed", ""
            while address != before:
                answer = district.call(SYSTEM, "GET", address)
                assert answer.is_success, answer.text
                yield from (one["id"] for one in answer.json())
                before, address = address, answer.links["next"]["url"]

    return by_service(ids())


def test_killed_after_telling_a_department_before_the_mark(district: District, listener: Process) -> None:
    """Given what the broker has for a department, and intake could not note before it was killed, it is said again; who drops what she knows hears it once."""
    overdue(district, 1)
    district.settle()
    district.eventually(lambda: heard(listener) == fed(district), "the department hears what its feeds give")
    assert heard(listener)["supervision"], "lights and cards, too"
    with held(district, "intake", f"{MARK} FOR UPDATE"):
        overdue(district, 1)
        district.eventually(lambda: waits(district, "intake"), "intake wants to note what it told")
        district.eventually(lambda: told(district) > district.number("intake", MARK), "the broker has it")
        names = kill(district, "intake")
    district.topology.start_services(*names)
    district.settle()
    district.eventually(lambda: heard(listener) == fed(district), "the department hears everything, once, in order")
    district.check()
