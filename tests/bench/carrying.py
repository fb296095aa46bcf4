"""P5, P6: relaying to Kafka beside a producer alone; supervision with rules and projection beside consumers that do nothing."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from multiprocessing.queues import Queue
from tempfile import TemporaryDirectory
from uuid import uuid4

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from faust.types import StreamT

from contracts import envelope as wire
from contracts.envelope import LANES
from services.chassis.bus.inbox import Inbox
from services.chassis.bus.kafka.listener import MOST_AT_ONCE
from services.chassis.bus.kafka.loop import Loop
from services.chassis.bus.kafka.sender import Sender
from services.chassis.bus.kafka.topics import make_topics
from services.chassis.bus.relay import Message, Relay, rewind
from services.chassis.clock.calendars import load_calendars
from services.chassis.collector import settle
from services.chassis.storage.database import Database
from services.chassis.timekeeping import VirtualTime
from services.supervision import views
from services.supervision.application import Supervision
from tests.bench.measure import Result, rate, seconds
from tests.bench.storing import NOW, TITLE
from tests.domain.lives import Life, streams_of
from tests.services.chassis_sample import Lender, lender_tables
from tests.services.service_parts import SEALER

EVENTS = 10_000
LIVES = 1_000
LONGEST_TAKING = 120


class Remembering:
    """Keeps what a relay would send."""

    def __init__(self) -> None:
        self.said: list[Message] = []

    def send(self, batch: Sequence[Message]) -> int | None:
        """Keep it."""
        self.said.extend(batch)
        return None

    def kept(self) -> dict[int, int]:
        """Give nothing."""
        return {}


def relaying(url: str, kafka: str) -> Result:
    """P5."""
    lender = Lender(Database(url, lender_tables()))
    with ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda _: lender.lend(uuid4(), TITLE, "r", NOW), range(EVENTS)))
    remembering = Remembering()
    relay = Relay(lender, remembering)
    _drained(relay)
    said = remembering.said
    loop = Loop()

    def ours() -> float:
        topic = f"bench-{uuid4()}"
        loop.run(make_topics(kafka, [topic]))
        sender = Sender(loop, kafka, topic)
        rewind(lender, 0)
        through = Relay(lender, sender)
        took = seconds(lambda: _drained(through))
        sender.close()
        return len(said) / took

    def floor() -> float:
        topic = f"bench-{uuid4()}"
        loop.run(make_topics(kafka, [topic]))
        return len(said) / seconds(lambda: loop.run(_produced(kafka, topic, said)))

    found = rate("P5", "relay from PostgreSQL to Kafka ÷ a producer of the same bytes alone", "≥ 0.50", ours, floor)
    loop.close()
    lender.close()
    return found


def _drained(relay: Relay) -> None:
    while relay.step():
        pass


async def _produced(kafka: str, topic: str, said: Sequence[Message]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True, linger_ms=5, max_batch_size=512 * 1024)
    await producer.start()
    try:
        await asyncio.gather(*[await producer.send(topic, one.body, partition=one.lane) for one in said])
    finally:
        await producer.stop()


def hearing(schema: Callable[[], str], kafka: str) -> list[Result]:
    """P6, beside a Faust agent and beside the bare consumer."""
    life = Life("ACCEPTED", 1, taken=(1, 1), handled=3, approved=2, stop=(1, 4), delivered=0)
    bodies = [body for stream in streams_of([life] * LIVES).values() for body in stream]
    now = VirtualTime(NOW + timedelta(days=30))
    loop = Loop()
    topic = f"bench-{uuid4()}"
    loop.run(make_topics(kafka, [topic]))
    lanes = [wire.from_bytes(body).lane for body in bodies]
    loop.run(_produced(kafka, topic, [Message(lane, number, body) for number, (lane, body) in enumerate(zip(lanes, bodies, strict=True))]))

    def ours() -> float:
        service = Supervision(Database(schema(), views.tables()), load_calendars(), now, SEALER)
        took = seconds(lambda: loop.run(_consumed(kafka, topic, len(bodies), Inbox(service, now))))
        service.close()
        return len(bodies) / took

    def bare() -> float:
        return len(bodies) / seconds(lambda: loop.run(_consumed(kafka, topic, len(bodies), None)))

    what = "supervision, rules and durable projection included ÷"
    found = [
        rate("P6", f"{what} a Faust agent (`take`) that does nothing", "≥ 10", ours, lambda: taken(kafka, topic, len(bodies))),
        rate("P6", f"{what} a consumer (`getmany`) that does nothing", "≥ 0.35", ours, bare),
    ]
    loop.close()
    return found


def taken(kafka: str, topic: str, number: int) -> float:
    """Let a Faust agent take so many events, in a worker of its own; give events a second, from the first batch on: joining its group takes seconds."""
    context = multiprocessing.get_context("spawn")
    results: Queue[float] = context.Queue()
    worker = context.Process(target=_worked, args=(kafka, topic, number, results))
    worker.start()
    found = results.get(timeout=LONGEST_TAKING)
    worker.join()
    return found


def _worked(kafka: str, topic: str, number: int, results: "Queue[float]") -> None:
    async def work(folder: str) -> None:
        app = faust.App(
            f"bench-{uuid4()}",
            broker=f"kafka://{kafka}",
            store="memory://",
            datadir=folder,
            topic_partitions=LANES,
            topic_replication_factor=1,
            consumer_auto_offset_reset="earliest",
            stream_wait_empty=False,
            web_enabled=False,
        )
        batches: list[tuple[int, float]] = []
        done = asyncio.Event()

        @app.agent(app.topic(topic, value_serializer="raw", value_type=bytes))
        async def take(stream: StreamT[bytes]) -> None:
            async for batch in stream.take(MOST_AT_ONCE, within=0.5):
                batches.append((len(batch), time.perf_counter()))
                if sum(size for size, _ in batches) >= number:
                    done.set()

        await app.start()
        settle()
        await done.wait()
        await app.stop()
        results.put((number - batches[0][0]) / (batches[-1][1] - batches[0][1]))

    with TemporaryDirectory() as folder:
        asyncio.run(work(folder))


async def _consumed(kafka: str, topic: str, number: int, inbox: Inbox | None) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        lanes = [TopicPartition(topic, lane) for lane in range(LANES)]
        consumer.assign(lanes)
        await consumer.seek_to_beginning(*lanes)
        heard = 0
        while heard < number:
            batches = await consumer.getmany(timeout_ms=1000, max_records=MOST_AT_ONCE)
            bodies = [record.value for records in batches.values() for record in records]
            heard += len(bodies)
            if inbox is not None and bodies:
                await asyncio.to_thread(inbox.deliver, bodies)
    finally:
        await consumer.stop()
