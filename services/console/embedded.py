"""All five services and the identity provider in one process: the embedded edition on SQLite without a broker, or the same on the real parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from sqlalchemy import MetaData

from services.certificates import main as certificates
from services.chassis.auth import Access, Anyone, Provider, TokenVerifier
from services.chassis.bus import Bus
from services.chassis.calendars import load_calendars
from services.chassis.database import Database, sqlite_file
from services.chassis.departments import Department, read_departments
from services.chassis.embedded import EmbeddedBus
from services.chassis.files import FileStore
from services.chassis.http_errors import add_error_handlers
from services.chassis.kafka_bus import KafkaBus
from services.chassis.parts import Parts
from services.chassis.sealing import Sealer
from services.chassis.secrets import Secrets
from services.chassis.service import Service
from services.chassis.timekeeping import Now
from services.chassis.web.pages import Pages
from services.console.settings import Settings
from services.identity import main as identity
from services.identity.accounts import AccountStore
from services.identity.provider import BROWSER_CLIENT
from services.intake import main as intake
from services.notification import main as notification
from services.supervision import main as supervision
from services.workflow import main as workflow

SERVICES = (intake, workflow, supervision, certificates, notification)


@dataclass(frozen=True, slots=True)
class OneWindow:
    """The whole product in one process. `app` serves everything under one address."""

    app: FastAPI
    bus: Bus
    services: Mapping[str, Service]
    accounts: AccountStore
    parts: Parts

    def close(self) -> None:
        """Finish what is under way and close every database."""
        self.bus.stop()
        for service in self.services.values():
            service.close()
        self.accounts.close()
        self.parts.access.provider.http.close()


def compose(settings: Settings, now: Now, hasher: PasswordHasher | None = None) -> OneWindow:
    """Put everything together on the data in `settings.var`."""
    secrets = Secrets(settings.var / "secrets")
    departments = read_departments(settings.catalogue)
    accounts = AccountStore(settings.var / "identity.sqlite", hasher)
    issuer = f"{settings.address}/identity"
    provider = Provider(issuer, httpx.Client(timeout=10))
    secure = settings.address.startswith("https:")
    access = Access(provider, TokenVerifier(provider, now), BROWSER_CLIENT, secrets.key("session"), now, secure)
    parts = Parts(
        database=lambda name, metadata: _database(settings, name, metadata),
        files=lambda name: FileStore(settings.var / "files" / name),
        now=now,
        calendars=load_calendars(),
        access=access,
        sealer=Sealer(secrets.key("sealing")),
        secrets=secrets,
        departments=departments,
        directory=accounts,
        mail=settings.mail,
        public_url=settings.address,
    )
    made = [module.create(parts) for module in SERVICES]
    provider_app = identity.create(accounts, secrets.signing_key("identity"), access, departments, trial=True)
    app = _root(access, departments, now)
    for service, service_app in made:
        app.mount(f"/{service.name}", service_app)
    app.mount("/identity", provider_app)
    services: dict[str, Service] = {service.name: service for service, _ in made}
    return OneWindow(app, _bus(settings, list(services.values()), now), services, accounts, parts)


def _database(settings: Settings, name: str, metadata: MetaData) -> Database:
    url = settings.database.replace("{service}", name) if settings.database else sqlite_file(settings.var / f"{name}.sqlite")
    return Database(url, metadata)


def _bus(settings: Settings, services: Sequence[Service], now: Now) -> Bus:
    return KafkaBus(services, now, settings.kafka, settings.topics) if settings.kafka else EmbeddedBus(services, now)


def _root(access: Access, departments: Mapping[str, Department], now: Now) -> FastAPI:
    """Give the app at the one address: it leads to the hall, and everything else is mounted."""
    app = FastAPI(title="一窗", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.access = access
    app.state.pages = Pages("intake", now, departments)

    @app.get("/", include_in_schema=False)
    def hall(_: Anyone) -> RedirectResponse:
        return RedirectResponse("/intake/", 307)

    @app.get("/assets/{version}/{name}", include_in_schema=False)
    def asset(version: str, name: str, _: Anyone) -> RedirectResponse:
        return RedirectResponse(f"/intake/assets/{version}/{name}", 308)

    add_error_handlers(app)
    return app
