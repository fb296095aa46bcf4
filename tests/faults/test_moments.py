"""Each service killed at an exact moment: between commit and publish, after publish before the mark, in the middle of a batch; a lock holds it there."""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from services.chassis.bus.kafka.topics import last_positions
from tests.faults.district import District
from tests.faults.holding import held, silenced, waits
from tests.faults.overdue import overdue
from tests.faults.test_warnings import check_warned

pytestmark = [pytest.mark.connected, pytest.mark.slow]
Act = Callable[[District], list[str]]
"""Gives the overdue cases that were reported."""
_numbers = itertools.count(1)


def apply(district: District) -> list[str]:
    """Apply, once more."""
    district.clients.apply(f"moment-{next(_numbers)}")
    return []


def accept(district: District) -> list[str]:
    """Accept an application of before."""
    ledger = district.clients.ledger
    district.clients.accept(min(ledger.applications - ledger.accepted))
    return []


def decide(district: District) -> list[str]:
    """Decide a case of before."""
    ledger = district.clients.ledger
    district.clients.decide(min(ledger.accepted - ledger.decided))
    return []


def report(district: District) -> list[str]:
    """Report a case that is long overdue."""
    return overdue(district, 1)


SPEAKS: dict[str, Act] = {
    "intake": apply,
    "workflow": accept,
    "certificates": decide,
    "notification": apply,
    "supervision": report,
}
"""What makes each service say something."""
BATCHES: dict[str, tuple[str, Act]] = {
    "intake": ("applications", decide),
    "workflow": ("cases", accept),
    "certificates": ("results", decide),
    "notification": ("messages", apply),
    "supervision": ("cases", report),
}
"""The view that each service writes for what it hears, and what makes it hear something."""
PROCESSES = {"supervision": ("supervision", "stream1", "stream2")}


@pytest.fixture(autouse=True)
def _quiet(district: District) -> None:
    """Given a quiet district with an application that waits for acceptance, and a case that waits for its decision."""
    apply(district)
    waiting = district.clients.accept(district.clients.apply(f"moment-{next(_numbers)}"))
    district.settle()
    assert waiting not in district.clients.ledger.decided


def said(district: District, service: str) -> int:
    """Give the newest position that the broker has of a service."""
    return max(asyncio.run(last_positions(district.topology.kafka.address, f"onewindow.{service}")).values())


def kill(district: District, service: str) -> tuple[str, ...]:
    """Kill the processes of a service, and give their names."""
    names = PROCESSES.get(service, (service,))
    for name in names:
        district.topology.services[name].kill()
    return names


def unsaid(district: District, service: str) -> bool:
    """Say whether nothing is left to do but to say what a service has stored."""
    left = {f"{service} relays"}
    # At a second look, too: the services are looked at one after the other.
    return set(district.distances()) == left and set(district.distances()) == left


@pytest.mark.parametrize("service", SPEAKS)
def test_killed_between_commit_and_publish(district: District, service: str) -> None:
    """Given something that a service has stored and not yet said, it is killed; it says so at its return."""
    with silenced(district, service):
        cases = SPEAKS[service](district)
        district.eventually(lambda: unsaid(district, service), "it is stored and not said")
        names = kill(district, service)
    district.topology.start_services(*names)
    check_warned(district, cases)


def test_killed_while_the_broker_answers_nobody(district: District) -> None:
    """Given a frozen broker, an application is acknowledged and intake killed in the middle of saying so."""
    with district.topology.kafka.process.frozen():
        apply(district)
        assert district.stored("intake") > district.marked("intake")
        kill(district, "intake")
    district.topology.start_services("intake")
    district.check()


@pytest.mark.parametrize("service", SPEAKS)
def test_killed_after_publish_before_the_mark(district: District, service: str) -> None:
    """Given an event that the broker has, and a relay killed before it could note that, it is said twice and heard once."""
    with ExitStack() as stack:
        with silenced(district, service):
            cases = SPEAKS[service](district)
            district.eventually(lambda: unsaid(district, service), "it is stored and not said")
            stack.enter_context(held(district, service, "SELECT 1 FROM tracking WHERE name = 'relay' FOR UPDATE"))
        district.eventually(lambda: waits(district, service), "the relay wants to note what it said")
        assert said(district, service) > district.marked(service)
        names = kill(district, service)
    district.topology.start_services(*names)
    check_warned(district, cases)


@pytest.mark.parametrize("service", BATCHES)
def test_killed_in_the_middle_of_a_batch(district: District, service: str) -> None:
    """Given a batch whose events are inserted and whose views are not yet, whoever hears is killed; the batch is heard as a whole at the return."""
    view, act = BATCHES[service]
    with held(district, service, f"LOCK TABLE {view} IN SHARE ROW EXCLUSIVE MODE"):
        cases = act(district)
        district.eventually(lambda: waits(district, service), "a batch is under way")
        names = kill(district, service)
    district.topology.start_services(*names)
    check_warned(district, cases)
