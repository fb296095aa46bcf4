"""What comes in at intake's doors, signed as kiosks and departments' systems sign it: over Kafka where the world has it, else put before the door."""

import json
import time
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from services.chassis.bus.kafka.bus import KafkaBus
from services.chassis.bus.kafka.loop import Loop
from services.chassis.bus.reception import Reception
from services.chassis.bus.senders import Senders, new_sender, signed
from services.chassis.sealing import seal_for
from services.identity.accounts import subject_of
from services.kernel.actor import Role
from tests.patience import PATIENCE
from tests.world import PDF, PERSON, Caller, World

KIOSKS_ITEM = "food-operation-licence"


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


def submission(caller: Caller, number: str = "k-1", **changes: Any) -> dict[str, Any]:
    """Give what a kiosk sends, with everything personal sealed for intake."""
    public = caller.do(None, "GET", "/intake/api/kiosks/key")
    scans = [{"code": one["code"], "filename": "扫描.pdf", "scan": seal_for(public, PDF)} for one in caller.materials(KIOSKS_ITEM)]
    data = {
        "item": KIOSKS_ITEM,
        "applicant": seal_for(public, json.dumps(PERSON).encode()),
        "form": seal_for(public, json.dumps(caller.form(KIOSKS_ITEM)).encode()),
        "materials": scans,
    }
    return {
        "specversion": "1.0",
        "id": number,
        "source": "/kiosks/kiosk1",
        "type": "gov.onewindow.kiosk.application-submitted.v1",
        "subject": number,
        "time": caller.now().isoformat(),
        "data": {**data, **changes},
    }


def put(world: World, door: str, *bodies: bytes) -> None:
    """Put something before a door, and let everything come of it that does."""
    bus = world.window.bus
    if isinstance(bus, KafkaBus):
        listener = bus.listeners[f"intake-{door}"]
        world.settle()
        before = _heard(listener.reached)
        produce(bus.address, f"{bus.prefix}.{door}", *bodies)
        until = time.monotonic() + PATIENCE
        while _heard(listener.reached) < before + len(bodies):
            assert time.monotonic() < until, "the door did not hear all of it"
            time.sleep(0.05)
    else:
        Reception(world.window.services["intake"], door, world.now).deliver(bodies)
    world.settle()


def _heard(reached: dict[Any, int]) -> int:
    return sum(offset + 1 for offset in reached.values())


def produce(address: str, topic: str, *bodies: bytes) -> None:
    """Put something on the bus, as from inside; returns when the broker has it for good."""

    async def sent() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=address, max_request_size=16 << 20, acks="all")
        await producer.start()
        try:
            for body in bodies:
                await producer.send_and_wait(topic, body, key=b"case")
        finally:
            await producer.stop()

    loop = Loop()
    loop.run(sent())
    loop.close()
