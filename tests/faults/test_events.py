"""A poison event on the bus harms nobody but itself; fifty writers on one case agree on one."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text

from tests.faults.district import HEARS, District

pytestmark = [pytest.mark.connected, pytest.mark.slow]
POISON = (b"{not json", b'{"specversion":"1.0"}', b"\xff\xfe\x00")
HEARERS = tuple(name for name, hears in HEARS.items() if "intake" in hears)
WRITERS = 50


def poison(district: District) -> None:
    """Put rubbish on intake's topic, in several lanes."""

    async def produce() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=district.topology.kafka.address, acks="all")
        await producer.start()
        try:
            for lane, body in enumerate(POISON):
                await producer.send_and_wait("onewindow.intake", body, partition=lane)
        finally:
            await producer.stop()

    asyncio.run(produce())


def test_a_poison_event_harms_nobody_but_itself(district: District) -> None:
    """Given rubbish among the events, everybody who hears keeps it with the reason, and hears all that comes after it."""
    with district.working():
        district.more()
        poison(district)
        district.more(20)
    district.settle()
    for name in HEARERS:
        district.eventually(lambda name=name: len(district.rows(name, "dead_letters")) == len(POISON), f"{name} keeps each")  # type: ignore[misc]
        with district.engine(name).begin() as connection:
            # As an operator puts them aside.
            connection.execute(text("UPDATE dead_letters SET replayed = received, note = 'rubbish'"))
    district.check()


def test_fifty_writers_on_one_case(district: District) -> None:
    """Given fifty officers who accept the same application at once, over two processes of intake, one does, and all others are told."""
    another = district.topology.another("intake")
    port = another.command[-1]
    application = district.clients.apply("fifty")
    token = district.token("market-handler")
    version = district.do("market-handler", "GET", f"/intake/api/applications/{application}")["version"]
    places = (district.address, f"http://127.0.0.1:{port}")

    def accept(number: int) -> int:
        headers = {"Authorization": f"Bearer {token}", "If-Match": f'"{version}"', "Accept": "application/json"}
        address = f"{places[number % 2]}/intake/api/applications/{application}/accept"
        return httpx.post(address, json={}, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(WRITERS) as pool:
        answers = list(pool.map(accept, range(WRITERS)))
    another.stop()
    assert answers.count(200) == 1
    assert set(answers) <= {200, 409, 412}
    district.clients.ledger.accepted.add(application)
    district.check()
