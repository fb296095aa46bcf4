"""What the measurements stand on: a broker, a database server, and districts of real processes with topics and schemas of their own."""

import itertools
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from services.chassis.bus.kafka.topics import SPEAKERS
from services.chassis.timekeeping import system_now
from services.console.local.kafka import Kafka, install_kafka
from services.console.local.postgres import Postgres
from services.console.local.process import Process, free_port, listens
from services.console.local.topology import Topology
from services.console.settings import Settings
from tests.real_parts import JARS, RealParts
from tests.world import Caller

PATIENCE = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


class Ground:
    """A broker and a database server, with a folder for what else is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kafka = Kafka(install_kafka(JARS), folder / "kafka", free_port())
        # When something was committed, the database itself says.
        self.postgres = Postgres(folder / "postgres", free_port(), track_commit_timestamp="on")
        self._parts = RealParts(self.kafka, self.postgres)
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Start both."""
        self.kafka.start()
        self.postgres.start()
        self.postgres.make("bench", *SPEAKERS)

    def stop(self) -> None:
        """Stop both."""
        self.postgres.stop()
        self.kafka.process.stop()

    def schema(self) -> str:
        """Make an empty schema and give its address."""
        return self._parts.schema(f"bench{next(self._numbers)}", "bench")

    @contextmanager
    def district(self, *services: str) -> Iterator["District"]:
        """Put up a district with the sample in it; of its processes run identity, the proxy and these."""
        with self._parts.world() as given:
            settings = Settings(**given)
            extra = {f"ONEWINDOW_{name.upper()}": value for name, value in given.items()}
            topology = Topology(self.folder / settings.topics, free_port(), JARS, extra=extra)
            try:
                topology.run("migrate")
                topology.run("load")
                topology.start_services("identity", *services)
                topology.proxy.start()
                yield District(topology, settings)
            finally:
                topology.stop()


class District(Caller):
    """Reached at one address, through the proxy. Its clock is that of this machine."""

    def __init__(self, topology: Topology, settings: Settings) -> None:
        super().__init__(system_now, topology.address)
        self.topology = topology
        self.settings = settings
        self.port = int(topology.address.rpartition(":")[2])
        """The proxy's."""

    def engine(self, service: str) -> Engine:
        """Give what reaches a service's database."""
        return create_engine(self.settings.database_of(service), pool_pre_ping=True)

    @contextmanager
    def served(self, service: str, *options: str) -> Iterator[int]:
        """Serve a service in one more process, without its part of the bus; gives its port."""
        port = free_port()
        command = [sys.executable, "-m", "tests.bench.served", service, "--port", str(port), *options]
        process = Process(service, command, self.topology.folder / f"{service}-served.log", environment=self.topology.environment)
        process.start(lambda: listens(port))
        try:
            yield port
        finally:
            process.stop()

    def wait_until_relayed(self, service: str) -> None:
        """Return when everything that a service stored is on the bus."""
        behind = text("SELECT coalesce((SELECT max(position) FROM events), 0) - coalesce((SELECT position FROM tracking WHERE name = 'relay'), 0)")
        until = time.monotonic() + PATIENCE
        engine = self.engine(service)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while connection.execute(behind).scalar_one():
                assert time.monotonic() < until, f"the relay of {service} does not get through"
                time.sleep(0.05)
        engine.dispose()

    def worked(self, service: str) -> float:
        """Give the seconds that a service's process has worked so far."""
        fields = Path(f"/proc/{self.topology.services[service].id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
