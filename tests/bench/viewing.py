"""P8 and the wall: from the commit of an event to the live page, beside a bare message through the broker; and what a thousand viewers cost."""

import asyncio
import json
import multiprocessing
import re
import statistics
import time
from collections.abc import Iterable, Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from sqlalchemy import text

from contracts import envelope as wire
from contracts.envelope import LANES
from services.chassis.bus.kafka.loop import Loop
from services.chassis.bus.kafka.topics import SPEAKERS, make_topics, topic
from tests.bench.ground import District, Ground
from tests.bench.intaking import Applications
from tests.bench.measure import ROUNDS, Result

EVENTS = 100
"""In each round: the 99th percentile is the last but one."""
PAUSE = 0.05
VIEWERS = 1_000
HAPPENED = 20
PATIENCE = 30.0
_CASE = re.compile(rb'"case":"([0-9a-f-]{36})"')
STREAMS = (*SPEAKERS, "stream1", "stream2")
"""Everything that works in production."""


class Screen:
    """A live page's stream, read as a browser reads it: when the first word of each case came."""

    def __init__(self) -> None:
        self.seen: dict[UUID, float] = {}
        self._news = asyncio.Event()

    async def open(self, port: int, token: str) -> None:
        """Begin to watch; returns when the stream is open."""
        # By HTTP 1.0 nothing stands between the lines.
        request = f"GET /supervision/api/live?figures=true HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._writer.write(request.encode())
        status = await self._reader.readline()
        assert b" 200 " in status, status
        while (await self._reader.readline()).strip():
            pass
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while line := await self._reader.readline():
            if found := _CASE.search(line):
                self.seen.setdefault(UUID(found[1].decode()), time.time())
                self._news.set()

    async def wait_for(self, case: UUID) -> None:
        """Return when something of this case was seen."""
        async with asyncio.timeout(PATIENCE):
            while case not in self.seen:
                self._news.clear()
                await self._news.wait()

    def close(self) -> None:
        """Watch no more."""
        self._watching.cancel()
        self._writer.close()


class Applying:
    """Hands in one application after the other through the proxy, over a connection that is kept."""

    def __init__(self, district: District, loop: Loop) -> None:
        self._applications = Applications(district)
        self._loop = loop
        self._port = district.port
        self._engine = district.engine("intake")
        self._ways: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def _applied(self, message: bytes) -> UUID:
        reader, writer = self._ways = self._ways or await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        assert found, head
        assert head.startswith(b"HTTP/1.1 201 "), head
        return UUID(json.loads(await reader.readexactly(int(found[1])))["id"])

    def apply(self, number: int, screen: Screen | None = None, pause: float = PAUSE) -> dict[UUID, float]:
        """Apply so often, each time when the one before was seen; give the moment at which each was committed."""

        async def run() -> list[UUID]:
            cases = []
            for message in self._applications.more(number):
                cases.append(await self._applied(message))
                if screen is not None:
                    await screen.wait_for(cases[-1])
                await asyncio.sleep(pause)
            return cases

        cases = self._loop.run(run())
        query = text("SELECT originator_id, pg_xact_commit_timestamp(xmin) FROM events WHERE originator_id = ANY(:cases) AND originator_version = 1")
        with self._engine.connect() as connection:
            return {case: moment.timestamp() for case, moment in connection.execute(query, {"cases": cases})}

    def close(self) -> None:
        """Hang up."""
        if self._ways is not None:
            self._loop.run(_close(self._ways[1]))
        self._engine.dispose()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


def viewing(ground: Ground) -> list[Result]:
    """P8: all services as they run in production, each in its own process."""
    loop = Loop()
    with ground.district(*STREAMS) as district:
        applying = Applying(district, loop)
        results = [*_live(ground, district, loop, applying), _wall(district, applying)]
        applying.close()
    loop.close()
    return results


