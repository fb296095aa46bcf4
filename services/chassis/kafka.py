"""Services connected by Apache Kafka: a topic for each service, a partition for each lane, and a group of readers for each service that hears."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from contracts import envelope as wire
from contracts.envelope import LANES
from contracts.registry import NewerVersionError
from services.chassis.inbox import Inbox
from services.chassis.relay import Message

logger = logging.getLogger(__name__)
R = TypeVar("R")

MOST_AT_ONCE = 1000
BATCH_BYTES = 512 * 1024
COMMIT_SECONDS = 1.0
HALT_SECONDS = 10.0
LONGEST_CALL = 120.0
REMEMBERED = 2000
"""How many messages of a lane a sender remembers, to tell how much was lost."""
RETENTION_DAYS = 90
"""How long a topic keeps what was said. The truth is in the stores of the services: `onewindow relay --from` says older things again."""


class WrongTopic(RuntimeError):  # noqa: N818 - said of the topic
    """A topic whose number of partitions is not that of the lanes: order and tracking would break."""


class Loop:
    """An event loop in a thread of its own, for those who are not asynchronous."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kafka", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Run something there and give what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LONGEST_CALL)

    def close(self) -> None:
        """End the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def make_topics(address: str, names: Sequence[str], partitions: int = LANES, replicas: int = 1) -> None:
    """Make the topics that are not there; raise `WrongTopic` where one has another number of partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        settings = {"retention.ms": str(RETENTION_DAYS * 86_400_000), "cleanup.policy": "delete"}
        for name in names:
            answer = await admin.create_topics([NewTopic(name, partitions, replicas, topic_configs=settings)])
            # The library reports a topic's own failure in the answer, without raising it.
            if failed := [error for error in answer.topic_errors if error[1] not in {0, TopicAlreadyExistsError.errno}]:
                raise KafkaError(str(failed))
        found = await _partitions(admin, names)
        while not all(found.values()):
            # A new topic is known to its broker a moment after it was made.
            await asyncio.sleep(0.05)
            found = await _partitions(admin, names)
        for name, count in found.items():
            if count != partitions:
                raise WrongTopic(f"topic {name} has {count} partitions, not {partitions}; a number of lanes can never change")
    finally:
        await admin.close()


async def _partitions(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    return {described["topic"]: len(described["partitions"]) for described in await admin.describe_topics(list(names))}


class Sender:
    """Carries what one service says to its topic: idempotent, acknowledged by all replicas, one batch of a lane under way at a time."""

    def __init__(self, loop: Loop, address: str, topic: str) -> None:
        self._loop = loop
        self._address = address
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None
        self.reached: dict[TopicPartition, int] = {}
        """The offset of the last message acknowledged, for each lane."""
        self._sent: dict[int, deque[tuple[int, int]]] = {}

    def send(self, batch: Sequence[Message]) -> int | None:
        """Send a batch; raise `KafkaError` where some of it may not be kept: then all of it must be sent again.

        Gives the last position kept before, where a lane went on at an offset that it had given before: its tail was lost.
        """
        return self._loop.run(self._send(batch))

    def kept(self) -> Mapping[int, int]:
        """Read the last message of each lane and give its position; nothing of a lane whose messages have all expired."""
        return self._loop.run(self._kept())

    def close(self) -> None:
        """Close the connection."""
        self._loop.run(self._drop())

    async def _send(self, batch: Sequence[Message]) -> int | None:
        try:
            producer = await self._connected()
            lanes: dict[int, list[Message]] = {}
            for message in batch:
                lanes.setdefault(message.lane, []).append(message)
            lost: list[int] = []
            while lanes:
                sent = {lane: await self._send_some(producer, lane, messages) for lane, messages in lanes.items()}
                for lane, (future, count) in sent.items():
                    lost.extend(self._note(lane, (await future).offset, lanes[lane][:count]))
                lanes = {lane: rest for lane, messages in lanes.items() if (rest := messages[sent[lane][1] :])}
            return min(lost, default=None)
        except BaseException:
            # A batch that timed out must not overtake the next try.
            await self._drop()
            raise

    def _note(self, lane: int, offset: int, messages: Sequence[Message]) -> list[int]:
        """Remember where messages were kept; give the last position kept before them, where the lane lost something after that."""
        sent = self._sent.setdefault(lane, deque(maxlen=REMEMBERED))
        lost = bool(sent) and offset <= sent[-1][0]
        while lost and sent and sent[-1][0] >= offset:
            sent.pop()
        kept = [sent[-1][1] if sent else 0] if lost else []
        sent.extend((offset + number, message.position) for number, message in enumerate(messages))
        self.reached[TopicPartition(self._topic, lane)] = offset + len(messages) - 1
        return kept

    async def _send_some(self, producer: AIOKafkaProducer, lane: int, messages: list[Message]) -> tuple[asyncio.Future[Any], int]:
        """Send the first of these, as many as fit into one batch; give the future and how many."""
        builder = producer.create_batch()
        count = 0
        for message in messages:
            if builder.append(key=None, value=message.body, timestamp=None) is None:
                break
            count += 1
        if not count:
            raise KafkaError(f"a message of {len(messages[0].body)} bytes is too large")
        return await producer.send_batch(builder, self._topic, partition=lane), count

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._address, enable_idempotence=True, acks="all", max_batch_size=BATCH_BYTES, linger_ms=0, request_timeout_ms=15_000
            )
            await producer.start()
            self._producer = producer
        return self._producer

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), 5)

    async def _kept(self) -> Mapping[int, int]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._address)
        await consumer.start()
        try:
            lanes = [TopicPartition(self._topic, lane) for lane in range(LANES)]
            consumer.assign(lanes)
            begins, ends = await consumer.beginning_offsets(lanes), await consumer.end_offsets(lanes)
            kept = {lane.partition: 0 for lane in lanes if ends[lane] == 0}
            for lane in lanes:
                if ends[lane] > begins[lane]:
                    consumer.seek(lane, ends[lane] - 1)
                    kept[lane.partition] = wire.from_bytes((await consumer.getone(lane)).value).position
            return kept
        finally:
            await consumer.stop()


