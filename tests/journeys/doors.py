"""What comes in at intake's doors, signed as kiosks and departments' systems sign it: over Kafka where the world has it, else put before the door."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from services.chassis.bus.kafka.bus import KafkaBus
from services.chassis.bus.kafka.loop import Loop
from services.chassis.bus.reception import Reception
from services.chassis.bus.senders import Senders, new_sender, signed
from services.identity.accounts import subject_of
from services.kernel.actor import Role
from tests.patience import PATIENCE
from tests.world import World


def admitted(world: World, username: str, role: Role) -> str:
    """Admit an account as a sender, and give its private key."""
    account = world.window.accounts.by_subject(subject_of(username))
    assert account is not None
    sender, private = new_sender(username, account.subject, role, account.department)
    Senders(world.window.parts.senders).admit(sender)
    return private


def jws(username: str, private: str, event: dict[str, Any]) -> bytes:
    """Sign an event."""
    return signed(username, private, msgspec.json.encode(event))


def put(world: World, door: str, *bodies: bytes) -> None:
    """Put something before a door, and let everything come of it that does."""
    bus = world.window.bus
    if isinstance(bus, KafkaBus):
        listener = bus.listeners[f"intake-{door}"]
        world.settle()
        before = _heard(listener.reached)
        _produce(bus, door, bodies)
        until = time.monotonic() + PATIENCE
        while _heard(listener.reached) < before + len(bodies):
            assert time.monotonic() < until, "the door did not hear all of it"
            time.sleep(0.05)
    else:
        Reception(world.window.services["intake"], door, world.now).deliver(bodies)
    world.settle()


def _heard(reached: dict[Any, int]) -> int:
    return sum(offset + 1 for offset in reached.values())


def _produce(bus: KafkaBus, door: str, bodies: Sequence[bytes]) -> None:
    async def produce() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=bus.address, max_request_size=16 << 20, acks="all")
        await producer.start()
        try:
            for body in bodies:
                await producer.send_and_wait(f"{bus.prefix}.{door}", body, key=b"case")
        finally:
            await producer.stop()

    loop = Loop()
    loop.run(produce())
    loop.close()
