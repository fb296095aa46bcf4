"""How rows are written: each table by one statement, however many rows there are, so that the server reads and plans it once."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from eventsourcing.persistence import StoredEvent
from sqlalchemy import (
    JSON,
    ClauseElement,
    Column,
    ColumnClause,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeDecorator

from services.chassis.storage.connections import SILENCE_SETTING, driver
from services.chassis.storage.database import Append, Change, Delete, key_of

Row = Mapping[str, Any]
Insert = PostgresqlInsert | SqliteInsert
Advancing = TypeVar("Advancing", PostgresqlInsert, SqliteInsert)
_NUMBER = "number_of_row"
NO_WAIT_FOR_THE_DISK = func.set_config("synchronous_commit", "off", true())
"""Among what one of PostgreSQL's statements gives, lets its own commit return before it is on the disk, to which it goes with the next one that waits."""


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


def apply_changes(connection: Connection, changes: Iterable[Change]) -> None:
    """Carry out changes of views. Of several for one row the last wins, so that each row is written once."""
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
        _carry_out(connection, table, "insert", new)
    for table, rows in last.items():
        if gone := [key for key, values in rows.items() if values is None]:
            _carry_out(connection, table, "delete", [dict(zip(key_of(table), one, strict=True)) for one in gone])
        if kept := [values for values in rows.values() if values is not None]:
            _carry_out(connection, table, "upsert", kept)


def insert_events(connection: Connection, events: Table, stored_events: Sequence[StoredEvent]) -> Callable[[], Sequence[int]]:
    """Insert events in their order; what is given tells their positions, which grow, once all is sent."""
    if not stored_events:
        return list
    rows = [{"originator_id": e.originator_id, "originator_version": e.originator_version, "topic": e.topic, "state": e.state} for e in stored_events]
    if connection.dialect.name == "postgresql":
        # Without the lock, positions could become visible out of order and a reader would skip one.
        driver(connection).execute("LOCK TABLE events IN EXCLUSIVE MODE")
        inserted = _carry_out(connection, events, "insert", rows)
        return lambda: sorted(position for (position,) in inserted.fetchall())
    # Only a row that is written by itself tells its position; nobody else writes meanwhile, so the others stand right before it.
    if len(rows) > 1:
        _carry_out(connection, events, "insert", rows[:-1])
    last: int = _carry_out(connection, events, "insert", rows[-1:]).lastrowid
    return lambda: range(last - len(rows) + 1, last + 1)


def advance(connection: Connection, tracking: Table, positions: Sequence[tuple[str, int]]) -> Callable[[], bool]:
    """Move named positions forward; what is given tells, once all is sent, whether none is there or beyond already. If one is, all is to be undone."""
    if not positions:
        return lambda: True
    rows = [{"name": name, "position": position} for name, position in positions]
    moved = _carry_out(connection, tracking, "advance", rows)
    return lambda: moved.rowcount == len(rows)


def _carry_out(connection: Connection, table: Table, what: str, rows: Sequence[Row]) -> Any:  # noqa: ANN401 - the driver's cursor
    """Write rows by a statement about their table. To make one costs more than to carry it out, so it is made once."""
    carry_out: CarryOut | None = table.info.get((what, connection.dialect.name))
    if carry_out is None:
        make = _at_once if connection.dialect.name == "postgresql" else _one_by_one
        carry_out = table.info[what, connection.dialect.name] = make(connection.dialect, table, what)
    return carry_out(connection, rows)


CarryOut = Callable[[Connection, Sequence[Row]], Any]
"""Gives the cursor of the driver."""


# PostgreSQL: all rows are one JSON text


def _at_once(dialect: Dialect, table: Table, what: str) -> CarryOut:
    text = str({"insert": _insertion, "upsert": _upsert, "advance": _advance, "delete": _deletion}[what](table).compile(dialect=dialect))
    spelled = [(column.name, spell) for column in table.columns if (spell := _spelled_in_json(column, dialect))]

    def carry_out(connection: Connection, rows: Sequence[Row]) -> Any:  # noqa: ANN401
        rows = [{_NUMBER: number, **row, **{name: spell(row[name]) for name, spell in spelled if name in row}} for number, row in enumerate(rows)]
        return driver(connection).execute(text, {"rows": msgspec.json.encode(rows).decode()})

    return carry_out


