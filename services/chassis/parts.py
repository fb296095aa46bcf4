"""What a composition root hands to each service, in one process or in many."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import MetaData

from services.chassis.auth import Access
from services.chassis.departments import Department
from services.chassis.mail import Mail
from services.chassis.sealing import Sealer
from services.chassis.secrets import Secrets
from services.chassis.storage.database import Database
from services.chassis.storage.files import FileStore
from services.chassis.timekeeping import Now
from services.kernel.calendar import Calendars


class Directory(Protocol):
    """Who the accounts are, as the identity provider knows them."""

    def name(self, subject: str) -> str:
        """Give the name to show for a subject; the subject itself where it is not known."""
        ...

    def email(self, subject: str) -> str | None:
        """Give the e-mail address of a subject, None where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that services share.

    `public_url` is the address under which people reach us, without a slash at its end; `senders` the folder of those who may send over the bus.
    """

    database: Callable[[str, MetaData], Database]
    files: Callable[[str], FileStore]
    now: Now
    calendars: Calendars
    access: Access
    sealer: Sealer
    secrets: Secrets
    departments: Mapping[str, Department]
    directory: Directory
    mail: Mail | None
    public_url: str
    senders: Path
