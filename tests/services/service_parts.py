"""The parts of which a test puts one service together in a folder of its own, and how it reads what the service keeps and says."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from contracts.envelope import Envelope, from_bytes
from services.chassis.bus.relay import to_bytes
from services.chassis.clock.calendars import load_calendars
from services.chassis.departments import read_departments
from services.chassis.mail import Mail
from services.chassis.parts import Parts
from services.chassis.sealing import Sealer
from services.chassis.secrets import Secrets
from services.chassis.service import Service
from services.chassis.storage.files import FileStore
from services.chassis.timekeeping import VirtualTime
from tests.databases import open_database
from tests.services.frame_sample import access

CATALOGUE = Path(__file__).parents[2] / "deploy" / "catalogue"

SEALER = Sealer(b"s" * 32)


class Addresses:
    """Knows the e-mail addresses of some subjects."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses

    def name(self, subject: str) -> str:
        """Give no more than the subject."""
        return subject

    def email(self, subject: str) -> str | None:
        """Give an address."""
        return self._addresses.get(subject)


def parts(folder: Path, now: datetime, mail: Mail | None = None, addresses: Mapping[str, str] | None = None) -> Parts:
    """Give the parts, on a clock that stands at `now`."""
    return Parts(
        database=lambda name, metadata: open_database(folder, name, metadata),
        files=lambda name: FileStore(folder / name),
        now=VirtualTime(now),
        calendars=load_calendars(),
        access=access(),
        sealer=SEALER,
        secrets=Secrets(folder / "secrets"),
        departments=read_departments(CATALOGUE),
        directory=Addresses(addresses or {}),
        mail=mail,
        senders=folder / "senders",
        public_url="http://onewindow.example",
    )


def every_row(service: Service) -> dict[str, list[dict[str, Any]]]:
    """Give every row of every view."""
    with service.database.engine.connect() as connection:
        return {view.name: [dict(row) for row in connection.execute(select(view).order_by(*view.primary_key)).mappings()] for view in service.database.views}


def said(service: Service) -> list[Envelope]:
    """Give the envelopes of everything that a service said in public."""
    return [from_bytes(body) for one in service.recorder.select_notifications(None, 10_000) if (body := to_bytes(service, one))]
