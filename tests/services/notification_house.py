"""Notification as a composition root makes it, hearing what the other services say of a case, and a real mail server in the same process."""

import json
import socket
from asyncio import Transport
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.chassis.bus.inbox import Inbox
from services.chassis.bus.letters import Letters
from services.chassis.mail import Mail
from services.chassis.timekeeping import VirtualTime
from services.chassis.timers import Timers
from services.kernel.actor import Actor
from services.notification import main
from services.notification.application import Notification
from tests.patience import PATIENCE
from tests.services.frame_sample import tokens_of
from tests.services.service_parts import SEALER, parts

LATER = datetime(2026, 3, 20, 1, tzinfo=UTC)
"""After everything that the samples say."""
SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"
CASE = UUID("6f1f2a52-7f0e-5a53-9c3c-1d7d6c1f4a10")
NUMBER = "SJ20260302-000017-K"
ITEM = "食品经营许可证核发"
EMAIL = "zhang@example.com"
COMPLAINANT = "lisi"
APPLICANT_SAID = {"kind": "PERSON", "name": "张三（示例）", "number": "11010519491231002X", "phone": "000-1234", "email": EMAIL, "account": "zhang"}


def heard(name: str, position: int | None = None, **data: Any) -> bytes:
    """Give the sample of a public event about the case, with some of its data changed; `applicant` are the details that are sealed in it."""
    (path,) = (path for path in SAMPLES.glob(f"*.{name}.v1.json") if ".department." not in path.name)
    sample = json.loads(path.read_text())
    source = sample["type"].split(".")[2]
    if position is not None:
        sample |= {"sequence": str(position), "id": f"{source}-{position}"}
    sealed = SEALER.seal(APPLICANT_SAID | data.pop("applicant", {}))
    sample["subject"] = str(CASE)
    sample["data"] |= data
    if "applicant" in sample["data"]:
        sample["data"]["applicant"]["sealed"] = sealed
    if "complainant_sealed" in sample["data"]:
        sample["data"]["complainant_sealed"] = SEALER.seal({"account": COMPLAINANT})
    return json.dumps(sample).encode()


@dataclass
class House:
    """Notification, its web application, its time, its inbox and its timers."""

    notification: Notification
    app: FastAPI
    now: VirtualTime
    inbox: Inbox
    timers: Timers

    def hear(self, *bodies: bytes) -> None:
        """Hear a batch; none of it may be kept as a dead letter."""
        self.inbox.deliver(bodies)
        assert Letters(self.notification).waiting() == []

    def messages(self, **wanted: str) -> list[dict[str, Any]]:
        """Give the rows of messages that have these values."""
        table = self.notification.database.table("messages")
        with self.notification.database.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(table.select().order_by(table.c.template, table.c.mailbox, table.c.channel)).mappings()]
        return [row for row in rows if all(row[key] == value for key, value in wanted.items())]

    def client(self, actor: Actor | None = None, **headers: str) -> TestClient:
        """Give a program that calls in the name of an actor."""
        token = {"Authorization": f"Bearer {tokens_of(actor)}"} if actor else {}
        return TestClient(self.app, headers={**token, **headers}, follow_redirects=False)


@contextmanager
def house(
    folder: Path, mail: Mail | None = None, now: datetime = LATER, addresses: dict[str, str] | None = None, offices: dict[str, str] | None = None
) -> Iterator[House]:
    """Put notification together, and close it. `addresses` are those of accounts, `offices` those of departments."""
    made = parts(folder, now, mail, addresses)
    known = {code: msgspec.structs.replace(one, email=(offices or {}).get(code)) for code, one in made.departments.items()}
    made = replace(made, departments=known)
    service, app = main.create(made)
    root = FastAPI(openapi_url=None)
    root.mount("/notification", app)
    assert isinstance(made.now, VirtualTime)
    try:
        yield House(service, root, made.now, Inbox(service, made.now), Timers(service, made.now))
    finally:
        service.close()


@dataclass
class Postbox:
    """A mail server that answers as it is told. `letters` is what it took."""

    recipient_answer: str = "250 OK"
    goodbye: str = "221 Bye"
    hangs_up: bool = False
    letters: list[EmailMessage] = field(default_factory=list)
    asked: int = 0

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        """Take a recipient, or not."""
        self.asked += 1
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message; hang up without a word where told so."""
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default))
        if self.hangs_up:
            assert isinstance(server.transport, Transport)
            server.transport.abort()
        return "250 OK"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        """Say goodbye."""
        return self.goodbye


def free_port() -> int:
    """Give a port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


@contextmanager
def mail_server(box: Postbox, port: int | None = None) -> Iterator[Mail]:
    """Run a mail server, and give what is needed to reach it."""
    controller = Controller(box, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield Mail("127.0.0.1", controller.port, timeout=PATIENCE)
    finally:
        controller.stop()
