"""Carries what one service says to a topic, in order, and notices when the broker lost some of it."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from contracts.envelope import LANES
from services.chassis.bus.kafka.loop import Loop
from services.chassis.bus.kafka.topics import WrongTopic, lanes_of, last_positions
from services.chassis.bus.relay import Message

BATCH_BYTES = 512 * 1024
LONGEST_SENDING = 60.0
"""The library tries again for as long as the broker is silent. Who gives up meanwhile and begins anew is seen to go round."""
LONGEST_GOODBYE = 5.0
REMEMBERED = 2000
"""How many messages of a lane a sender remembers, to tell how much was lost."""


class Sender:
    """Carries what one service says to a topic, in lanes in which nobody else says anything.

    Idempotent, acknowledged by all replicas, one batch of a lane under way at a time.
    """

    def __init__(self, loop: Loop, address: str, topic: str, lanes: Sequence[int] = range(LANES), *, longest: float = LONGEST_SENDING) -> None:
        self._loop = loop
        self._address = address
        self._topic = topic
        self._lanes = lanes
        self._longest = longest
        self._producer: AIOKafkaProducer | None = None
        self.reached: dict[TopicPartition, int] = {}
        """The offset of the last message acknowledged, for each lane."""
        self._sent: dict[int, deque[tuple[int, int]]] = {}

    def send(self, batch: Sequence[Message]) -> int | None:
        """Send a batch; raise `KafkaError` or `TimeoutError` where some of it may not be kept: then all of it must be sent again.

        Gives the last position kept before, where a lane went on at an offset that it had given before: its tail was lost.
        """
        return self._loop.run(self._send(batch))

    def kept(self) -> Mapping[int, int]:
        """Read the last message of each lane and give its position; nothing of a lane whose messages have all expired."""
        return self._loop.run(last_positions(self._address, self._topic, self._lanes))

    def close(self) -> None:
        """Close the connection."""
        self._loop.run(self._drop())

    async def _send(self, batch: Sequence[Message]) -> int | None:
        try:
            async with asyncio.timeout(self._longest):
                return await self._send_all(batch)
        except BaseException:
            # A batch that timed out must not overtake the next try.
            await self._drop()
            raise

    async def _send_all(self, batch: Sequence[Message]) -> int | None:
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
            # Known before it is there: whoever gives up waiting for that drops it, too.
            self._producer = producer = AIOKafkaProducer(
                bootstrap_servers=self._address, enable_idempotence=True, acks="all", max_batch_size=BATCH_BYTES, linger_ms=0, request_timeout_ms=15_000
            )
            await producer.start()
            if (count := len(await producer.partitions_for(self._topic))) != (lanes := lanes_of(self._topic)):
                raise WrongTopic(f"topic {self._topic} has {count} partitions, not {lanes}; nothing is said")
        return self._producer

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        _give_up(producer)
        try:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), LONGEST_GOODBYE)
        finally:
            await producer.client.close()


def _give_up(producer: AIOKafkaProducer) -> None:
    """Let a producer wait for nothing that it was to send: before it is stopped it would try for as long as the broker is silent."""
    # The library has no public way to that.
    waiting = producer._message_accumulator  # noqa: SLF001
    for batch in (*waiting._pending_batches, *chain.from_iterable(waiting._batches.values())):  # noqa: SLF001
        batch.future.cancel()
