"""Kafka and PostgreSQL as the connected tests use them: started once for a run of tests, with a prefix and a schema for each world."""

import asyncio
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from psycopg import sql

from services.chassis.bus.kafka.topics import SPEAKERS, all_topics, make_topics
from services.chassis.storage.connections import SILENCE_SETTING
from services.chassis.web.assets import REPOSITORY
from services.console.local.kafka import Kafka, install_kafka
from services.console.local.postgres import Postgres
from services.console.local.process import MissingPart, NotStarted, free_port

JARS = REPOSITORY / "var" / "kafka"
SILENCE = "60s"
"""A machine that only tests may stand still for longer than one that serves."""


class RealParts:
    """A broker and a database server of this run."""

    def __init__(self, kafka: Kafka, postgres: Postgres) -> None:
        self.kafka = kafka
        self.postgres = postgres
        self._numbers = itertools.count(1)

    @contextmanager
    def world(self) -> Iterator[dict[str, Any]]:
        """Give the settings of a new world, whose topics and schemas nobody else uses; its topics go with it."""
        if not self.kafka.process.alive():
            raise NotStarted(f"the broker has ended meanwhile; it said at last:\n{self.kafka.process.last_words()}")
        name = f"world{next(self._numbers)}"
        asyncio.run(make_topics(self.kafka.address, all_topics(name)))
        for speaker in SPEAKERS:
            self.schema(name, speaker)
        try:
            yield {"kafka": self.kafka.address, "topics": name, "database": self.postgres.url() + _options(name, SILENCE)}
        finally:
            asyncio.run(self._forget(name))

    async def _forget(self, world: str) -> None:
        # The broker keeps a file open for each lane of each topic, and ends where the system gives it no more.
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.address)
        await admin.start()
        try:
            await admin.delete_topics([topic for topic in await admin.list_topics() if topic.startswith(f"{world}.")])
        finally:
            await admin.close()

    def schema(self, name: str, owner: str, silence: str = SILENCE) -> str:
        """Give the address of a schema in the database of its owner, made where it is not there. A transaction may be silent for so long."""
        with self.postgres.connection(owner) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(sql.Identifier(name), sql.Identifier(owner)))
        return self.postgres.url(owner) + _options(name, silence)


def _options(schema: str, silence: str) -> str:
    return f"?options=-csearch_path%3D{schema}%20-c{SILENCE_SETTING}%3D{silence}"


def missing() -> str:
    """Say which real part cannot be had here, or nothing."""
    try:
        install_kafka(JARS)
        with tempfile.TemporaryDirectory() as folder:
            Postgres(Path(folder), free_port())
    except MissingPart as error:
        return str(error)
    return ""


@contextmanager
def started() -> Iterator[RealParts]:
    """Start the real parts in a folder that goes with them."""
    with tempfile.TemporaryDirectory(prefix="onewindow-parts-") as name:
        folder = Path(name)
        # The database server runs as a user of its own.
        folder.chmod(0o755)
        kafka = Kafka(install_kafka(JARS), folder / "kafka", free_port())
        # Tests kill programs, not the machine: what was written to the system outlives that.
        postgres = Postgres(folder / "postgres", free_port(), fsync="off")
        try:
            kafka.start()
            postgres.start()
            postgres.make(*SPEAKERS)
            yield RealParts(kafka, postgres)
        finally:
            kafka.process.stop()
            postgres.stop()
