"""Kafka carries what services say: in order for each case, by topics whose lanes never change; a lane that must wait holds up no other."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords

from contracts.envelope import LANES, lane_of
from services.chassis.bus.inbox import Inbox
from services.chassis.bus.kafka.listener import Listener
from services.chassis.bus.kafka.loop import Loop
from services.chassis.bus.kafka.sender import Sender
from services.chassis.bus.kafka.topics import last_positions, make_topics
from services.chassis.bus.relay import Message, Relay
from services.chassis.timekeeping import VirtualTime
from tests.databases import kept_in, open_database
from tests.patience import PATIENCE
from tests.real_parts import RealParts
from tests.services.chassis_sample import Lender, Librarian, lender_tables, librarian_tables
from tests.services.test_chassis import rows
from tests.services.test_commits import commits

pytestmark = pytest.mark.connected
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_HEAD = b'{"specversion":"1.0","id":"%d","source":"/onewindow/lender","type":"t.v1","subject":"00000000-0000-0000-0000-000000000007",'
_TIMES = b'"time":"2026-03-02T01:00:00Z","recorded":"2026-03-02T01:00:00Z","sequence":"%d","actor":"system",'
_BODY = _HEAD + _TIMES + b'"datacontenttype":"application/json","data":{"x":"'


@pytest.fixture(name="loop")
def _loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(name="topic")
def _topic(parts: RealParts, loop: Loop) -> str:
    name = f"sample-{uuid4()}"
    loop.run(make_topics(parts.kafka.address, [name]))
    return name


@pytest.fixture(name="lender")
def _lender(tmp_path: Path, parts: RealParts) -> Iterator[Lender]:
    with kept_in(parts):
        service = Lender(open_database(tmp_path, "lender", lender_tables()))
        yield service
        service.close()


@pytest.fixture(name="librarian")
def _librarian(tmp_path: Path, parts: RealParts) -> Iterator[Librarian]:
    with kept_in(parts):
        service = Librarian(open_database(tmp_path, "librarian", librarian_tables()))
        yield service
        service.close()


class Counted:
    """An inbox of which it is seen how much it hears at once."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.sizes: list[int] = []

    def deliver(self, batch: Sequence[bytes]) -> None:
        """Hear a batch."""
        self.sizes.append(len(batch))
        self._inbox.deliver(batch)


def test_more_than_a_batch_of_one_lane_keeps_its_order(parts: RealParts, loop: Loop, topic: str) -> None:
    """Given more messages of one lane than fit into a batch, all are kept in their order."""
    sender = Sender(loop, parts.kafka.address, topic)
    messages = [Message(3, number, _BODY % (number, number) + b"x" * 4000 + b'"}}') for number in range(1, 401)]
    assert sender.send(messages) is None
    assert loop.run(last_positions(parts.kafka.address, topic))[3] == 400
    assert max(sender.reached.values()) == 399
    sender.close()


def test_a_silent_broker_is_given_up_and_asked_anew(parts: RealParts, loop: Loop, topic: str) -> None:
    """Given a broker that is silent with its connections open, a batch is given up and nobody goes on with it; said again it is kept after the others."""
    sender = Sender(loop, parts.kafka.address, topic)
    first, second = ([Message(3, number, _BODY % (number, number) + b'"}}')] for number in (1, 2))
    assert sender.send(first) is None
    hasty = Sender(loop, parts.kafka.address, topic, longest=5.0)
    hasty.send(first)
    with parts.kafka.process.frozen(), pytest.raises(TimeoutError):
        hasty.send(second)
    hasty.close()
    assert sender.send(second) is None
    assert loop.run(last_positions(parts.kafka.address, topic))[3] == 2
    sender.close()
    assert loop.run(_left()) == [], "nobody tries on"


