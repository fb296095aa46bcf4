"""While the broker is away, work goes on; when it is back, everything is said, also what it lost."""

import os
import shutil
import time

import pytest

from services.chassis.bus.kafka.topics import SPEAKERS
from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]
DOWN_SECONDS = float(os.environ.get("FAULT_DOWN_SECONDS", "125"))
"""How long the broker stays away: so long that who stands still all the while would count as hanging; hours by `FAULT_DOWN_SECONDS`."""
LOOKS_EVERY = 5.0


def test_intake_accepts_while_the_broker_is_down(district: District) -> None:
    """Given a broker that is down for minutes, applications come in and are accepted all the while; at its return the others hear of them all.

    Nobody needs to be started again for that, and nobody counts as hanging.
    """
    topology, ledger = district.topology, district.clients.ledger
    with district.clients.working(1.0, decides=False):
        district.more(3)
        topology.kafka.process.stop()
        until = time.monotonic() + DOWN_SECONDS
        while time.monotonic() < until:
            accepted = len(ledger.accepted)
            time.sleep(LOOKS_EVERY)
            district.more(1)
            district.eventually(lambda accepted=accepted: len(ledger.accepted) > accepted, "applications are accepted")  # type: ignore[misc]
        assert district.hanging(*SPEAKERS, *topology.workers) == {}, "LIVENESS: who waits for the broker does not hang"
        topology.kafka.start()
        district.eventually(lambda: district.supervised() >= ledger.accepted, "supervision hears what was said meanwhile")
    district.check()


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
