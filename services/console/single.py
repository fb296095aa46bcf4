"""One service in a process of its own, connected with the others by Kafka; or the identity provider in one."""

from dataclasses import dataclass

from fastapi import FastAPI

from services.chassis.auth import Provider
from services.chassis.auth.directory import CLIENT, RemoteDirectory
from services.chassis.bus.kafka.bus import KafkaBus
from services.chassis.bus.senders import Senders
from services.chassis.observing import observe
from services.chassis.parts import Directory, Parts
from services.chassis.secrets import Secrets
from services.chassis.service import Service
from services.chassis.timekeeping import Now
from services.console.embedded import SERVICES, root_app
from services.console.parts import shared_parts
from services.console.settings import Settings
from services.identity import main as identity
from services.identity.accounts import Account, AccountStore
from services.kernel.actor import Role

PORTS = {"intake": 8001, "workflow": 8002, "supervision": 8003, "certificates": 8004, "notification": 8005, "identity": 8006}
"""Where each process listens unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Single:
    """A service with its part of the bus."""

    app: FastAPI
    service: Service
    bus: KafkaBus
    parts: Parts

    def close(self) -> None:
        """Finish what is under way and close the database."""
        self.bus.stop()
        self.service.close()
        self.parts.access.provider.http.close()


def compose_single(settings: Settings, name: str, now: Now) -> Single:
    """Put one service together; raise `SchemaOutdated` where `onewindow migrate` was not run."""
    parts = shared_parts(settings, now, lambda provider, secrets: _directory(settings, provider, secrets), migrates=False)
    service, service_app = SERVICES[name].create(parts)
    app = root_app(parts.access, parts.departments, now)
    app.mount(f"/{name}", service_app)
    # Supervision hears, and sweeps its deadlines, in the workers of `onewindow stream`.
    bus = KafkaBus([service], now, settings.kafka, settings.topics, Senders(parts.senders).hearing, by_workers=name == "supervision")
    observe(app, [service], bus, now)
    return Single(app, service, bus, parts)


def compose_identity(settings: Settings, now: Now) -> FastAPI:
    """Put our own identity provider together, with an account for the services themselves."""
    accounts = AccountStore(settings.var / "identity.sqlite")
    parts = shared_parts(settings, now, lambda _provider, _secrets: accounts)
    secret = _secret(settings, parts.secrets)
    accounts.put(Account(username=CLIENT, password=secret, name="系统服务", roles=(Role.SERVICE,), service=True))
    app = root_app(parts.access, parts.departments, now)
    app.mount("/identity", identity.create(accounts, parts.secrets.signing_key("identity"), parts.access, parts.departments, trial=settings.trial))
    return app


def _directory(settings: Settings, provider: Provider, secrets: Secrets) -> Directory:
    return RemoteDirectory(provider, settings.directory or f"{settings.provider}/people/{{subject}}", _secret(settings, secrets))


def _secret(settings: Settings, secrets: Secrets) -> str:
    return settings.client_secret or secrets.key("services").hex()
