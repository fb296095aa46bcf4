"""The topics: one for each service that speaks, each door, and each department that hears, with as many partitions as they have lanes, for ever."""

import asyncio
import re
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import CommitFailedError, KafkaError, TopicAlreadyExistsError

from contracts import envelope as wire
from contracts.envelope import LANES, TELLERS
from services.chassis.bus.concerning import TOLD

SPEAKERS = ("intake", "workflow", "supervision", "certificates", "notification")
DOORS = ("departments", "kiosks")
"""Where others put something for us."""
LONGEST_LOOK = 10.0
LONGEST_FAREWELL = 60.0
"""Long enough for the broker to miss readers that were killed: after some seconds, as each of them told it."""
LARGEST_MESSAGE = 16 << 20
"""A kiosk's application has its scans in it."""
_OF_THE_TOPIC = 1
"""Where Kafka says that a setting comes from: the topic, not the broker."""
RETENTION_DAYS = 90
"""How long a topic keeps what was said. The truth is in the stores of the services: `onewindow relay --from` says older things again."""

BY_THE_BROKERS_CLOCK = {"message.timestamp.type": "LogAppendTime"}
"""Otherwise the broker refuses everything from a machine whose clock is an hour ahead of its own. When something happened, the event itself says."""


def topic(prefix: str, name: str) -> str:
    """Give the name of a topic, such as `onewindow.intake`."""
    return f"{prefix}.{name}"


_DEPARTMENT = re.compile(r"[a-z0-9-]{1,60}")


def topic_for(prefix: str, department: str) -> str:
    """Give the name of the topic in which a department hears what concerns it, such as `onewindow.for-housing`; raise `ValueError`."""
    if not _DEPARTMENT.fullmatch(department):
        # With a dot in it, the groups of one could be those of another.
        msg = f"{department!r} can be no part of a topic's name: a-z, 0-9 and - alone"
        raise ValueError(msg)
    return topic(prefix, f"{TOLD}{department}")


def lanes_of(name: str) -> int:
    """Give how many partitions a topic has: that of a department one for each who tells it, so that she is alone there and notices what was lost."""
    return len(TELLERS) if name.rpartition(".")[2].startswith(TOLD) else LANES


class WrongTopic(RuntimeError):  # noqa: N818 - said of the topic
    """A topic that is not there, or whose number of partitions is not that of the lanes: order and tracking would break."""


def all_topics(prefix: str) -> list[str]:
    """Give the names of all topics but those of departments."""
    return [topic(prefix, name) for name in (*SPEAKERS, *DOORS)]


def settings_of(name: str) -> dict[str, str]:
    """Give what a topic must at least be set to."""
    settings = {"retention.ms": str(RETENTION_DAYS * 86_400_000), "cleanup.policy": "delete", **BY_THE_BROKERS_CLOCK}
    return {**settings, "max.message.bytes": str(LARGEST_MESSAGE)} if name.rpartition(".")[2] in DOORS else settings


async def make_topics(address: str, names: Sequence[str], replicas: int = 1) -> None:
    """Make the topics that are not there, and mend the settings of those that are; raise `WrongTopic` where one has another number of partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        for name in names:
            answer = await admin.create_topics([NewTopic(name, lanes_of(name), replicas, topic_configs=settings_of(name))])
            # The library reports a topic's own failure in the answer, without raising it.
            if failed := [error for error in answer.topic_errors if error[1] not in {0, TopicAlreadyExistsError.errno}]:
                raise KafkaError(str(failed))
        found = await _partitions(admin, names)
        while not all(found.values()):
            # A new topic is known to its broker a moment after it was made.
            await asyncio.sleep(0.05)
            found = await _partitions(admin, names)
        _check(found)
        for name in names:
            await _mend(admin, name)
    finally:
        await admin.close()


async def check_topics(address: str, names: Sequence[str]) -> None:
    """Raise `WrongTopic` where a topic is not there or has another number of partitions, `KafkaError` or `TimeoutError` where the broker does not say."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    try:
        async with asyncio.timeout(LONGEST_LOOK):
            await admin.start()
            _check(await _partitions(admin, names))
    finally:
        await admin.close()