def _spelled_in_json(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Give what turns a value into one that JSON has, where that is needed."""
    if isinstance(column.type, LargeBinary):
        return lambda value: value if value is None else b64encode(value).decode()
    return column.type.bind_processor(dialect) if isinstance(column.type, TypeDecorator) else None


def _insertion(table: Table) -> ClauseElement:
    columns = [column for column in table.columns if not column.primary_key]
    rows = _given([*columns, sql_column(_NUMBER, Integer)])
    ordered = select(*_taken(rows, columns)).order_by(rows.c[_NUMBER])
    return table.insert().from_select(columns, ordered).returning(*table.primary_key)


def _upsert(table: Table) -> ClauseElement:
    rows = _given(list(table.columns))
    return _or_update(table, postgresql_insert(table).from_select(list(table.columns), select(*_taken(rows, list(table.columns)))))


def _advance(table: Table) -> PostgresqlInsert:
    rows = _given(list(table.columns))
    return _if_beyond(table, postgresql_insert(table).from_select(list(table.columns), select(rows.c.name, rows.c.position)))


def marking(tracking: Table) -> ReturningInsert[Any]:
    """Make PostgreSQL's statement that moves named positions forward and waits for no disk; it gives as many rows as it moved."""
    return _advance(tracking).returning(NO_WAIT_FOR_THE_DISK)


def _deletion(table: Table) -> ClauseElement:
    key = list(table.primary_key)
    rows = _given(key)
    return table.delete().where(tuple_(*key).in_(select(*[rows.c[column.name] for column in key])))


def _taken(rows: TableValuedAlias, columns: Sequence[Column[Any]]) -> list[ColumnElement[Any]]:
    return [func.decode(rows.c[column.name], literal_column("'base64'")) if isinstance(column.type, LargeBinary) else rows.c[column.name] for column in columns]


def _given(columns: Sequence[ColumnClause[Any]]) -> TableValuedAlias:
    named = [sql_column(column.name, String if isinstance(column.type, LargeBinary) else column.type) for column in columns]
    return func.json_to_recordset(bindparam("rows", type_=JSON)).table_valued(*named, name="rows").render_derived(with_types=True)


# SQLite: a statement that is carried out for each row


def _one_by_one(dialect: Dialect, table: Table, what: str) -> CarryOut:
    if what == "delete":
        columns = list(table.primary_key)
        statement: Any = table.delete().where(*[column == bindparam(f"given_{column.name}") for column in columns])
    else:
        columns = [column for column in table.columns if what != "insert" or not column.primary_key]
        statement = sqlite_insert(table).values({column.name: bindparam(f"given_{column.name}", type_=column.type) for column in columns})
        statement = {"upsert": _or_update, "advance": _if_beyond}.get(what, lambda _, insert: insert)(table, statement)
    text = str(statement.compile(dialect=dialect))
    spelled = [(column.name, _spelled_in_sqlite(column, dialect)) for column in columns]

    def carry_out(connection: Connection, rows: Sequence[Row]) -> Any:  # noqa: ANN401
        written = [tuple([spell(row.get(name)) for name, spell in spelled]) for row in rows]
        return driver(connection).execute(text, *written) if len(written) == 1 else driver(connection).executemany(text, written)

    return carry_out


def _spelled_in_sqlite(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any]:
    spell: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return spell or (lambda value: value)


def _or_update(table: Table, insert: Insert) -> ClauseElement:
    key = [column.name for column in table.primary_key]
    others = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=others) if others else insert.on_conflict_do_nothing()


def _if_beyond(table: Table, insert: Advancing) -> Advancing:
    beyond = table.c.position < insert.excluded.position
    return insert.on_conflict_do_update(index_elements=["name"], set_={"position": insert.excluded.position}, where=beyond)
