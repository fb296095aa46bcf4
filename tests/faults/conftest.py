"""One district of real processes for all faults; each test leaves it whole. What is left to chance is drawn from one seed, which is printed."""

import os
import random
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from services.console.local.process import free_port
from services.console.local.topology import Topology
from tests.faults.district import District
from tests.faults.doors import KIOSK
from tests.journeys.department import SYSTEM
from tests.real_parts import JARS

SEED = os.environ.get("FAULT_SEED") or str(random.SystemRandom().randrange(10**9))


@pytest.fixture(name="running", scope="session")
def _running() -> Iterator[District]:
    with tempfile.TemporaryDirectory(prefix="onewindow-district-") as name:
        folder = Path(name)
        # The database server runs as a user of its own.
        folder.chmod(0o755)
        # Programs are killed here, not the machine: what was written to the system outlives that. Small files of the write-ahead log let
        # a limit on the size of files keep everything else from growing. What no commit waits for is written as late as the server allows:
        # whatever relies on it is gone when the server is killed.
        topology = Topology(folder, free_port(), JARS, postgres={"fsync": "off", "wal_megabytes": "1", "wal_writer_delay": "10s"})
        try:
            topology.start()
            district = District(topology)
            yield district
            district.close()
        finally:
            topology.stop()
        assert not [name for name, process in topology.processes().items() if process.crashed()], "asked to stop, each ends in good order"


@pytest.fixture
def district(running: District) -> Iterator[District]:
    """The district, with every process up again afterwards."""
    yield running
    running.topology.mend()


@pytest.fixture(scope="session")
def admitted(running: District, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Given an operator who admits a kiosk and the system of housing, once: the folder with the key and the password of each."""
    folder = tmp_path_factory.mktemp("senders")
    for name in (KIOSK, SYSTEM):
        running.topology.run("sender", name, str(folder / f"{name}.pem"), "--password", str(folder / f"{name}.password"))
    return folder


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """What is left to chance in a test: the same again for the same seed (FAULT_SEED), whichever other tests run."""
    return random.Random(f"{SEED} {request.node.name}")  # noqa: S311 - no secret


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the seed beside every failure."""
    report = yield
    report.sections.append(("seed of the faults", f"FAULT_SEED={SEED}"))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the seed of the run."""
    terminalreporter.write_line(f"faults: FAULT_SEED={SEED}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Restore a backup last of all: what was acknowledged after it is gone."""
    items.sort(key=lambda item: item.path.name == "test_restore.py" and item.path.parent == Path(__file__).parent)
