"""How rows are written: each table by one statement, however many rows there are, so that the server reads and plans it once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect

from services.chassis.storage.connections import SILENCE_SETTING, driver
from services.chassis.storage.database import Append, Change, Delete, key_of
from services.chassis.storage.statements import Row, statement


@contextmanager
def at_once(connection: Connection) -> Iterator[None]:
    """Send statements one after the other without waiting for what comes of each; an error is raised at the end."""
    if connection.dialect.name == "postgresql":
        with driver(connection).pipeline():
            yield
    else:
        yield


def work_between_statements(connection: Connection) -> None:
    """Let the transaction at hand be silent for as long as its own work takes."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL {SILENCE_SETTING} = 0")


class Spelled(NamedTuple):
    """Rows of one table as the driver takes them; they can go from process to process."""

    table: str
    what: str
    rows: Any


def apply_changes(connection: Connection, changes: Iterable[Change]) -> None:
    """Carry out changes of views."""
    for table, what, rows in _by_table(changes):
        _write(connection, table, what, rows)


def spelled(dialect: Dialect, changes: Iterable[Change]) -> list[Spelled]:
    """Give what the driver is to be told, for `write`."""
    return [Spelled(table.name, what, statement(dialect, table, what).spell(rows)) for table, what, rows in _by_table(changes)]


def write(connection: Connection, tables: Mapping[str, Table], changes: Iterable[Spelled]) -> None:
    """Carry out changes that are spelled."""
    for name, what, rows in changes:
        statement(connection.dialect, tables[name], what).carry_out(connection, rows)


def _by_table(changes: Iterable[Change]) -> Iterator[tuple[Table, str, Sequence[Row]]]:
    """Put changes together. Of several for one row the last wins, so that each row is written once."""
    last: dict[Table, dict[tuple[Any, ...], Row | None]] = {}
    appended: dict[Table, list[Row]] = {}
    for change in changes:
        if isinstance(change, Append):
            appended.setdefault(change.table, []).append(change.values)
            continue
        rows = last.setdefault(change.table, {})
        if isinstance(change, Delete):
            rows[change.key] = None
        else:
            rows[tuple([change.values[name] for name in key_of(change.table)])] = change.values
    for table, new in appended.items():
        yield table, "insert", new
    for table, rows in last.items():
        if gone := [key for key, values in rows.items() if values is None]:
            yield table, "delete", [dict(zip(key_of(table), one, strict=True)) for one in gone]
        if kept := [values for values in rows.values() if values is not None]:
            yield table, "upsert", kept


def insert_events(connection: Connection, events: Table, stored_events: Sequence[StoredEvent]) -> Callable[[], Sequence[int]]:
    """Insert events in their order; what is given tells their positions, which grow, once all is sent."""
    if not stored_events:
        return list
    rows = [{"originator_id": e.originator_id, "originator_version": e.originator_version, "topic": e.topic, "state": e.state} for e in stored_events]
    if connection.dialect.name == "postgresql":
        # Without the lock, positions could become visible out of order and a reader would skip one.
        driver(connection).execute("LOCK TABLE events IN EXCLUSIVE MODE")
        inserted = _write(connection, events, "insert", rows)
        return lambda: sorted(position for (position,) in inserted.fetchall())
    # Only a row that is written by itself tells its position; nobody else writes meanwhile, so the others stand right before it.
    if len(rows) > 1:
        _write(connection, events, "insert", rows[:-1])
    last: int = _write(connection, events, "insert", rows[-1:]).lastrowid
    return lambda: range(last - len(rows) + 1, last + 1)


def advance(connection: Connection, tracking: Table, positions: Sequence[tuple[str, int]]) -> Callable[[], bool]:
    """Move named positions forward; what is given tells, once all is sent, whether none is there or beyond already. If one is, all is to be undone."""
    if not positions:
        return lambda: True
    rows = [{"name": name, "position": position} for name, position in positions]
    moved = _write(connection, tracking, "advance", rows)
    return lambda: moved.rowcount == len(rows)


def stays(connection: Connection, tracking: Table, name: str, position: int) -> Callable[[], bool]:
    """Hold a named position until the end of the transaction; what is given tells whether it was there, or nowhere yet."""
    held = _write(connection, tracking, "stay", [{"name": name, "position": position}])
    return lambda: held.rowcount == 1


def _write(connection: Connection, table: Table, what: str, rows: Sequence[Row]) -> Any:  # noqa: ANN401 - the driver's cursor
    told = statement(connection.dialect, table, what)
    return told.carry_out(connection, told.spell(rows))
