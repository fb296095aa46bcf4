"""A department's own programs write and hear from outside; whoever is killed meanwhile, they hear everything once, in order (EXC-01)."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from services.chassis.bus.kafka.topics import last_positions
from services.chassis.web.assets import REPOSITORY
from services.console.local.process import Process
from services.intake.domain.department_case import department_case_id
from tests.faults.district import District
from tests.faults.doors import letters, put_aside
from tests.faults.holding import held, waits
from tests.faults.overdue import overdue
from tests.faults.test_moments import kill
from tests.journeys.department import SYSTEM
from tests.patience import PATIENCE

pytestmark = [pytest.mark.connected, pytest.mark.slow]
SERVICES = ("intake", "workflow", "supervision", "certificates")
EXAMPLES = REPOSITORY / "deploy" / "examples"
MARK = "SELECT position FROM tracking WHERE name = 'for-housing'"


@pytest.fixture(name="files", scope="module")
def _files(admitted: Path) -> tuple[str, str]:
    """Give the key and the password of the system of housing."""
    return str(admitted / f"{SYSTEM}.pem"), str(admitted / f"{SYSTEM}.password")


@pytest.fixture(name="listener", scope="module")
def _listener(running: District, files: tuple[str, str]) -> Iterator[Process]:
    """Given its password, the example of docs/integration.md hears from outside."""
    _, password = files
    command = [sys.executable, str(EXAMPLES / "department_listener.py"), running.topology.kafka.outside, SYSTEM, password, "housing"]
    process = Process("listener", command, Path(password).parent / "heard")
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


def sent(district: District, files: tuple[str, str], *lines: str) -> list[str]:
    """Let the example of docs/integration.md send lines from outside, and give the ids that the bus has for good."""
    command = [sys.executable, str(EXAMPLES / "department_sender.py"), district.topology.kafka.outside, SYSTEM, *files]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def answers(listener: Process, report: str) -> list[str]:
    """Give what the department's program was told of a report."""
    lines = [line.split() for line in listener.log.read_text().splitlines()]
    return [line[1].split(".")[-2] for line in lines if line[-1] == report]


def test_a_department_writes_from_outside_and_hears_what_came_of_it(district: District, files: tuple[str, str], listener: Process) -> None:
    """Given the event of docs/integration.md and one without an offset, each signed and sent twice, the department hears of each once: taken, and refused."""
    page = (REPOSITORY / "docs" / "integration.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^{.*application-received.*}$", page, re.MULTILINE)
    good, wrong = "2026-0001/application-received", "2026-0001/application-accepted"
    malformed = line.replace("application-received", "application-accepted").replace("+08:00", "")
    assert sent(district, files, line, malformed, line, malformed) == [good, wrong] * 2
    case, ledger = str(department_case_id("housing", "2026-0001")), district.clients.ledger
    ledger.reported(case, json.loads(line))
    ledger.refused[case].add(wrong)
    district.eventually(lambda: bool(answers(listener, good) and answers(listener, wrong)), "the department hears what came of both")
    district.settle()
    district.eventually(lambda: heard(listener) == fed(district), "the department hears everything, once, in order")
    assert (answers(listener, good), answers(listener, wrong)) == (["step-reported"], ["report-refused"])
    assert letters(district) == {"departments": 1}
    put_aside(district)
    district.check()


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