class Listener:
    """Lets one service hear the topics of others. It may be one of several readers of its group; Kafka shares the lanes among them."""

    def __init__(self, inbox: Inbox, address: str, group: str, topics: Sequence[str]) -> None:
        self._inbox = inbox
        self._address = address
        self._group = group
        self._topics = list(topics)
        self._running: asyncio.Task[None] | None = None
        self._heard = threading.Condition()
        self.reached: dict[TopicPartition, int] = {}
        """The offset up to which each lane was heard."""
        self.halted: dict[TopicPartition, float] = {}
        """The lanes that wait for a newer program, with the moment of the next try."""

    async def start(self) -> None:
        """Listen until `stop`."""
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the batch at hand and stop."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    def wait_until_heard(self, offsets: Mapping[TopicPartition, int], seconds: float) -> bool:
        """Wait until everything up to these offsets was heard; say whether it was."""

        def heard() -> bool:
            return all(self.reached.get(lane, -1) >= offset for lane, offset in offsets.items() if lane.topic in self._topics and lane not in self.halted)

        with self._heard:
            return self._heard.wait_for(heard, seconds)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except asyncio.CancelledError:
                raise
            except Exception:
                logger.exception("%s connects to the bus again", self._group)
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        consumer = AIOKafkaConsumer(
            *self._topics,
            bootstrap_servers=self._address,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            # A database that is down for a while is no reason to lose one's lanes.
            max_poll_interval_ms=900_000,
            metadata_max_age_ms=30_000,
        )
        await consumer.start()
        committed = time.monotonic()
        try:
            while True:
                batches = await consumer.getmany(timeout_ms=200, max_records=MOST_AT_ONCE)
                if batches:
                    await self._deliver(consumer, batches)
                self._resume(consumer)
                if time.monotonic() - committed > COMMIT_SECONDS:
                    await self._commit(consumer)
                    committed = time.monotonic()
        finally:
            with suppress(KafkaError):
                await self._commit(consumer)
            await consumer.stop()

    async def _deliver(self, consumer: AIOKafkaConsumer, batches: Mapping[TopicPartition, Sequence[Any]]) -> None:
        """Let the service hear what came, all lanes in one transaction; a lane with an event newer than this program halts alone."""
        try:
            await self._hear([record.value for records in batches.values() for record in records])
        except NewerVersionError as error:
            for lane, records in batches.items():
                if len(batches) == 1:
                    await self._halt(consumer, lane, records, error)
                else:
                    await self._deliver(consumer, {lane: records})
            return
        with self._heard:
            self.reached.update({lane: records[-1].offset for lane, records in batches.items()})
            self._heard.notify_all()

    async def _hear(self, bodies: Sequence[bytes]) -> None:
        # Cancelled only between batches: a transaction under way comes to its end.
        await asyncio.shield(asyncio.to_thread(self._inbox.deliver, bodies))

    async def _halt(self, consumer: AIOKafkaConsumer, lane: TopicPartition, records: Sequence[Any], error: NewerVersionError) -> None:
        for record in records:
            try:
                await self._hear([record.value])
            except NewerVersionError:
                logger.critical("%s halts lane %s of %s: %s is newer than this program", self._group, lane.partition, lane.topic, error)
                consumer.seek(lane, record.offset)
                consumer.pause(lane)
                with self._heard:
                    self.halted[lane] = time.monotonic() + HALT_SECONDS
                    self._heard.notify_all()
                return
            self.reached[lane] = record.offset

    def _resume(self, consumer: AIOKafkaConsumer) -> None:
        for lane in [lane for lane, moment in self.halted.items() if moment < time.monotonic()]:
            del self.halted[lane]
            if lane in consumer.assignment():
                consumer.resume(lane)

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        mine = consumer.assignment()
        offsets = {lane: offset + 1 for lane, offset in self.reached.items() if lane in mine}
        if offsets:
            try:
                await consumer.commit(offsets)
            except KafkaError as error:
                # Whoever has the lane now hears some events again, and drops them.
                logger.info("%s could not say how far it heard: %s", self._group, error)
