"""The parts that all services of a process share, made from the settings."""

from collections.abc import Callable, Mapping

import httpx

from services.chassis.auth import Access, Provider, TokenVerifier
from services.chassis.clock.calendars import load_calendars
from services.chassis.departments import Department, read_departments
from services.chassis.parts import Directory, Parts
from services.chassis.sealing import Sealer
from services.chassis.secrets import Secrets
from services.chassis.storage.database import Database
from services.chassis.storage.files import FileStore
from services.chassis.timekeeping import Now
from services.console.settings import Settings
from services.identity.provider import BROWSER_CLIENT


def shared_parts(settings: Settings, now: Now, directory: Callable[[Provider, Secrets], Directory], *, migrates: bool = True) -> Parts:
    """Give the parts; `directory` makes the directory from the provider and the secrets."""
    secrets = Secrets(settings.var / "secrets")
    departments: Mapping[str, Department] = read_departments(settings.catalogue)
    provider = Provider(settings.provider, httpx.Client(timeout=10))
    secure = settings.address.startswith("https:")
    return Parts(
        database=lambda name, metadata: Database(settings.database_of(name), metadata, migrates=migrates),
        files=lambda name: FileStore(settings.var / "files" / name),
        now=now,
        calendars=load_calendars(),
        access=Access(provider, TokenVerifier(provider, now), BROWSER_CLIENT, secrets.key("session"), now, secure),
        sealer=Sealer(secrets.key("sealing")),
        secrets=secrets,
        departments=departments,
        directory=directory(provider, secrets),
        mail=settings.mail,
        public_url=settings.address,
        senders=settings.var / "senders",
    )
