"""Whatever happens to those who tell it, a department is told everything, each service's part in its order (EXC-01)."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from typer.testing import CliRunner

from contracts import envelope as wire
from contracts.envelope import TELLERS
from services.chassis.bus.concerning import DepartmentRelay
from services.chassis.bus.kafka.loop import Loop
from services.chassis.bus.kafka.sender import Sender
from services.chassis.bus.kafka.topics import make_topics
from services.chassis.bus.relay import Message
from tests.journeys.department import way
from tests.journeys.hearing import AFTERWARDS, HOUSING, MARKET, Departments, held, system_of
from tests.patience import PATIENCE
from tests.real_parts import RealParts
from tests.world import World

pytestmark = pytest.mark.connected


class Killed(Exception):  # noqa: N818 - said of the process
    """The process is no more."""


class Teller:
    """What tells a department what a service says, beside that of the world: as in another process."""

    def __init__(self, departments: Departments, loop: Loop, service: str, department: str) -> None:
        self.lane = TELLERS.index(service)
        self.sender = Sender(loop, departments.address, departments.topic(department), (self.lane,))
        self.relay = DepartmentRelay(departments.world.window.services[service], self, department, self.lane)
        self.said: list[int] = []
        """The positions of what it said."""
        self.barrier: Barrier | None = None
        self.dies = False

    def send(self, batch: Sequence[Message]) -> int | None:
        """Send it; with a barrier not before the other does, and where it dies it never comes to note that."""
        if self.barrier is not None:
            self.barrier.wait(PATIENCE)
        lost = self.sender.send(batch)
        self.said += [message.position for message in batch]
        if self.dies:
            raise Killed
        return lost

    def kept(self) -> Mapping[int, int]:
        """Say what the broker has."""
        return self.sender.kept()


Beside = Callable[[str, str], Teller]
"""Gives what tells a department what a service says."""


@pytest.fixture(name="connection")
def _connection(connected: dict[str, str]) -> dict[str, str]:
    return connected


@pytest.fixture(name="departments")
def _departments(world: World, run: CliRunner, tmp_path: Path, parts: RealParts, connection: dict[str, str]) -> Departments:
    return Departments(world, run, tmp_path, parts, connection["topics"])


@pytest.fixture(name="beside")
def _beside(departments: Departments) -> Iterator[Beside]:
    loop, begun = Loop(), list[Teller]()

    def begin(service: str, department: str) -> Teller:
        begun.append(Teller(departments, loop, service, department))
        return begun[-1]

    yield begin
    for one in begun:
        one.sender.close()
    loop.close()


def test_nobody_is_told_more_than_was_said_to_all(departments: Departments, beside: Beside) -> None:
    """Given what a service has stored and its relay not yet said, the department is not told: a restore may give such positions again."""
    departments.admit(HOUSING)
    departments.world.advance(AFTERWARDS)
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    departments.world.do(system_of(HOUSING), "POST", "/intake/api/reports", json=way(), headers=headers)
    teller = beside("intake", HOUSING)
    while teller.relay.step():
        pass
    assert teller.said == []
    departments.world.settle()
    assert len(departments.heard(HOUSING)["intake"]) == len(way())


def test_two_at_once_do_no_harm(departments: Departments, beside: Beside) -> None:
    """Given two processes that both tell a department, as nobody should let them, nothing is missed or out of order."""
    departments.two_cases()
    departments.admit(MARKET)
    both = [beside("intake", MARKET) for _ in range(2)]
    barrier = Barrier(2)
    for one in both:
        one.barrier = barrier
    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(lambda one: one.relay.step(), both))
    assert both[0].said == both[1].said != [], "both said everything"
    departments.world.settle()
    bodies = departments.heard(MARKET)["intake"]
    assert len(bodies) == 2 * len(both[0].said), "in truth it stands there twice"
    assert held(bodies) == departments.fed(MARKET)["intake"]


def test_killed_after_telling_before_the_mark(departments: Departments, beside: Beside) -> None:
    """Given a process that dies when the broker has what it said and nobody noted that, its successor says it again, in order, and goes on."""
    world = departments.world
    world.decided(world.accepted())
    departments.admit(MARKET)
    killed = beside("workflow", MARKET)
    killed.dies = True
    with pytest.raises(Killed):
        killed.relay.step()
    assert world.window.services["workflow"].recorder.max_tracking_id(f"for-{MARKET}") is None
    world.decided(world.accepted())
    bodies = departments.heard(MARKET)["workflow"]
    assert len(bodies) == len(killed.said) + len(held(bodies))
    assert held(bodies) == departments.fed(MARKET)["workflow"]


def test_what_the_broker_lost_is_said_again(departments: Departments, beside: Beside) -> None:
    """Given a topic that lost the end of what one service told and all that the others did, each finds what is lost of its own, and says that alone again."""
    departments.admit(MARKET)
    departments.two_cases()
    topic, everything = departments.topic(MARKET), departments.fed(MARKET)
    asyncio.run(_emptied(departments.address, topic))
    tellers = {service: beside(service, MARKET) for service in TELLERS}
    kept = everything["intake"][0]
    last = wire.from_bytes(kept).position
    tellers["intake"].sender.send([Message(tellers["intake"].lane, last, kept)])
    assert {service: tellers[service].relay.check() for service in everything} == {**dict.fromkeys(everything, 0), "intake": last}
    while any(one.relay.step() for one in tellers.values()):
        pass
    assert departments.heard_anew(MARKET) == everything
    assert [one.relay.check() for one in tellers.values()] == [None] * len(TELLERS)


async def _emptied(address: str, topic: str) -> None:
    """Lose a topic, and make it anew as `onewindow migrate` does, once the old one is gone."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.delete_topics([topic])
    finally:
        await admin.close()
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await make_topics(address, [topic])
            except KafkaError:
                await asyncio.sleep(0.1)
            else:
                return
