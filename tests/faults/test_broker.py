"""While the broker is away, work goes on; when it is back, everything is said, also what it lost."""

import os
import shutil
import time

import pytest

from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]
DOWN_SECONDS = float(os.environ.get("FAULT_DOWN_SECONDS", "5"))
"""How long the broker stays away: some seconds in CI, minutes by `FAULT_DOWN_SECONDS`."""


def test_intake_accepts_while_the_broker_is_down(district: District) -> None:
    """Given a stopped broker, applications are acknowledged as before; after its start the others hear of them."""
    with district.working():
        district.topology.kafka.process.stop()
        district.more(30)
        time.sleep(DOWN_SECONDS)
        district.topology.kafka.start()
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
