"""From outside, whoever was let in may write to its own door of the bus, and to read or write anything else is refused by the broker itself (SEC-02)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from typer.testing import CliRunner

from services.chassis.bus.kafka.outside import MECHANISM, let_in
from services.console.cli import application
from tests.real_parts import RealParts

pytestmark = pytest.mark.connected
SYSTEM = "housing-system"


@pytest.fixture(name="topics")
def _topics(connected: dict[str, str], tmp_path: Path) -> str:
    environment = {f"ONEWINDOW_{name.upper()}": value for name, value in connected.items()} | {"ONEWINDOW_VAR": str(tmp_path)}
    options = ["--subject", "s-1", "--role", "DEPARTMENT", "--department", "housing", "--password", str(tmp_path / "password")]
    done = CliRunner().invoke(application(), ["sender", SYSTEM, str(tmp_path / "key.pem"), *options], env=environment)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "password").stat().st_mode & 0o077 == 0
    return connected["topics"]


def access(parts: RealParts, password: str) -> dict[str, Any]:
    """Give how the department's system connects."""
    sasl = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": MECHANISM, "sasl_plain_username": SYSTEM, "sasl_plain_password": password}
    return {"bootstrap_servers": parts.kafka.outside, "request_timeout_ms": 10_000, **sasl}


@asynccontextmanager
async def started(client: Any) -> AsyncIterator[Any]:
    """Start a client, and stop it."""
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


async def say(topic: str, **how: Any) -> None:
    """Write to a topic."""
    async with started(AIOKafkaProducer(enable_idempotence=True, acks="all", **how)) as producer:
        await producer.send_and_wait(topic, b"{}", key=b"2026-0001")


async def hear(topic: str, **how: Any) -> list[bytes]:
    """Read a topic from its beginning."""
    async with started(AIOKafkaConsumer(**how)) as consumer:
        lanes = [TopicPartition(topic, lane) for lane in range(16)]
        consumer.assign(lanes)
        await consumer.seek_to_beginning(*lanes)
        found = await consumer.getmany(timeout_ms=60_000)
        return [record.value for records in found.values() for record in records]


async def told_of(topics: list[str], **how: Any) -> dict[str, int]:
    """Ask where topics are, which is the first thing that a reader needs to know; gives the code of the error for each."""
    admin = AIOKafkaAdminClient(**how)
    await admin.start()
    try:
        return {described["topic"]: described["error_code"] for described in await admin.describe_topics(topics)}
    finally:
        await admin.close()


def test_a_department_writes_to_its_door_and_nowhere_else(parts: RealParts, topics: str, tmp_path: Path) -> None:
    """Given a system that was let in, what it puts before its door arrives; it can neither say what a service says nor read what concerns others."""
    own = access(parts, (tmp_path / "password").read_text())
    asyncio.run(say(f"{topics}.departments", **own))
    assert asyncio.run(hear(f"{topics}.departments", bootstrap_servers=parts.kafka.address)) == [b"{}"]
    for name in ("kiosks", "intake", "supervision"):
        with pytest.raises(TopicAuthorizationFailedError):
            asyncio.run(say(f"{topics}.{name}", **own))
    with pytest.raises(TopicAuthorizationFailedError):
        asyncio.run(hear(f"{topics}.departments", **own))
    others = [f"{topics}.{name}" for name in ("kiosks", "intake", "workflow", "supervision", "certificates", "notification")]
    assert asyncio.run(told_of(others, **own)) == dict.fromkeys(others, TopicAuthorizationFailedError.errno)


def test_nobody_comes_in_without_the_right_password(parts: RealParts, topics: str) -> None:
    """Given a wrong password, an unknown name or none, the broker does not let in; a new password ends the old one; nobody is let in as ourselves."""
    door = f"{topics}.departments"
    first = asyncio.run(let_in(parts.kafka.address, SYSTEM, writes=door))
    second = asyncio.run(let_in(parts.kafka.address, SYSTEM, writes=door))
    asyncio.run(say(door, **access(parts, second)))
    for wrong in (access(parts, first), access(parts, "guessed"), {**access(parts, second), "sasl_plain_username": "nobody"}):
        with pytest.raises(KafkaError):
            asyncio.run(say(door, **wrong))
    with pytest.raises(KafkaError):
        asyncio.run(say(door, bootstrap_servers=parts.kafka.outside, request_timeout_ms=3_000))
    with pytest.raises(ValueError, match="ANONYMOUS"):
        asyncio.run(let_in(parts.kafka.address, "ANONYMOUS", writes=door))