def _check(found: Mapping[str, int]) -> None:
    for name, count in found.items():
        if not count:
            raise WrongTopic(f"there is no topic {name}: run `onewindow migrate`")
        if count != lanes_of(name):
            raise WrongTopic(f"topic {name} has {count} partitions, not {lanes_of(name)}; a number of lanes can never change")


async def _partitions(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    return {described["topic"]: len(described["partitions"]) for described in await admin.describe_topics(list(names))}


async def settings_kept(admin: AIOKafkaAdminClient, name: str) -> dict[str, str]:
    """Give the settings that a topic has of its own."""
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    return {entry[0]: entry[1] for resource in answer.resources for entry in resource[4] if entry[3] == _OF_THE_TOPIC}


async def _mend(admin: AIOKafkaAdminClient, name: str) -> None:
    """Keep whatever an operator set beside or above what must be."""
    kept = await settings_kept(admin, name)
    short = {setting: least for setting, least in settings_of(name).items() if not _suffices(kept.get(setting, ""), least)}
    if short:
        (answer,) = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {**kept, **short})])
        if failed := [error for error in answer.resources if error[0]]:
            raise KafkaError(str(failed))


def _suffices(kept: str, least: str) -> bool:
    return kept in {least, "-1"} or (kept.isdigit() and least.isdigit() and int(kept) >= int(least))


async def last_positions(address: str, topic: str, lanes: Sequence[int] = range(LANES)) -> dict[int, int]:
    """Read the last message of each of these lanes of a topic and give its position; nothing of a lane whose messages have all expired.

    Raises `TimeoutError` where the broker does not say.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=address)
    try:
        # A lane that loses its tail between these questions would keep us waiting for a message that is no more.
        async with asyncio.timeout(LONGEST_LOOK):
            await consumer.start()
            return await _last_positions(consumer, [TopicPartition(topic, lane) for lane in lanes])
    finally:
        await consumer.stop()


async def _last_positions(consumer: AIOKafkaConsumer, lanes: Sequence[TopicPartition]) -> dict[int, int]:
    begins, ends = await consumer.beginning_offsets(lanes), await consumer.end_offsets(lanes)
    kept = {lane.partition: 0 for lane in lanes if begins[lane] == 0}
    asked = {lane: ends[lane] - 1 for lane in lanes if ends[lane] > begins[lane]}
    while asked:
        found = await _messages(consumer, asked)
        for lane, body in found.items():
            if (position := _position(body)) is not None:
                kept[lane.partition] = position
        # What somebody else put there is no message of ours: look before it.
        asked = {lane: asked[lane] - 1 for lane, body in found.items() if _position(body) is None and asked[lane] > begins[lane]}
    return kept


async def _messages(consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, bytes | None]:
    """Read one message of each lane, all in one question: a lane asked for by itself waits until the broker has nothing to say of the others."""
    consumer.assign(list(offsets))
    for lane, offset in offsets.items():
        consumer.seek(lane, offset)
    found: dict[TopicPartition, bytes | None] = {}
    while missing := offsets.keys() - found.keys():
        for lane, records in (await consumer.getmany(*missing, timeout_ms=200)).items():
            found[lane] = records[0].value
    return found


def _position(body: bytes | None) -> int | None:
    try:
        return wire.from_bytes(body or b"").position
    except ValueError:
        return None


async def forget_offsets(address: str, group: str, topics: Sequence[str]) -> None:
    """Let a group of readers, none of which runs, hear its topics from the beginning; raise `CommitFailedError` where one runs all the same."""
    consumer = AIOKafkaConsumer(bootstrap_servers=address, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        lanes = [TopicPartition(topic, lane) for topic in topics for lane in range(LANES)]
        consumer.assign(lanes)
        until = asyncio.get_running_loop().time() + LONGEST_FAREWELL
        while True:
            try:
                await consumer.commit(dict.fromkeys(lanes, 0))
            except CommitFailedError:
                # The broker counts a reader that was killed, or is about to go, among the group for a while.
                if asyncio.get_running_loop().time() > until:
                    raise
                await asyncio.sleep(1)
            else:
                return
    finally:
        await consumer.stop()
