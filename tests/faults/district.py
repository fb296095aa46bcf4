"""A district of real processes: Kafka, PostgreSQL, a process for each service, workers of supervision; and what must hold after each fault."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import Engine, create_engine, text

from services.chassis.kafka.topics import SPEAKERS
from services.chassis.parts import Parts
from services.chassis.rebuild import rebuild
from services.chassis.service import Service
from services.chassis.timekeeping import system_now
from services.console.embedded import SERVICES
from services.console.local.topology import Topology
from services.console.parts import shared_parts
from services.console.settings import Settings
from services.identity.accounts import AccountStore
from tests.world import Caller, rows

PATIENCE = 60.0
QUIET_SECONDS = 0.5
ITEM = "food-operation-licence"


class District(Caller):
    """Reached at one address, through the proxy. Its clock is that of this machine."""

    def __init__(self, topology: Topology) -> None:
        super().__init__(system_now, topology.address)
        self.topology = topology
        self._applicant = ""
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

    def engine(self, service: str) -> Engine:
        """Give what reaches a service's database."""
        return self._engines[service]

    def settle(self) -> None:
        """Wait until everything that was stored is relayed and heard; fail where that does not come."""
        self.eventually(self._is_quiet, "all is relayed and heard")

    def eventually(self, holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait until something holds; fail with its name where it does not come."""
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, f"not within {seconds:.0f} s: {what}; {self.distances()}"
            time.sleep(0.1)

    def distances(self) -> Mapping[str, int]:
        """Say how many events wait to be relayed, and in which lanes somebody has not heard yet."""
        found: Counter[str] = Counter()
        tracked = {name: {row["name"]: row["position"] for row in self.rows(name, "tracking")} for name in SPEAKERS}
        for source in SPEAKERS:
            with self._engines[source].connect() as connection:
                newest = connection.execute(text("SELECT max(position) FROM events")).scalar() or 0
            found[f"{source} relays"] += newest - tracked[source].get("relay", 0)
            for lane, said in tracked[source].items():
                if lane.startswith("relay#"):
                    for hearer in SPEAKERS:
                        if hearer != source and said > tracked[hearer].get(f"{source}#{lane[6:]}", 0):
                            found[f"{hearer} hears {source}"] += 1
        return +found

    def _is_quiet(self) -> bool:
        # The services are looked at one after the other: what one has just said shows at a second look.
        if self.distances():
            return False
        time.sleep(QUIET_SECONDS)
        return not self.distances()

    # What happens often

    def submitted(self, key: str) -> str:
        """Apply online, and give the id of what was acknowledged."""
        if not self._applicant:
            self._applicant = self.registered()
            self._digest = self.handed_in()
            self._form, self._materials = self.form(ITEM), self.materials(ITEM, self._digest)
        body = {"item": ITEM, "applicant": self._applicant, "form": self._form, "materials": self._materials}
        headers = {"Idempotency-Key": key}
        application: str = self.do("zhangsan", "POST", "/intake/api/applications", json=body, headers=headers)["id"]
        return application

    def tried(self, key: str) -> str | None:
        """Apply online while parts may be down: give the id where it was acknowledged."""
        try:
            return self.submitted(key)
        except (httpx.HTTPError, AssertionError):
            return None

    @contextmanager
    def applying(self) -> Iterator[list[str]]:
        """Let applications come in meanwhile; gives those acknowledged. A client that got no answer asks again with the same key."""
        acknowledged: list[str] = []
        enough = threading.Event()
        series = uuid4()

        def apply() -> None:
            for number in itertools.count():
                while (application := self.tried(f"{series}-{number}")) is None:
                    if enough.wait(0.1):
                        return
                acknowledged.append(application)
                if enough.is_set():
                    return

        thread = threading.Thread(target=apply)
        thread.start()
        try:
            self.more(acknowledged)
            yield acknowledged
        finally:
            enough.set()
            thread.join()

    def more(self, acknowledged: list[str], number: int = 10) -> None:
        """Wait until so many more are acknowledged."""
        before = len(acknowledged)
        self.eventually(lambda: len(acknowledged) >= before + number, "applications come in")

    # What must hold

    def check(self, acknowledged: list[str]) -> None:
        """Given what was acknowledged: nothing of it is lost, each has its effects once, and every view is what its stream says."""
        self.settle()
        self._check_once(acknowledged)
        self.check_views()

    def _check_once(self, acknowledged: list[str]) -> None:
        received = Counter(str(row["id"]) for row in self.rows("intake", "applications"))
        assert [one for one in acknowledged if received[one] != 1] == [], "every acknowledged application is kept, once"
        supervised = Counter(str(row["id"]) for row in self.rows("supervision", "cases"))
        assert (received - supervised, supervised - received) == (Counter(), Counter()), "supervision knows every application, once"
        messages = Counter(
            (str(row["case_id"]), row["template"], row["mailbox"], row["channel"], row["event"]) for row in self.rows("notification", "messages")
        )
        assert [key for key, times in messages.items() if times != 1] == [], "nobody is told twice"
        letters = {name: [row for row in self.rows(name, "dead_letters") if row["replayed"] is None] for name in SPEAKERS}
        assert all(not kept for kept in letters.values()), letters

    def check_views(self) -> None:
        """Given any history, every view is what its stream says."""
        settings = Settings(var=self.topology.folder / "var", database=self.topology.postgres.url(), kafka=self.topology.kafka.address)
        accounts = AccountStore(settings.var / "identity.sqlite")
        parts: Parts = shared_parts(settings, system_now, lambda _provider, _secrets: accounts, migrates=False)
        for name, module in SERVICES.items():
            service, _ = module.create(parts)
            before = _every_row(service)
            rebuild(service)
            for view, rows_now in _every_row(service).items():
                assert [row for row in before[view] if row not in rows_now] == [], f"view {view} of {name} is what its stream says"
                assert len(rows_now) == len(before[view])
            service.close()
        accounts.close()


def _every_row(service: Service) -> dict[str, list[dict[str, Any]]]:
    return {view.name: rows(service, view.name) for view in service.database.views}
