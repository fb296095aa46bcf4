"""How rows are written: each table by one statement, however many rows there are, so that the server reads and plans it once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Column, Connection, Table, bindparam, func, select, tuple_
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.selectable import TableValuedAlias

from services.chassis.connections import SILENCE_SETTING
from services.chassis.database import Append, Change, Delete

Row = Mapping[str, Any]
_NUMBER = "number_of_row"


def work_between_statements(connection: Connection) -> None:
    """Let the transaction at hand be silent for as long as its own work takes."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL {SILENCE_SETTING} = 0")


def apply_changes(connection: Connection, changes: Iterable[Change]) -> None:
    """Carry out changes of views. Of several for one row the last wins, so that each row is written once."""
    last: dict[Table, dict[tuple[Any, ...], Row | None]] = {}
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
        if gone := [key for key, values in rows.items() if values is None]:
            key = [column.name for column in table.primary_key]
            _carry_out(connection, table, "delete", _deletion, list(table.primary_key), [dict(zip(key, one, strict=True)) for one in gone])
        if kept := [values for values in rows.values() if values is not None]:
            _carry_out(connection, table, "upsert", _upsert, list(table.columns), kept)


def insert_events(connection: Connection, events: Table, stored_events: Sequence[StoredEvent]) -> list[int]:
    """Insert events in their order and give their positions, which grow."""
    if not stored_events:
        return []
    rows = [{"originator_id": e.originator_id, "originator_version": e.originator_version, "topic": e.topic, "state": e.state} for e in stored_events]
    columns = [column for column in events.columns if column is not events.c.position]
    if connection.dialect.name == "postgresql":
        # Without the lock, positions could become visible out of order and a reader would skip one.
        connection.exec_driver_sql("LOCK TABLE events IN EXCLUSIVE MODE")
        statement = _kept(events, "insert-postgresql", lambda: _insertion(events, columns))
        return sorted(connection.execute(statement, _as_arrays(columns, rows)).scalars())
    statement = _kept(events, "insert-sqlite", lambda: events.insert().returning(events.c.position, sort_by_parameter_order=True))
    return list(connection.execute(statement, rows).scalars())


def _insertion(events: Table, columns: Sequence[Column[Any]]) -> Any:  # noqa: ANN401 - each dialect has a class of its own
    rows = _unnested(columns)
    ordered = select(*[rows.c[column.name] for column in columns]).order_by(rows.c[_NUMBER])
    return events.insert().from_select([column.name for column in columns], ordered).returning(events.c.position)


Make = Callable[[Table, Sequence[Column[Any]], str], Any]


def _carry_out(connection: Connection, table: Table, name: str, make: Make, columns: Sequence[Column[Any]], rows: Sequence[Row]) -> None:
    dialect = connection.dialect.name
    statement = _kept(table, f"{name}-{dialect}", lambda: make(table, columns, dialect))
    if dialect == "postgresql":
        connection.execute(statement, _as_arrays(columns, rows))
    else:
        connection.execute(statement, [{_bound(column): row.get(column.name) for column in columns} for row in rows])


def _deletion(table: Table, key: Sequence[Column[Any]], dialect: str) -> Any:  # noqa: ANN401
    if dialect == "postgresql":
        rows = _unnested(key)
        return table.delete().where(tuple_(*key).in_(select(*[rows.c[column.name] for column in key])))
    return table.delete().where(*[column == bindparam(_bound(column)) for column in key])


def _upsert(table: Table, columns: Sequence[Column[Any]], dialect: str) -> Any:  # noqa: ANN401
    insert: Any
    if dialect == "postgresql":
        rows = _unnested(columns)
        insert = postgresql_insert(table).from_select([column.name for column in columns], select(*[rows.c[column.name] for column in columns]))
    else:
        insert = sqlite_insert(table).values({column.name: bindparam(_bound(column), type_=column.type) for column in columns})
    key = [column.name for column in table.primary_key]
    others = {column.name: insert.excluded[column.name] for column in columns if column.name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=others) if others else insert.on_conflict_do_nothing()


def _unnested(columns: Sequence[Column[Any]]) -> TableValuedAlias:
    """Give rows that come as one array for each column."""
    arrays = [bindparam(_bound(column), type_=ARRAY(column.type, dimensions=1)) for column in columns]
    named = [sql_column(column.name, column.type) for column in columns]
    return func.unnest(*arrays).table_valued(*named, with_ordinality=_NUMBER, name="rows").render_derived()


def _as_arrays(columns: Sequence[Column[Any]], rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {_bound(column): [row.get(column.name) for row in rows] for column in columns}


def _bound(column: Column[Any]) -> str:
    return f"given_{column.name}"


def _kept(table: Table, name: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Give a statement about a table: making one costs more than carrying it out, so it is made once."""
    statement = table.info.get(name)
    if statement is None:
        statement = table.info[name] = make()
    return statement
