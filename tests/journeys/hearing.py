"""Departments' own systems that hear from their topics, as they come to the broker from outside: each with its own password."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer
from typer.testing import CliRunner, Result

from contracts import envelope as wire
from services.chassis.bus.kafka.outside import MECHANISM
from services.console.cli import application
from services.identity.accounts import Account
from services.kernel.actor import Role
from tests.journeys.department import reported, way
from tests.real_parts import RealParts
from tests.world import PASSWORD, World

TELLERS = ("intake", "workflow", "supervision", "certificates")
HOUSING, MARKET = "housing", "market-regulation"
AFTERWARDS = "2026-03-06 09:00"
"""When all that housing's system reports has happened."""
REVIEW = {
    "handle": "planning-handler",
    "environment": "environment-handler",
    "safety": "emergency-handler",
    "building": "housing-handler",
    "join": "planning-head",
    "approve": "planning-leader",
}
"""The stages of a joint review, and who signs them: planning asks three departments, housing among them."""
Said = dict[str, list[bytes]]
"""What each service said, in its order."""
_SEALED = re.compile(rb"eyJ[\w-]+(\.[\w-]*){4}")
"""Whatever is personal is sealed anew each time that it is said, and reads otherwise each time."""
_groups = count(1)


def system_of(department: str) -> str:
    """Give the name of a department's system, which is that of its account."""
    return f"{department}-system"


def reviewed(world: World) -> str:
    """Take a case through a joint review, and give its id."""
    case = world.accepted("industrial-project-joint", "planning-handler")
    for stage, officer in REVIEW.items():
        world.signed(case, stage, officer)
    return case


def held(bodies: list[bytes]) -> list[bytes]:
    """Give what remains for whoever drops what comes twice, as docs/integration.md tells her to."""
    return list(dict.fromkeys(bodies))


def _alike(body: bytes) -> bytes:
    return _SEALED.sub(b"sealed", body)


class Departments:
    """The departments of a world that has real parts: each hears by its topic, once it was admitted, and by its feed."""

    def __init__(self, world: World, run: CliRunner, folder: Path, parts: RealParts, prefix: str) -> None:
        self.world = world
        self._run = run
        self._folder = folder
        self._outside = parts.kafka.outside
        self.address = parts.kafka.address
        self._prefix = prefix
        self.access: dict[str, dict[str, Any]] = {}
        """How each system connects."""

    def command(self, *arguments: str) -> Result:
        """Run a command of the operator's."""
        return self._run.invoke(application(), list(arguments))

    def topic(self, department: str) -> str:
        """Give the topic of a department."""
        return f"{self._prefix}.for-{department}"

    def admit(self, *departments: str) -> None:
        """Admit the systems of departments to the bus."""
        for one in departments:
            name = system_of(one)
            account = Account(username=name, password=PASSWORD, name="业务系统（示例）", roles=(Role.DEPARTMENT,), department=one, service=True)
            self.world.window.accounts.put(account)
            assert self.topic(one) in self.admit_as(name)

    def admit_as(self, name: str, *options: str) -> str:
        """Admit a system, and give what the command says."""
        key, password = self._folder / f"{name}.pem", self._folder / f"{name}.password"
        for file in (key, password):
            file.unlink(missing_ok=True)
        done = self.command("sender", name, str(key), "--password", str(password), *options)
        assert done.exit_code == 0, done.output
        sasl = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": MECHANISM, "sasl_plain_username": name, "sasl_plain_password": password.read_text()}
        self.access[name] = {"bootstrap_servers": self._outside, "request_timeout_ms": 10_000, **sasl}
        return done.output

    def heard(self, department: str, *, by: str = "", group: str = "") -> Said:
        """Read the topic of a department to its end, from where the group had stopped: by default the department's system does, as the group of that name."""
        topic = self.topic(department)
        said: Said = {}
        for body in asyncio.run(_heard(topic, group or topic, self.access[by or system_of(department)])):
            said.setdefault(wire.from_bytes(body).service, []).append(_alike(body))
        return said

    def heard_anew(self, department: str) -> Said:
        """Read it from the beginning."""
        return self.heard(department, group=f"{self.topic(department)}.{next(_groups)}")

    def fed(self, department: str) -> Said:
        """Read the feeds of all services to their ends."""
        said: Said = {}
        for service in TELLERS:
            address, before = f"/{service}/api/feed", ""
            while address != before:
                answer = self.world.call(system_of(department), "GET", address)
                assert answer.is_success, answer.text
                said.setdefault(service, []).extend(_alike(bytes(one)) for one in msgspec.json.decode(answer.content, type=list[msgspec.Raw]))
                before, address = address, answer.links["next"]["url"]
        return {service: bodies for service, bodies in said.items() if bodies}

    def two_cases(self) -> None:
        """Let a case of the market and one of housing's own system go their ways."""
        self.world.decided(self.world.accepted())
        self.world.advance(AFTERWARDS)
        assert {one["status"] for one in reported(self.world, *way())} == {"RECEIVED"}


@asynccontextmanager
async def _reading(topic: str, group: str, how: dict[str, Any]) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(topic, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False, **how)
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def _heard(topic: str, group: str, how: dict[str, Any]) -> list[bytes]:
    found: list[bytes] = []
    async with _reading(topic, group, how) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while [lane for lane, end in ends.items() if await consumer.position(lane) < end]:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [record.value for record in records]
        await consumer.commit()
    return found