def _live(ground: Ground, district: District, loop: Loop, applying: Applying) -> list[Result]:
    screen = Screen()
    loop.run(screen.open(district.port, district.token("supervisor1")))
    warm = applying.apply(EVENTS // 4, screen)
    bodies = loop.run(_said(ground.kafka.address, topic(district.settings.topics, "intake"), set(warm)))
    bare = f"bench-{uuid4()}"
    loop.run(make_topics(ground.kafka.address, [bare]))
    ours, floor = [], []
    for _ in range(ROUNDS):
        committed = applying.apply(EVENTS, screen)
        ours.append([screen.seen[case] - moment for case, moment in committed.items()])
        floor.append(loop.run(_carried(ground.kafka.address, bare, [bodies[number % len(bodies)] for number in range(EVENTS)])))
    loop.run(_ended(screen))
    what = "from the commit of an event to the live page ÷ bare produce → consume of the same bytes"
    return [_percentile(99, what, "≤ 1.5", ours, floor), _percentile(50, what, "–", ours, floor)]


async def _ended(screen: Screen) -> None:
    screen.close()


def _percentile(which: int, what: str, goal: str, ours: Sequence[Sequence[float]], floor: Sequence[Sequence[float]]) -> Result:
    one, other = (statistics.median(statistics.quantiles(times, n=100, method="inclusive")[which - 1] for times in rounds) * 1000 for rounds in (ours, floor))
    return Result("P8", f"p{which} {what}", goal, one, other, "ms", one / other)


async def _said(kafka: str, name: str, cases: set[UUID]) -> list[bytes]:
    """Give what intake said first of each of these cases."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(name, lane) for lane in range(LANES)])
        found: dict[UUID, bytes] = {}
        while len(found) < len(cases):
            body = (await consumer.getone()).value
            if (case := wire.from_bytes(body).subject) in cases:
                found.setdefault(case, body)
        return list(found.values())
    finally:
        await consumer.stop()


async def _carried(kafka: str, name: str, bodies: Iterable[bytes]) -> list[float]:
    """Send one message after the other, when the one before was heard; give how long each was on its way."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True, linger_ms=0)
    await producer.start()
    await consumer.start()
    try:
        lanes = [TopicPartition(name, lane) for lane in range(LANES)]
        consumer.assign(lanes)
        await consumer.seek_to_end(*lanes)
        times: list[float] = []
        for body in [b"first", *bodies]:
            begun = time.perf_counter()
            await producer.send(name, body, partition=len(times) % LANES)
            await consumer.getone()
            times.append(time.perf_counter() - begun)
            await asyncio.sleep(PAUSE)
        return times[1:]
    finally:
        await producer.stop()
        await consumer.stop()


# The wall


def _wall(district: District, applying: Applying) -> Result:
    many, spent_many = _watched(district, applying, VIEWERS)
    one, spent_one = _watched(district, applying, 1)
    what = f"the wall: from the commit of an event to the last of {VIEWERS:,} screens ÷ to a single one (median)"
    note = f"supervision works {spent_many * 1000:.0f} ms for each event, {spent_one * 1000:.0f} ms"
    return Result("P8", what, "–", many * 1000, one * 1000, "ms", many / one, note)


def _watched(district: District, applying: Applying, number: int) -> tuple[float, float]:
    """Let so many watch while applications come in: give the median way to the last viewer, and the process's seconds for each."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    results: Queue[dict[UUID, tuple[int, float]]] = context.Queue()
    viewers = context.Process(target=_viewers, args=(district.port, district.token("supervisor1"), number, ready, results, done))
    viewers.start()
    assert ready.wait(PATIENCE * 4), f"{number} viewers could not connect"
    before = district.worked("supervision")
    committed = applying.apply(HAPPENED, pause=0.5)
    spent = (district.worked("supervision") - before) / HAPPENED
    time.sleep(3)
    done.set()
    seen = results.get(timeout=PATIENCE)
    viewers.join()
    assert all(seen[case][0] == number for case in committed), "some viewers missed an event"
    return statistics.median(seen[case][1] - moment for case, moment in committed.items()), spent


def _viewers(port: int, token: str, number: int, ready: Event, results: "Queue[dict[UUID, tuple[int, float]]]", done: Event) -> None:
    async def run() -> dict[UUID, tuple[int, float]]:
        screens = [Screen() for _ in range(number)]
        for screen in screens:
            await screen.open(port, token)
        ready.set()
        await asyncio.to_thread(done.wait)
        found: dict[UUID, tuple[int, float]] = {}
        for screen in screens:
            for case, moment in screen.seen.items():
                count, last = found.get(case, (0, 0.0))
                found[case] = count + 1, max(last, moment)
            screen.close()
        return found

    results.put(asyncio.run(run()))
