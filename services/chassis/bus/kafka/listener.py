"""Lets one service hear the topics of others, many events in a transaction, each lane in its order."""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from contracts.registry import NewerVersionError

logger = logging.getLogger(__name__)
MOST_AT_ONCE = 1000
COMMIT_SECONDS = 1.0
LONGEST_GOODBYE = 2.0
HALT_SECONDS = 10.0
LONGEST_LOOK = 5.0
LONGEST_START = 45.0
"""A broker that falls silent while lanes are given out may say nothing for as long as one likes; whoever waited so long asks anew, and is seen to."""


class Hearer(Protocol):
    """Hears a batch, and returns only when all of it is stored."""

    def deliver(self, batch: Sequence[bytes]) -> None:
        """Hear a batch."""
        ...


class Listener:
    """Lets one service hear the topics of others. It may be one of several readers of its group; Kafka shares the lanes among them."""

    def __init__(self, hearer: Hearer, address: str, group: str, topics: Sequence[str]) -> None:
        self._hearer = hearer
        self._address = address
        self.group = group
        self._topics = list(topics)
        self._running: asyncio.Task[None] | None = None
        self._heard = threading.Condition()
        self.reached: dict[TopicPartition, int] = {}
        """The offset up to which each lane that this reader has was heard, by it or by those who had the lane before."""
        self.halted: dict[TopicPartition, float] = {}
        """The lanes of this reader that wait for a newer program, with the moment of the next try; what is heard at last waits no more."""
        self.round: float | None = None
        """When it last went round, on the monotonic clock."""
        self._ends: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        """Listen until `stop`."""
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the batch at hand and stop."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    def behind(self) -> dict[tuple[str, int], int]:
        """Say how many events wait in each lane that this reader has."""
        reached = dict(self.reached)
        return {(lane.topic, lane.partition): end - 1 - reached[lane] for lane, end in self._ends.items() if lane in reached}

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
                logger.exception("%s connects to the bus again", self.group)
                self.round = time.monotonic()
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        consumer = AIOKafkaConsumer(
            *self._topics,
            bootstrap_servers=self._address,
            group_id=self.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # As short as brokers allow: who died or hangs keeps its lanes for so long.
            session_timeout_ms=6_000,
            heartbeat_interval_ms=1_000,
            # A database that is down for a while is no reason to lose one's lanes.
            max_poll_interval_ms=900_000,
            metadata_max_age_ms=30_000,
        )
        try:
            async with asyncio.timeout(LONGEST_START):
                await consumer.start()
            await self._go_round(consumer)
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._commit(consumer), LONGEST_GOODBYE)
            await consumer.stop()

    async def _go_round(self, consumer: AIOKafkaConsumer) -> None:
        committed = time.monotonic()
        committing = asyncio.create_task(self._commit(consumer))
        try:
            while True:
                self.round = time.monotonic()
                await self._look(consumer)
                batches = await consumer.getmany(timeout_ms=200, max_records=MOST_AT_ONCE)
                self._ends = {lane: end for lane in consumer.assignment() if (end := consumer.highwater(lane)) is not None}
                if batches:
                    await self._deliver(consumer, batches)
                self._resume(consumer)
                if committing.done() and time.monotonic() - committed > COMMIT_SECONDS:
                    await committing
                    # Beside us: it waits until there is a broker, and who waits so does not hang.
                    committing = asyncio.create_task(self._commit(consumer))
                    committed = time.monotonic()
        finally:
            committing.cancel()

    async def _look(self, consumer: AIOKafkaConsumer) -> None:
        """See which lanes came and went: how far others heard counts, and what this reader heard of a lane that left it counts no more."""
        lanes = consumer.assignment()
        for lane in self.reached.keys() - lanes:
            del self.reached[lane]
            self.halted.pop(lane, None)
        # A broker that is silent says nothing of new lanes; it is asked again, and who waits so does not hang.
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_LOOK):
                for lane in lanes - self.reached.keys():
                    with suppress(IllegalStateError):
                        # Raised where the lane left again meanwhile.
                        self.reached[lane] = await consumer.position(lane) - 1

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
            for lane in batches:
                self.halted.pop(lane, None)
            self._heard.notify_all()

    async def _hear(self, bodies: Sequence[bytes]) -> None:
        # Cancelled only between batches: a transaction under way comes to its end.
        await asyncio.shield(asyncio.to_thread(self._hearer.deliver, bodies))

    async def _halt(self, consumer: AIOKafkaConsumer, lane: TopicPartition, records: Sequence[Any], error: NewerVersionError) -> None:
        for record in records:
            try:
                await self._hear([record.value])
            except NewerVersionError:
                logger.critical("%s halts lane %s of %s: %s is newer than this program", self.group, lane.partition, lane.topic, error)
                consumer.seek(lane, record.offset)
                consumer.pause(lane)
                with self._heard:
                    self.halted[lane] = time.monotonic() + HALT_SECONDS
                    self._heard.notify_all()
                return
            self.reached[lane] = record.offset

    def _resume(self, consumer: AIOKafkaConsumer) -> None:
        for lane, moment in self.halted.items():
            if moment < time.monotonic() and lane in consumer.assignment():
                consumer.resume(lane)

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        mine = consumer.assignment()
        offsets = {lane: offset + 1 for lane, offset in self.reached.items() if lane in mine}
        if offsets:
            try:
                await consumer.commit(offsets)
            except KafkaError as error:
                # Whoever has the lane now hears some events again, and drops them.
                logger.info("%s could not say how far it heard: %s", self.group, error)
