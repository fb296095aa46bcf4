"""One database per service: its events, its tracking, its views and its timers, changed in one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from services.chassis.storage import schema
from services.chassis.storage.connections import engines

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """A moment with its offset, kept as microseconds since 1970 so that every database compares it alike."""

    impl = BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What its values are here."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the library's signature
        """Turn an aware datetime into microseconds."""
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn microseconds into a datetime in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


Document = JSON
"""A column for a JSON document."""


@dataclass(frozen=True, slots=True)
class Upsert:
    """Write a whole row of a view: `values` names every column of the table that is not to be null."""

    table: Table
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delete:
    """Take the row with these values of the primary key, in its order, out of a view."""

    table: Table
    key: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Append:
    """Add a row to a table whose key the database counts: `values` names every other column that is not to be null."""

    table: Table
    values: Mapping[str, Any]


Change = Upsert | Delete | Append


@cache
def key_of(table: Table) -> tuple[str, ...]:
    """Give the names of the columns that tell a table's rows apart."""
    return tuple(column.name for column in table.primary_key)


def common_tables(metadata: MetaData) -> None:
    """Define the tables that every service has beside its views."""
    Table(
        "events",
        metadata,
        Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("originator_id", Uuid, nullable=False),
        Column("originator_version", Integer, nullable=False),
        Column("topic", String, nullable=False),
        Column("state", LargeBinary, nullable=False),
        Index("events_by_originator", "originator_id", "originator_version", unique=True),
        sqlite_autoincrement=True,
    )
    Table("tracking", metadata, Column("name", String, primary_key=True), Column("position", BigInteger, nullable=False))
    Table(
        "timers",
        metadata,
        Column("kind", String, primary_key=True),
        Column("subject", Uuid, primary_key=True),
        Column("due", Instant, nullable=False),
        Index("timers_by_due", "due"),
        info={"view": True},
    )
    Table(
        "dead_letters",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("received", Instant, nullable=False),
        Column("reason", String, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("replayed", Instant),
        Column("door", String, nullable=False, server_default=""),
        Column("sender", String),
        Column("mended", LargeBinary),
        Column("operator", String),
        Column("note", String),
    )
    Table("numbers", metadata, Column("series", String, primary_key=True), Column("last", Integer, nullable=False))


class Database:
    """The engine and the tables of one service. `views` are the tables that can be rebuilt from the stream (AUD-03)."""

    def __init__(self, url: str, metadata: MetaData, *, migrates: bool = True) -> None:
        """Open the database. Either brings its tables to the form of this program, or raises `SchemaOutdated` where they are not in it.

        `reading` is for questions of one statement each. `stale` says that views have to be rebuilt before anybody reads them.
        """
        if "events" not in metadata.tables:
            common_tables(metadata)
        self.metadata = metadata
        self.engine, self.reading = engines(url)
        self.stale = migrates and schema.migrate(self.engine, metadata)
        if not migrates:
            schema.check(self.engine, metadata)

    @property
    def views(self) -> Sequence[Table]:
        """The tables that hold nothing but what the stream says."""
        return [table for table in self.metadata.sorted_tables if table.info.get("view")]

    def table(self, name: str) -> Table:
        """Give a table by its name."""
        return self.metadata.tables[name]

    def leave_connections(self) -> None:
        """In a copy of a process: leave its connections to it, and open others."""
        self.engine.dispose(close=False)
        self.reading.dispose(close=False)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self.reading.dispose()


def matching(database: Database, table: str, key: str, subjects: Collection[UUID], column: str, value: str) -> set[UUID]:
    """Give those of some ids that a table has in rows with this value."""
    columns = database.table(table).c
    with database.reading.connect() as connection:
        return set(connection.execute(select(columns[key]).where(columns[key].in_(subjects), columns[column] == value)).scalars())


def several(names: Iterable[str]) -> str:
    """Give what a column keeps where it names several, such as departments."""
    return f" {' '.join(sorted(set(names)))} "


def is_among(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Give the condition that a column names somebody among others."""
    return column.contains(f" {name} ", autoescape=True)


def sqlite_file(path: Path) -> str:
    """Give the URL of an SQLite database in this file, whose folder is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{path}"
