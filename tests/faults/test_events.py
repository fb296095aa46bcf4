"""A poison event on the bus harms nobody but itself; fifty writers on one case agree on one."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text

from tests.faults.district import HEARS, District
from tests.faults.saying import in_other_words

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


def test_what_no_database_takes_harms_nobody_but_itself(district: District) -> None:
    """Given an event that parses and that no column can hold, who hears it keeps it and hears its neighbours; mended by an operator, it has its effects."""
    clients = district.clients
    application = clients.apply("before")

    def unstorable(body: bytes) -> bytes:
        event = msgspec.json.decode(body)
        if event["subject"] != application:
            return body
        return msgspec.json.encode({**event, "data": {**event["data"], "number": event["data"]["number"] + "\x00"}})

    with district.working():
        district.more(5)
        with in_other_words(district, "intake", unstorable):
            application = clients.apply("unstorable")
            district.more(5)
        district.more(5)
    district.settle()
    for name in ("supervision", "notification"):
        district.eventually(lambda name=name: waiting(district, name) == 1, f"{name} says that one waits for an operator")  # type: ignore[misc]
        (letter,) = [row for row in district.rows(name, "dead_letters") if row["replayed"] is None]
        assert application.encode() in bytes(letter["body"]), "SAFETY: it alone is kept"
        mended = bytes(letter["body"]).replace(b"\\u0000", b"")
        done = district.call("admin", "POST", f"/{name}/letters/{letter['id']}/replay", data={"body": mended.decode()})
        assert done.status_code == httpx.codes.SEE_OTHER, f"LIVENESS: {done.text}"
    district.check()


def waiting(district: District, service: str) -> float:
    """Give how many dead letters a service says that it has."""
    return sum(count for _, count in district.figures(service, "onewindow_dead_letters"))


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
