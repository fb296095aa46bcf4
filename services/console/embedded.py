"""All five services and the identity provider in one process: the embedded edition on SQLite without a broker, or the same on the real parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from services.certificates import main as certificates
from services.chassis.auth import Access, Anyone
from services.chassis.bus.base import Bus
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.bus.kafka.bus import KafkaBus
from services.chassis.bus.senders import Senders
from services.chassis.copies import cores
from services.chassis.departments import Department
from services.chassis.http.application import OWN_FIGURES
from services.chassis.http.errors import add_error_handlers
from services.chassis.observing import observe
from services.chassis.parts import Parts
from services.chassis.rebuild import Progress, rebuild, untold
from services.chassis.service import Service
from services.chassis.timekeeping import Now
from services.chassis.web.pages import Pages
from services.console.parts import shared_parts
from services.console.settings import Settings
from services.identity import main as identity
from services.identity.accounts import AccountStore
from services.intake import main as intake
from services.notification import main as notification
from services.supervision import main as supervision
from services.workflow import main as workflow

SERVICES = {"intake": intake, "workflow": workflow, "supervision": supervision, "certificates": certificates, "notification": notification}


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
    """Put everything together on the data in `settings.var`, or in the databases that the settings name."""
    accounts = AccountStore(settings.var / "identity.sqlite", hasher)
    parts = shared_parts(settings, now, lambda _provider, _secrets: accounts)
    made = [module.create(parts) for module in SERVICES.values()]
    provider_app = identity.create(accounts, parts.secrets.signing_key("identity"), parts.access, parts.departments, trial=settings.trial)
    app = root_app(parts.access, parts.departments, now)
    for service, service_app in made:
        app.mount(f"/{service.name}", service_app)
    app.mount("/identity", provider_app)
    services: dict[str, Service] = {service.name: service for service, _ in made}
    for service in services.values():
        refresh(service)
    bus = _bus(settings, list(services.values()), now, Senders(parts.senders))
    observe(app, list(services.values()), bus, now)
    return OneWindow(app, bus, services, accounts, parts)


def refresh(service: Service, progress: Progress = untold) -> None:
    """Rebuild the views of a service where a new program gave them a new form."""
    if service.database.stale:
        rebuild(service, progress, cores())
        service.database.stale = False


def root_app(access: Access, departments: Mapping[str, Department], now: Now) -> FastAPI:
    """Give the app at the one address: it leads to the hall, and everything else is mounted."""
    app = FastAPI(title="一窗", docs_url=None, redoc_url=None, openapi_url=None, telemetry=OWN_FIGURES)
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


def _bus(settings: Settings, services: Sequence[Service], now: Now, senders: Senders) -> Bus:
    return KafkaBus(services, now, settings.kafka, settings.topics, senders.hearing) if settings.kafka else EmbeddedBus(services, now)
