"""How a service reaches its database: connections that write, and connections that read, each statement for itself."""

import time
from collections.abc import Callable, Mapping, Sequence
from select import POLLIN, poll
from typing import Any

import msgspec
import psycopg
from psycopg import pq
from sqlalchemy import Connection, Engine, Select, create_engine, event, exc, make_url

SILENCE_SETTING = "idle_in_transaction_session_timeout"
"""After so long without a statement, PostgreSQL takes back a transaction and its locks, which a process that hangs would keep for as long as it hangs."""
LONGEST_SILENCE = "5s"
"""What the setting is where the database's address says nothing else."""
TRUSTED_SECONDS = 10.0
"""A connection that rested longer in the pool is asked whether it lives: a network that fell apart says nothing by itself."""
_RETURNED = "returned"


class _Unspelled(psycopg.Cursor[Any]):
    """Takes answers as the server keeps them, not spelled out as text: most of what is read are bytes."""

    def __init__(self, connection: psycopg.Connection[Any], **given: Any) -> None:  # noqa: ANN401 - the driver's own
        super().__init__(connection, **given)
        self.format = pq.Format.BINARY


def engines(url: str) -> tuple[Engine, Engine]:
    """Give what writes in transactions, and what reads in statements that are transactions of their own: begin and end would be asked for nothing."""
    given: dict[str, Any] = {"json_serializer": lambda value: msgspec.json.encode(value).decode(), "json_deserializer": msgspec.json.decode}
    if url.startswith("sqlite"):
        engine = create_engine(url, **given)
        event.listen(engine, "connect", _set_up_sqlite)
        return engine, engine.execution_options(isolation_level="AUTOCOMMIT")
    asked = str(make_url(url).query.get("options", ""))
    if SILENCE_SETTING not in asked:
        given["connect_args"] = {"options": f"{asked} -c{SILENCE_SETTING}={LONGEST_SILENCE}"}
    writing = create_engine(url, **given, pool_size=10, max_overflow=30)
    # Nothing is left open by a statement of its own, so nothing needs to be undone when a connection goes back.
    given["connect_args"] = {**given.get("connect_args", {}), "cursor_factory": _Unspelled}
    reading = create_engine(url, **given, pool_size=20, max_overflow=20, pool_reset_on_return=None, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True)
    for engine in (writing, reading):
        event.listen(engine, "checkin", _note_return)
        event.listen(engine, "checkout", _check(engine.dialect.do_ping))
    return writing, reading


def _set_up_sqlite(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own types
    # FULL: what was acknowledged outlives a loss of power, not only a kill.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _note_return(_connection: Any, record: Any) -> None:  # noqa: ANN401
    record.info[_RETURNED] = time.monotonic()


def _check(ping: Callable[[Any], bool]) -> Callable[[Any, Any, Any], None]:
    """Replace a connection that the server closed meanwhile before anybody works with it, without asking the server about each."""

    def check(connection: Any, record: Any, _proxy: Any) -> None:  # noqa: ANN401
        returned = record.info.get(_RETURNED)
        if returned is None or (time.monotonic() - returned < TRUSTED_SECONDS and not _was_spoken_to(connection)):
            return
        try:
            ping(connection)
        except psycopg.Error as error:
            raise exc.InvalidatePoolError from error

    return check


def _was_spoken_to(connection: Any) -> bool:  # noqa: ANN401
    """Say whether something waits to be read from a connection that asked nothing: its end, in all likelihood."""
    if connection.closed:
        return True
    ears = poll()
    ears.register(connection.fileno(), POLLIN)
    return bool(ears.poll(0))


def driver(connection: Connection) -> Any:  # noqa: ANN401 - psycopg's connection, or sqlite3's
    """Give the driver's own connection: its statements can be sent at once, and are carried out as they are spelled."""
    return connection.connection.driver_connection


class Question:
    """A statement that gives rows. PostgreSQL's driver is asked itself, in words that are spelled once: SQLAlchemy asks as long as the server answers."""

    def __init__(self, reading: Engine, statement: Select[Any]) -> None:
        self._reading = reading
        self._statement = statement
        dialect = reading.dialect
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled) if dialect.name == "postgresql" else None
        self._given = compiled.params
        spelled = {name: one.type.dialect_impl(dialect).bind_processor(dialect) for name, one in compiled.binds.items()}
        self._spelled = {name: spell for name, spell in spelled.items() if spell is not None}

    def rows(self, values: Mapping[str, Any]) -> Sequence[Any]:
        """Ask with these values; raise what SQLAlchemy raises."""
        with self._reading.connect() as connection:
            if self._text is None:
                return connection.execute(self._statement, values).all()
            asked = {**self._given, **values}
            for name, spell in self._spelled.items():
                asked[name] = spell(asked[name])
            try:
                found: Sequence[Any] = driver(connection).execute(self._text, asked).fetchall()
            except psycopg.Error as error:
                if driver(connection).closed:
                    connection.invalidate(error)
                raise exc.DBAPIError.instance(self._text, asked, error, psycopg.Error) from error
            return found
