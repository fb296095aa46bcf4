"""A killed process loses nothing that was acknowledged, and nothing happens twice (safety); what waits is done soon after (liveness)."""

import random
import time
from contextlib import ExitStack
from math import inf

import pytest

from services.console.local.process import Process
from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]
LANES_MOVE_WITHIN = 15.0
"""Seconds from the moment at which a worker dies or hangs until the other has heard what was said in its lanes."""
TRIES = 3
"""A machine that stands still for a while makes everything late once, but not each time."""


def test_a_case_walks_through_all_processes(district: District) -> None:
    """Given every service in a process of its own, an application becomes a case, is signed and decided, and its certificate is made."""
    clients = district.clients
    case = clients.accept(clients.apply("walks"))
    district.eventually(lambda: any(str(row["id"]) == case for row in district.rows("workflow", "cases")), "workflow opens the case")
    clients.decide(case)
    district.check()
    assert [row["granted"] for row in district.rows("certificates", "results") if str(row["case_id"]) == case] == [True]


def test_services_killed_while_they_work(district: District, chance: random.Random) -> None:
    """Given cases under way everywhere, a SIGKILL of every service in turn, each at a random moment, and its restart lose and double nothing."""
    names = ["identity", "intake", "workflow", "stream1", "notification", "certificates", "supervision"]
    chance.shuffle(names)
    with district.working():
        for name in names:
            district.more(5, 1)
            time.sleep(chance.uniform(0, 1))
            district.topology.services[name].kill()
            time.sleep(chance.uniform(0, 2))
            district.sign_out()
            district.topology.start_services(name)
        district.more(5, 2)
    district.check()


@pytest.mark.parametrize("end", ["kill", "freeze"])
def test_the_lanes_of_a_worker_move_to_the_other(district: District, end: str, chance: random.Random) -> None:
    """Given a worker of supervision that is killed, or frozen with its connections open, the other has heard its lanes in under 15 seconds.

    Back, or thawed, it does no harm.
    """
    worker = district.topology.services[chance.choice(("stream1", "stream2"))]
    took: list[float] = []
    with district.working():
        while len(took) < TRIES and min(took, default=inf) >= LANES_MOVE_WITHIN:
            district.more(5)
            took.append(_seconds_to_move(district, worker, end))
            district.topology.mend()
            district.more()
    district.check()
    assert min(took) < LANES_MOVE_WITHIN, took


def _seconds_to_move(district: District, worker: Process, end: str) -> float:
    gone = time.monotonic()
    with ExitStack() as stack:
        if end == "freeze":
            stack.enter_context(worker.frozen())
        else:
            worker.kill()
        district.more(5)
        known = set(district.clients.ledger.applications)
        district.eventually(lambda: district.supervised() >= known, "the other worker hears all lanes")
        return time.monotonic() - gone


def test_workers_that_come_and_go(district: District, chance: random.Random) -> None:
    """Given workers of supervision that are killed and started again every few seconds, what is heard is heard once."""
    with district.working():
        for _ in range(3):
            name = chance.choice(("stream1", "stream2"))
            district.topology.services[name].kill()
            time.sleep(chance.uniform(0, 3))
            district.topology.start_services(name)
            time.sleep(chance.uniform(0, 3))
    district.check()


def test_two_relays_do_no_harm(district: District) -> None:
    """Given two processes of intake, the second relays while the first is frozen; thawed in the middle of its work, that one takes over in turn."""
    second = district.topology.another("intake")
    first = district.topology.services["intake"]
    try:
        with district.working():
            district.more(5)
            leader = _leader(district)
            with first.frozen():
                district.eventually(lambda: _leader(district) not in {0, leader}, "the second leads")
                before = district.stored("intake")
                district.beside(second).apply("through-the-second")
                district.eventually(lambda: district.marked("intake") > before, "the second relays")
            district.more(5)
            second.kill()
            district.more(5)
    finally:
        second.kill()
    district.check()


def _leader(district: District) -> int:
    """Give the database's process for whoever may relay intake's events, nought where nobody does."""
    query = "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE datname = current_database() AND locktype = 'advisory' AND granted"
    return district.number("intake", query)
