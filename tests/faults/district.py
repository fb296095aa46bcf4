"""A district of real processes: Kafka, PostgreSQL, a process for each service, workers of supervision; and what must hold after each fault."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, create_engine, text

from services.certificates.application import Certificates
from services.chassis.bus.kafka.topics import SPEAKERS
from services.chassis.rebuild import rebuild
from services.chassis.service import Service
from services.chassis.timekeeping import system_now
from services.console.embedded import SERVICES
from services.console.local.process import Process
from services.console.local.topology import Topology
from services.console.parts import shared_parts
from services.console.settings import Settings
from services.identity.accounts import AccountStore
from services.intake.application import Intake
from services.notification.application import Notification
from services.supervision.application import Supervision
from services.workflow.application import Workflow
from tests.faults.clients import Clients
from tests.faults.safety import check_apart
from tests.patience import PATIENCE
from tests.world import Caller, rows

QUIET_SECONDS = 0.5
HEARS = {one.name: one.hears for one in (Intake, Workflow, Supervision, Certificates, Notification)}
"""Of each service, the others that it hears."""


class District(Caller):
    """Reached at one address, through the proxy. Its clock is that of this machine."""

    def __init__(self, topology: Topology) -> None:
        super().__init__(system_now, topology.address)
        self.topology = topology
        self.clients = Clients(self)
        self._engines = {name: create_engine(topology.postgres.url(name), pool_pre_ping=True) for name in SPEAKERS}

    def close(self) -> None:
        """Close the connections."""
        for engine in self._engines.values():
            engine.dispose()

    # What is kept

    def rows(self, service: str, table: str) -> list[dict[str, Any]]:
        """Give the rows of a service's table, as they are in its database."""
        with self._engines[service].connect() as connection:
            return [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]  # noqa: S608 - our own names

    def number(self, service: str, query: str) -> int:
        """Give the one number that a query of a service's database gives, nought where it gives none."""
        with self._engines[service].connect() as connection:
            return int(connection.execute(text(query)).scalar() or 0)

    def engine(self, service: str) -> Engine:
        """Give what reaches a service's database."""
        return self._engines[service]

    def stored(self, service: str) -> int:
        """Give a service's newest position."""
        return self.number(service, "SELECT max(position) FROM events")

    def marked(self, service: str) -> int:
        """Give how far a service's relay says that it said everything."""
        return self.number(service, "SELECT position FROM tracking WHERE name = 'relay'")

    def supervised(self) -> set[str]:
        """Give the ids of all cases that supervision knows."""
        return {str(row["id"]) for row in self.rows("supervision", "cases")}

    # What is awaited

    def settle(self) -> None:
        """Wait until all that was stored is relayed and heard, and what was due is done; fail where nothing moves any more."""
        before: Mapping[str, int] = {}
        moved = time.monotonic()
        while waiting := self._waiting():
            if waiting != before:
                before, moved = waiting, time.monotonic()
            assert time.monotonic() - moved < PATIENCE, f"LIVENESS, nothing moved for {PATIENCE:.0f} s: {dict(waiting)}"
            time.sleep(0.1)

    def eventually(self, holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait until something holds; fail with its name where it does not come."""
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, f"LIVENESS, not within {seconds:.0f} s: {what}; waiting: {dict(self.distances())}; {self.clients.problem}"
            time.sleep(0.1)

    def distances(self) -> Mapping[str, int]:
        """Say how many events wait to be relayed, in which lanes somebody has not heard yet, and how many timers are due."""
        found: Counter[str] = Counter()
        tracked = {name: {row["name"]: row["position"] for row in self.rows(name, "tracking")} for name in SPEAKERS}
        for source in SPEAKERS:
            found[f"{source} relays"] += self.stored(source) - tracked[source].get("relay", 0)
            found[f"{source} fires"] += self.number(source, "SELECT count(*) FROM timers WHERE due <= extract(epoch FROM now()) * 1000000")
            for lane, said in tracked[source].items():
                if lane.startswith("relay#"):
                    for hearer, hears in HEARS.items():
                        if source in hears and said > tracked[hearer].get(f"{source}#{lane[6:]}", 0):
                            found[f"{hearer} hears {source}"] += 1
        return +found

    def _waiting(self) -> Mapping[str, int]:
        # The services are looked at one after the other: what one has just said shows at a second look.
        if found := self.distances():
            return found
        time.sleep(QUIET_SECONDS)
        return self.distances()

    @contextmanager
    def opened(self, *names: str) -> Iterator[list[Service]]:
        """Open services beside their processes, as an operator's command does."""
        settings = Settings(var=self.topology.folder / "var", database=self.topology.postgres.url(), kafka=self.topology.kafka.address)
        accounts = AccountStore(settings.var / "identity.sqlite")
        parts = shared_parts(settings, system_now, lambda _provider, _secrets: accounts, migrates=False)
        services = [SERVICES[name].create(parts)[0] for name in names]
        try:
            yield services
        finally:
            for service in services:
                service.close()
            accounts.close()

    def figures(self, process: str, figure: str) -> list[tuple[Mapping[str, str], float]]:
        """Give the samples of a figure that a process shows to Prometheus: the labels and the number; nothing where it does not answer."""
        port = self.topology.ports.get(process) or self.topology.workers[process]
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5)
        except httpx.HTTPError:
            return []
        samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
        return [(one.labels, one.value) for one in samples if one.name == figure]

    # What happens often

    def sign_out(self) -> None:
        """Forget every token: whoever calls next signs in anew."""
        self._tokens.clear()

    def at(self, process: Process) -> Caller:
        """Give whoever calls a process beside that of the topology."""
        return _Beside(self, f"http://127.0.0.1:{process.command[-1]}")

    def beside(self, process: Process) -> Clients:
        """Give clients who come in at a process beside that of the topology, and count as ours."""
        clients = Clients(self.at(process))
        clients.ledger = self.clients.ledger
        return clients

    def working(self) -> AbstractContextManager[None]:
        """Let clients apply, and officers accept and decide, meanwhile."""
        return self.clients.working()

    def hanging(self, *processes: str) -> dict[str, str]:
        """Give the processes that do not say that every part of them goes round, with what they say."""
        found = {}
        for process in processes:
            port = self.topology.ports.get(process) or self.topology.workers[process]
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=5)
            except httpx.HTTPError as error:
                found[process] = str(error)
            else:
                if answer.is_error:
                    found[process] = answer.text
        return found

    def more(self, applications: int = 10, decisions: int = 0) -> None:
        """Wait until so many more are acknowledged."""
        ledger = self.clients.ledger
        applied, decided = len(ledger.applications) + applications, len(ledger.decided) + decisions
        what = f"{applications} applications and {decisions} decisions are acknowledged"
        self.eventually(lambda: len(ledger.applications) >= applied and len(ledger.decided) >= decided, what)

    # What must hold

    def check(self) -> None:
        """Given all that was ever acknowledged: it goes its way to the end (liveness), once (safety), and every view is what its stream says."""
        check_apart(self.settle, self.rows, self.clients.ledger)
        self.check_views()

    def check_views(self) -> None:
        """Given any history, every view is what its stream says."""
        with self.opened(*SERVICES) as services:
            for service in services:
                before = _every_row(service)
                rebuild(service)
                for view, rows_now in _every_row(service).items():
                    assert [row for row in before[view] if row not in rows_now] == [], f"SAFETY: view {view} of {service.name} is what its stream says"
                    assert len(rows_now) == len(before[view]), f"SAFETY: view {view} of {service.name} has a row for each thing of its stream"


class _Beside(Caller):
    """Another address, with the tokens of the district."""

    def __init__(self, district: District, address: str) -> None:
        super().__init__(district.now, address)
        self._district = district

    def token(self, username: str) -> str:
        return self._district.token(username)


def _every_row(service: Service) -> dict[str, list[dict[str, Any]]]:
    return {view.name: rows(service, view.name) for view in service.database.views}