async def _left() -> list[str]:
    """Give what still goes on in the loop beside this question."""
    return [str(task.get_coro()) for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def _batches(address: str, topic: str, lane: int) -> list[tuple[int, int, int]]:
    client = AIOKafkaClient(bootstrap_servers=address)
    await client.bootstrap()
    try:
        answer = await client.send(client.get_random_node(), FetchRequest(500, 1, 1 << 24, 0, [(topic, [(lane, 0, 1 << 24)])]))
    finally:
        await client.close()
    records = MemoryRecords(answer.topics[0][1][0][-1])
    found = []
    while (batch := records.next_batch()) is not None:
        found.append((batch.base_offset, batch.producer_id, batch.base_sequence))
    return found


def test_what_is_said_is_numbered_by_its_producer(parts: RealParts, loop: Loop, topic: str) -> None:
    """Given batches of a lane, the broker keeps each with its producer's id and the next number, which there are only with acks=all."""
    sender = Sender(loop, parts.kafka.address, topic)
    for first in (1, 201):
        sender.send([Message(3, number, _BODY % (number, number) + b"x" * 4000 + b'"}}') for number in range(first, first + 200)])
    sender.close()
    batches = loop.run(_batches(parts.kafka.address, topic, 3))
    assert len(batches) > 2, "more than one for each time"
    ((producer,), offsets, numbers) = {producer for _, producer, _ in batches}, [offset for offset, _, _ in batches], [number for _, _, number in batches]
    assert producer >= 0, "a producer that is not idempotent has no id"
    assert numbers == offsets

    async def unsure() -> AIOKafkaProducer:
        return AIOKafkaProducer(enable_idempotence=True, acks=1)

    with pytest.raises(ValueError, match="acks=1 not supported"):
        loop.run(unsure())


def test_what_others_put_at_the_end_of_a_lane_hides_nothing(parts: RealParts, loop: Loop, topic: str) -> None:
    """Given rubbish after our last message, and in a lane with nothing of ours, the relay still knows what was kept."""
    sender = Sender(loop, parts.kafka.address, topic)
    assert sender.send([Message(3, number, _BODY % (number, number) + b'"}}') for number in range(1, 6)]) is None
    for lane in (3, 4):
        assert sender.send([Message(lane, 99, b"{not json"), Message(lane, 99, b"{}")]) is None
    kept = loop.run(last_positions(parts.kafka.address, topic))
    assert (kept[3], kept[4]) == (5, 0)
    sender.close()


def test_everything_said_is_heard_in_order(parts: RealParts, loop: Loop, topic: str, lender: Lender, librarian: Librarian) -> None:
    """Given many cases, the listener hears every event of each once, some hundred in a transaction."""
    books = [UUID(int=number) for number in range(40)]
    for turn in range(5):
        for book in books:
            lender.lend(book, "红楼梦", f"r{turn}", MONDAY)
    sender = Sender(loop, parts.kafka.address, topic)
    relay = Relay(lender, sender)
    while relay.step():
        pass
    counted = Counted(Inbox(librarian, VirtualTime(MONDAY)))
    listener = Listener(counted, parts.kafka.address, f"group-{topic}", [topic])
    with commits(librarian.database) as committed:
        loop.run(listener.start())
        assert listener.wait_until_heard(sender.reached, 30)
        loop.run(listener.stop())
    assert sum(counted.sizes) == len(books) * 5
    assert max(counted.sizes) >= 100, "some hundred come at once"
    assert len(committed) == len(counted.sizes), "and share a transaction"
    sender.close()
    assert {row["id"]: row["times"] for row in rows(librarian, "counts")} == dict.fromkeys(books, 5)


def test_two_relays_at_once_do_no_harm(parts: RealParts, loop: Loop, topic: str, lender: Lender, librarian: Librarian) -> None:
    """Given two relays of one service that both work, as nobody should let them, each event has its effects once, in order, and none is missed."""
    books = [UUID(int=number) for number in range(40)]
    for turn in range(5):
        for book in books:
            lender.lend(book, "红楼梦", f"r{turn}", MONDAY)
    senders = [Sender(loop, parts.kafka.address, topic) for _ in range(2)]
    said: list[int] = []

    class Slow:
        """Says a batch, and lets the other relay say it meanwhile: both are under way at once."""

        def __init__(self, sender: Sender) -> None:
            self._sender = sender

        def send(self, batch: Sequence[Message]) -> int | None:
            both.wait(PATIENCE)
            said.append(len(batch))
            return self._sender.send(batch)

        def kept(self) -> Mapping[int, int]:
            return self._sender.kept()

    both = Barrier(2)
    relays = [Relay(lender, Slow(sender)) for sender in senders]
    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(Relay.step, relays))
    assert said[0] == said[1] > 0, "both said everything"
    assert lender.recorder.max_tracking_id("relay") == lender.recorder.max_notification_id()
    inbox = Inbox(librarian, VirtualTime(MONDAY))
    listener = Listener(inbox, parts.kafka.address, f"group-{topic}", [topic])
    loop.run(listener.start())
    ends = {lane: max(sender.reached[lane] for sender in senders) for lane in senders[0].reached}
    assert listener.wait_until_heard(ends, 30)
    loop.run(listener.stop())
    for sender in senders:
        sender.close()
    assert {row["id"]: row["times"] for row in rows(librarian, "counts")} == dict.fromkeys(books, 5)
    assert inbox.gaps == {}


