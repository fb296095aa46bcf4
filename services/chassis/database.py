"""One database per service: its events, its tracking, its views and its timers, changed in one transaction."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    bindparam,
    create_engine,
    event,
    select,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from services.chassis import schema

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_SILENCE = 5
"""After so many seconds without a statement, PostgreSQL takes back a transaction and its locks."""


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
    """Add a row to a table whose key the database counts."""

    table: Table
    values: Mapping[str, Any]


Change = Upsert | Delete | Append


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

        `stale` says that views have to be rebuilt before anybody reads them.
        """
        if "events" not in metadata.tables:
            common_tables(metadata)
        self.metadata = metadata
        self.engine = _engine(url)
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

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def matching(database: Database, table: str, key: str, subjects: Collection[UUID], column: str, value: str) -> set[UUID]:
    """Give those of some ids that a table has in rows with this value."""
    columns = database.table(table).c
    with database.engine.connect() as connection:
        return set(connection.execute(select(columns[key]).where(columns[key].in_(subjects), columns[column] == value)).scalars())


def sqlite_file(path: Path) -> str:
    """Give the URL of an SQLite database in this file, whose folder is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{path}"


def work_between_statements(connection: Connection) -> None:
    """Let the transaction at hand be silent for as long as its own work takes."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def apply_changes(connection: Connection, changes: Iterable[Change]) -> None:
    """Carry out changes of views. Of several for one row the last wins, so that each row is written once."""
    last: dict[Table, dict[tuple[Any, ...], Mapping[str, Any] | None]] = {}
    for change in changes:
        if isinstance(change, Append):
            connection.execute(change.table.insert(), [dict(change.values)])
            continue
        rows = last.setdefault(change.table, {})
        if isinstance(change, Delete):
            rows[change.key] = None
        else:
            rows[tuple(change.values[column.name] for column in change.table.primary_key)] = change.values
    for table, rows in last.items():
        names = [column.name for column in table.columns]
        if gone := [key for key, values in rows.items() if values is None]:
            _delete(connection, table, gone)
        if kept := [{name: values.get(name) for name in names} for values in rows.values() if values is not None]:
            connection.execute(_upsert(connection, table), kept)


def _delete(connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> None:
    columns = list(table.primary_key)
    statement = _kept(table, "delete", lambda: table.delete().where(*[column == bindparam(f"key_{column.name}") for column in columns]))
    connection.execute(statement, [{f"key_{column.name}": value for column, value in zip(columns, key, strict=True)} for key in keys])


def _upsert(connection: Connection, table: Table) -> Any:  # noqa: ANN401 - each dialect has a class of its own
    dialect = connection.dialect.name

    def make() -> Any:  # noqa: ANN401
        insert = (sqlite_insert if dialect == "sqlite" else postgresql_insert)(table)
        key = [column.name for column in table.primary_key]
        others = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in key}
        return insert.on_conflict_do_update(index_elements=key, set_=others) if others else insert.on_conflict_do_nothing()

    return _kept(table, f"upsert-{dialect}", make)


def _kept(table: Table, name: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - a statement
    """Give a statement about a table: making one costs more than carrying it out, so it is made once."""
    statement = table.info.get(name)
    if statement is None:
        statement = table.info[name] = make()
    return statement


def _engine(url: str) -> Engine:
    json = {"json_serializer": lambda value: msgspec.json.encode(value).decode(), "json_deserializer": msgspec.json.decode}
    # A connection that the server closed meanwhile is replaced before anybody works with it.
    pool = {} if url.startswith("sqlite") else {"pool_size": 20, "max_overflow": 20, "pool_pre_ping": True}
    engine = create_engine(url, **json, **pool)
    event.listen(engine, "connect", _set_up_sqlite if engine.dialect.name == "sqlite" else _set_up_postgresql)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own types
    # FULL: what was acknowledged outlives a loss of power, not only a kill.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _set_up_postgresql(connection: Any, _record: Any) -> None:  # noqa: ANN401
    # A process that hangs in the middle of a transaction would keep its locks, and everybody else waiting, for as long as it hangs.
    connection.execute(f"SET idle_in_transaction_session_timeout = '{LONGEST_SILENCE}s'")
    connection.commit()
