"""A backup is a folder: a dump of each database, and a copy of secrets and files. Each dump is one consistent moment of its database."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import make_url, text

from contracts.envelope import LANES
from services.chassis.bus.kafka.topics import SPEAKERS, last_positions
from services.chassis.storage.database import Database
from services.chassis.storage.numbers import numbers_in
from services.console.local.postgres import find_postgres
from services.console.local.process import MissingPart
from services.console.settings import Settings


class BackupError(RuntimeError):
    """A part that could not be saved or restored; says why."""


class Part(Protocol):
    """Something that a backup holds."""

    def save(self, folder: Path) -> None:
        """Write it into the folder; raise `BackupError`."""
        ...

    def load(self, folder: Path) -> None:
        """Bring it back from the folder; raise `BackupError`."""
        ...


def parts(settings: Settings) -> Sequence[Part]:
    """Give everything that is saved: databases before files, so that each file that a database names is there."""
    databases = [_postgres(settings, name) if settings.database else SqliteFile(settings.var / f"{name}.sqlite") for name in SPEAKERS]
    accounts = [] if settings.issuer else [SqliteFile(settings.var / "identity.sqlite")]
    # Senders and files there may be none yet; without a database or the keys, this is not the folder of a deployment.
    folders = [Folder(settings.var / "secrets"), Folder(settings.var / "senders", may_lack=True), Folder(settings.var / "files", may_lack=True)]
    return [*databases, *accounts, *folders]


def _need(path: Path) -> None:
    if not path.exists():
        raise BackupError(f"没有 {path}：请检查目录，以及 ONEWINDOW_VAR、ONEWINDOW_DATABASE 是不是这个部署的。")


class SqliteFile:
    """An SQLite database, copied by its own means while others write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, folder: Path) -> None:
        """Copy it into the folder."""
        _copy(self._path, folder / self._path.name)

    def load(self, folder: Path) -> None:
        """Copy it back over what is there."""
        _copy(folder / self._path.name, self._path)


def _copy(source: Path, target: Path) -> None:
    _need(source)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise BackupError(f"{source} 不能复制到 {target}：{error}") from error


class PostgresDatabase:
    """A database of PostgreSQL, by its own programs."""

    def __init__(self, url: str, name: str) -> None:
        address = make_url(url)
        self._url = address.set(drivername="postgresql", query={}, password=None).render_as_string()
        self._environment = {**os.environ, **({"PGPASSWORD": str(address.password)} if address.password else {})}
        self._name = name
        try:
            self._programs = find_postgres("pg_dump")
        except MissingPart as error:
            raise BackupError(str(error)) from error

    def save(self, folder: Path) -> None:
        """Dump it into the folder."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._run("pg_dump", "--format=custom", f"--file={folder / self._name}.dump", f"--dbname={self._url}")

    def load(self, folder: Path) -> None:
        """Replace it by the dump, whole or not at all."""
        dump = folder / f"{self._name}.dump"
        _need(dump)
        self._run("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", f"--dbname={self._url}", str(dump))

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([str(self._programs / program), *arguments], env=self._environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise BackupError(f"{program} {self._name}：{done.stderr.strip()}")


def _postgres(settings: Settings, name: str) -> Part:
    return PostgresDatabase(settings.database_of(name), name)


class Folder:
    """A folder of files that never change once they are written."""

    def __init__(self, path: Path, *, may_lack: bool = False) -> None:
        self._path = path
        self._may_lack = may_lack

    def save(self, folder: Path) -> None:
        """Copy it into the folder."""
        self._copy(self._path, folder / self._path.name)

    def load(self, folder: Path) -> None:
        """Copy it back; what was added since stays, since nobody names it."""
        self._copy(folder / self._path.name, self._path)

    def _copy(self, source: Path, target: Path) -> None:
        if self._may_lack and not source.exists():
            return
        _need(source)
        shutil.copytree(source, target, dirs_exist_ok=True)


async def last_said(address: str, name: str) -> int:
    """Give the highest position that a topic holds."""
    return max((await last_positions(address, name)).values(), default=0)


async def numbers_said(address: str, name: str) -> dict[str, int]:
    """Give the highest number of each series that anybody was told of in the events of a topic."""
    found: dict[str, int] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=address)
    await consumer.start()
    try:
        lanes = [TopicPartition(name, lane) for lane in range(LANES)]
        consumer.assign(lanes)
        await consumer.seek_to_beginning(*lanes)
        ends = await consumer.end_offsets(lanes)
        while any([await consumer.position(lane) < end for lane, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    for series, last in numbers_in((record.value or b"").decode(errors="replace")).items():
                        found[series] = max(found.get(series, 0), last)
    finally:
        await consumer.stop()
    return found


def skip_positions(database: Database, said: int) -> None:
    """Let the next event of a log come after a position: whoever heard that position would take the new event for the old one."""
    with database.engine.begin() as connection:
        newest = connection.execute(text("SELECT coalesce(max(position), 0) FROM events")).scalar_one()
        if database.engine.dialect.name == "postgresql" and said > newest:
            connection.execute(text("SELECT setval(pg_get_serial_sequence('events', 'position'), :said)"), {"said": said})
