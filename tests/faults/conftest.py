"""One district of real processes for all faults; each test leaves it whole."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.console.local.process import free_port
from services.console.local.topology import Topology
from tests.faults.district import District
from tests.real_parts import JARS


@pytest.fixture(name="running", scope="session")
def _running() -> Iterator[District]:
    with tempfile.TemporaryDirectory(prefix="onewindow-district-") as name:
        folder = Path(name)
        # The database server runs as a user of its own.
        folder.chmod(0o755)
        # Programs are killed here, not the machine: what was written to the system outlives that.
        topology = Topology(folder, free_port(), JARS, postgres={"fsync": "off"})
        try:
            topology.start()
            district = District(topology)
            yield district
            district.close()
        finally:
            topology.stop()


@pytest.fixture
def district(running: District) -> Iterator[District]:
    """The district, with every process up again afterwards."""
    yield running
    running.topology.mend()