def test_a_newer_version_halts_its_lane_alone(parts: RealParts, loop: Loop, topic: str, lender: Lender, librarian: Librarian) -> None:
    """Given an event newer than this program, its lane waits and tracks nothing; what the other lanes bring is heard."""
    halted, other = UUID(int=1), next(UUID(int=number) for number in range(2, 99) if lane_of(UUID(int=number)) != lane_of(UUID(int=1)))
    for book in (halted, other):
        lender.lend(book, "红楼梦", "r", MONDAY)
    sender = Sender(loop, parts.kafka.address, topic)
    said: list[Message] = []

    class Tape:
        """Keeps what is said."""

        def send(self, batch: list[Message]) -> None:
            """Keep it."""
            said.extend(batch)

        def kept(self) -> dict[int, int]:
            """Give nothing."""
            return {}

    Relay(lender, Tape()).step()  # type: ignore[arg-type]
    sender.send([one._replace(body=one.body.replace(b"book-lent.v1", b"book-lent.v2")) if one.lane == lane_of(halted) else one for one in said])
    listener = Listener(Inbox(librarian, VirtualTime(MONDAY)), parts.kafka.address, f"group-{topic}", [topic])
    loop.run(listener.start())
    until = time.monotonic() + PATIENCE
    while not (listener.halted and rows(librarian, "counts")) and time.monotonic() < until:
        time.sleep(0.05)
    loop.run(listener.stop())
    sender.close()
    assert [lane.partition for lane in listener.halted] == [lane_of(halted)]
    assert [row["id"] for row in rows(librarian, "counts")] == [other]
    assert librarian.recorder.max_tracking_id(f"lender#{lane_of(halted)}") is None
    renewed = Listener(Renewed(Inbox(librarian, VirtualTime(MONDAY))), parts.kafka.address, f"group-{topic}", [topic])
    loop.run(renewed.start())
    eventually(lambda: {row["id"] for row in rows(librarian, "counts")} == {halted, other}, "the renewed program hears what waited")
    loop.run(renewed.stop())
    assert [row["times"] for row in rows(librarian, "counts")] == [1, 1]


class Renewed:
    """A newer program: it reads the second version of what was lent."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def deliver(self, batch: Sequence[bytes]) -> None:
        """Read it as an upcast would."""
        self._inbox.deliver([body.replace(b"book-lent.v2", b"book-lent.v1") for body in batch])


class Slow:
    """Hears nothing until it may."""

    def __init__(self) -> None:
        self.may = threading.Event()

    def deliver(self, batch: Sequence[bytes]) -> None:  # noqa: ARG002 - it only waits
        """Wait."""
        self.may.wait(PATIENCE)


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def test_what_nobody_has_heard_yet_counts_as_behind(parts: RealParts, loop: Loop, topic: str) -> None:
    """Given a lane of which this reader has heard nothing, all that lies there waits; when it is heard nothing does."""
    sender = Sender(loop, parts.kafka.address, topic)
    sender.send([Message(3, number, _BODY % (number, number) + b'"}}') for number in range(1, 6)])
    slow = Slow()
    listener = Listener(slow, parts.kafka.address, f"group-{topic}", [topic])
    loop.run(listener.start())
    eventually(lambda: listener.behind().get((topic, 3)) == 5, "five wait")
    slow.may.set()
    eventually(lambda: listener.behind().get((topic, 3)) == 0, "none waits")
    eventually(lambda: len(listener.behind()) == LANES, "every lane is told of")
    loop.run(listener.stop())
    sender.close()


def test_each_lane_is_told_of_by_whoever_has_it(parts: RealParts, loop: Loop, topic: str) -> None:
    """Given a second reader of the group, each tells of its own lanes alone, and together of all; how far the first heard is not forgotten."""
    sender = Sender(loop, parts.kafka.address, topic)
    sender.send([Message(lane, number, _BODY % (number, number) + b'"}}') for lane in range(LANES) for number in range(1, 4)])
    heard = Slow()
    heard.may.set()
    first, second = (Listener(heard, parts.kafka.address, f"group-{topic}", [topic]) for _ in range(2))
    loop.run(first.start())
    eventually(lambda: list(first.behind().values()) == [0] * LANES, "the first hears all")
    loop.run(second.start())
    eventually(lambda: bool(second.behind()) and len(first.behind()) + len(second.behind()) == LANES, "they share the lanes")
    assert not first.behind().keys() & second.behind().keys()
    eventually(lambda: not any([*first.behind().values(), *second.behind().values()]), "nothing waits")
    for listener in (first, second):
        loop.run(listener.stop())
    sender.close()
