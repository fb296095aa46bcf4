"""While the broker is away, work goes on; when it is back, everything is said, also what it lost."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from services.chassis.bus.kafka.topics import SPEAKERS
from tests.faults.district import District
from tests.faults.test_stream import sweepers

pytestmark = [pytest.mark.connected, pytest.mark.slow]
AWAY_SECONDS = float(os.environ.get("FAULT_AWAY_SECONDS", "125"))
"""How long the broker stays away: so long that who stands still all the while would count as hanging; hours by `FAULT_AWAY_SECONDS`."""
LOOKS_EVERY = 5.0


@contextmanager
def down(district: District) -> Iterator[None]:
    """Stop the broker meanwhile: nobody can connect."""
    district.topology.kafka.process.stop()
    yield
    district.topology.kafka.start()


@contextmanager
def silent(district: District) -> Iterator[None]:
    """Freeze the broker meanwhile: everybody can connect, and nobody is answered."""
    with district.topology.kafka.process.frozen():
        yield


@pytest.mark.parametrize("away", [down, silent])
def test_intake_accepts_while_the_broker_is_away(district: District, away: Callable[[District], AbstractContextManager[None]]) -> None:
    """Given a broker that is down, or silent, for minutes, applications come in and are accepted all the while; at its return the others hear of them all.

    Nobody needs to be started again for that, nobody counts as hanging, and supervision's workers go on, one of them sweeping.
    """
    topology, ledger = district.topology, district.clients.ledger
    with district.clients.working(1.0, decides=False):
        district.more(3)
        with away(district):
            until = time.monotonic() + AWAY_SECONDS
            while time.monotonic() < until:
                accepted = len(ledger.accepted)
                time.sleep(LOOKS_EVERY)
                district.more(1)
                district.eventually(lambda accepted=accepted: len(ledger.accepted) > accepted, "applications are accepted")  # type: ignore[misc]
                assert district.hanging(*SPEAKERS, *topology.workers) == {}, "LIVENESS: who waits for the broker does not hang"
        district.eventually(lambda: district.supervised() >= ledger.accepted, "supervision hears what was said meanwhile")
    district.check()
    assert [name for name, process in topology.services.items() if not process.alive()] == []
    district.eventually(lambda: len(sweepers(district)) == 1, "one worker sweeps")


def test_the_broker_is_killed(district: District) -> None:
    """Given a broker that dies in the middle of batches, nothing is lost, doubled or out of order."""
    with district.working():
        district.more()
        district.topology.kafka.process.kill()
        district.topology.kafka.start()
        district.more()
    district.check()


def test_services_that_start_without_the_broker_wait_for_it(district: District) -> None:
    """Given services and workers that start while the broker is down, they hear everything when it is back."""
    names = ("intake", "workflow", "supervision", "notification", "stream1", "stream2")
    with district.working():
        district.more()
        district.topology.kafka.process.stop()
        for name in names:
            district.topology.services[name].kill()
        district.topology.start_services(*names)
        district.more()
        time.sleep(5)
        district.topology.kafka.start()
    district.check()


def test_the_broker_loses_what_it_acknowledged(district: District) -> None:
    """Given a broker that comes back without the messages of a topic while nobody has heard the last of them, they are said again."""
    workers = ("stream1", "stream2", "workflow", "notification", "certificates")
    with district.working():
        district.more()
        for name in workers:
            district.topology.services[name].kill()
        before = district.marked("intake")
        district.more()
        district.eventually(lambda: district.marked("intake") > before, "intake said some of it")
        district.topology.kafka.process.stop()
        for folder in (district.topology.folder / "kafka" / "log").glob("onewindow.intake-*"):
            shutil.rmtree(folder)
        district.topology.kafka.start()
        district.topology.start_services(*workers)
        district.more()
    district.check()
