"""Each topic has as many partitions as there are lanes, for ever, and keeps what was said for long enough; a process that finds it otherwise says so."""

import asyncio
import time
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from typer.testing import CliRunner

from contracts.envelope import LANES
from services.chassis.bus.kafka.loop import Loop
from services.chassis.bus.kafka.sender import Sender
from services.chassis.bus.kafka.topics import LARGEST_MESSAGE, RETENTION_DAYS, WrongTopic, check_topics, make_topics, settings_kept
from services.chassis.bus.relay import Message
from services.console.cli import application
from tests.patience import PATIENCE
from tests.real_parts import RealParts

pytestmark = pytest.mark.connected
DAY = 86_400_000


def made(parts: RealParts, name: str, partitions: int = LANES, **settings: str) -> str:
    """Make a topic as somebody else would, and give its name."""

    async def make() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=parts.kafka.address)
        await admin.start()
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs={key.replace("_", "."): value for key, value in settings.items()})])
        await admin.close()

    asyncio.run(make())
    return name


def kept(parts: RealParts, name: str) -> dict[str, str]:
    """Give a topic's own settings."""

    async def read() -> dict[str, str]:
        admin = AIOKafkaAdminClient(bootstrap_servers=parts.kafka.address)
        await admin.start()
        try:
            return await settings_kept(admin, name)
        finally:
            await admin.close()

    return asyncio.run(read())


def test_a_topic_has_as_many_partitions_as_there_are_lanes(parts: RealParts) -> None:
    """Given a topic, making it again changes nothing; one with another number of partitions is refused, and so is one that is not there."""
    right, wrong = f"sample-{uuid4()}", made(parts, f"sample-{uuid4()}", LANES - 1)
    for _ in range(2):
        asyncio.run(make_topics(parts.kafka.address, [right]))
    asyncio.run(check_topics(parts.kafka.address, [right]))
    for look in (make_topics, check_topics):
        with pytest.raises(WrongTopic, match="can never change"):
            asyncio.run(look(parts.kafka.address, [right, wrong]))
    with pytest.raises(WrongTopic, match="onewindow migrate"):
        asyncio.run(check_topics(parts.kafka.address, [right, f"sample-{uuid4()}"]))


def test_nothing_is_said_to_a_topic_with_other_lanes(parts: RealParts) -> None:
    """Given a topic that was made anew with fewer partitions while we run, the relay says nothing there."""
    loop = Loop()
    sender = Sender(loop, parts.kafka.address, made(parts, f"sample-{uuid4()}", LANES - 1))
    with pytest.raises(WrongTopic):
        sender.send([Message(1, 1, b"{}")])
    sender.close()
    loop.close()


def test_what_was_said_is_kept_for_long_enough(parts: RealParts) -> None:
    """Given new topics, and old ones that keep less, each keeps ninety days, and a door takes scans; what an operator set beyond that stays."""
    new, door = f"sample-{uuid4()}", f"sample-{uuid4()}.kiosks"
    short = made(parts, f"sample-{uuid4()}", retention_ms=str(DAY), segment_ms=str(DAY))
    longer = made(parts, f"sample-{uuid4()}", retention_ms=str(365 * DAY))
    endless = made(parts, f"sample-{uuid4()}", retention_ms="-1")
    asyncio.run(make_topics(parts.kafka.address, [new, door, short, longer, endless]))
    least = {"retention.ms": str(RETENTION_DAYS * DAY), "cleanup.policy": "delete", "message.timestamp.type": "LogAppendTime"}
    # What the controller has agreed to, the broker tells a moment later.
    for name, settings in (
        (new, least),
        (door, {**least, "max.message.bytes": str(LARGEST_MESSAGE)}),
        (short, {**least, "segment.ms": str(DAY)}),
        (longer, {**least, "retention.ms": str(365 * DAY)}),
        (endless, {**least, "retention.ms": "-1"}),
    ):
        until = time.monotonic() + PATIENCE
        while (found := kept(parts, name)) != settings and time.monotonic() < until:
            time.sleep(0.1)
        assert found == settings


def test_a_process_does_not_start_on_wrong_topics(connected: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Given topics that were never made, `onewindow serve` and `stream` end and say what to do."""
    settings = {**connected, "topics": f"none-{uuid4()}", "var": str(tmp_path_factory.mktemp("var"))}
    environment = {f"ONEWINDOW_{name.upper()}": value for name, value in settings.items()}
    for command in (["serve", "intake"], ["stream"]):
        done = CliRunner().invoke(application(), command, env=environment)
        assert done.exit_code == 1
        assert "onewindow migrate" in done.output


def test_a_broker_that_is_away_says_nothing_of_topics() -> None:
    """Given no broker, looking at its topics fails soon and otherwise than for wrong topics: a process may start before its broker."""
    with pytest.raises((KafkaError, TimeoutError)):
        asyncio.run(check_topics("127.0.0.1:1", ["any"]))
