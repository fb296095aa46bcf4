"""The statements by which rows are written: one for each table and purpose, made once, since to make one costs more than to carry it out."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import (
    JSON,
    ClauseElement,
    Column,
    ColumnClause,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Select,
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
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeDecorator

from services.chassis.storage.connections import driver

Row = Mapping[str, Any]
Insert = PostgresqlInsert | SqliteInsert
Advancing = TypeVar("Advancing", PostgresqlInsert, SqliteInsert)
_NUMBER = "number_of_row"
NO_WAIT_FOR_THE_DISK = func.set_config("synchronous_commit", "off", true())
"""Among what one of PostgreSQL's statements gives, lets its own commit return before it is on the disk, to which it goes with the next one that waits."""


class Statement(NamedTuple):
    """Writes rows that are spelled as the driver takes them."""

    spell: Callable[[Sequence[Row]], Any]
    carry_out: Callable[[Connection, Any], Any]
    """Gives the cursor of the driver."""


def statement(dialect: Dialect, table: Table, what: str) -> Statement:
    """Give what writes rows of a table: `insert`, `upsert`, `advance`, `stay` (SQLite's alone) or `delete`."""
    found: Statement | None = table.info.get((what, dialect.name))
    if found is None:
        make = _at_once if dialect.name == "postgresql" else _one_by_one
        found = table.info[what, dialect.name] = make(dialect, table, what)
    return found


# PostgreSQL: all rows are one JSON text


def _at_once(dialect: Dialect, table: Table, what: str) -> Statement:
    text = str({"insert": _insertion, "upsert": _upsert, "advance": _advance, "delete": _deletion}[what](table).compile(dialect=dialect))
    spelled = [(column.name, one) for column in table.columns if (one := _spelled_in_json(column, dialect))]

    def spell(rows: Sequence[Row]) -> str:
        rows = [{_NUMBER: number, **row, **{name: one(row[name]) for name, one in spelled if name in row}} for number, row in enumerate(rows)]
        return msgspec.json.encode(rows).decode()

    return Statement(spell, lambda connection, rows: driver(connection).execute(text, {"rows": rows}))


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


def marking(tracking: Table) -> Select[Any]:
    """Make PostgreSQL's statement that moves a position from where it was known to be, and others with it, and waits for no disk; it gives a row if it did."""
    insert = postgresql_insert(tracking).values(name=bindparam("whose"), position=bindparam("through"))
    is_there = tracking.c.position == bindparam("since")
    moving = insert.on_conflict_do_update(index_elements=["name"], set_={"position": insert.excluded.position}, where=is_there)
    moved = moving.returning(NO_WAIT_FOR_THE_DISK.label("waits")).cte("moved")
    rows = _given(list(tracking.columns))
    others = postgresql_insert(tracking).from_select(list(tracking.columns), select(rows.c.name, rows.c.position).join(moved, true()))
    return select(moved.c.waits).add_cte(_if_beyond(tracking, others).cte("others"))


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


def _one_by_one(dialect: Dialect, table: Table, what: str) -> Statement:
    if what == "delete":
        columns = list(table.primary_key)
        written: Any = table.delete().where(*[column == bindparam(f"given_{column.name}") for column in columns])
    else:
        columns = [column for column in table.columns if what != "insert" or not column.primary_key]
        written = sqlite_insert(table).values({column.name: bindparam(f"given_{column.name}", type_=column.type) for column in columns})
        otherwise: Mapping[str, Callable[[Table, SqliteInsert], ClauseElement]] = {"upsert": _or_update, "advance": _if_beyond, "stay": _if_there}
        written = otherwise[what](table, written) if what in otherwise else written
    text = str(written.compile(dialect=dialect))
    spelled = [(column.name, _spelled_in_sqlite(column, dialect)) for column in columns]

    def spell(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        return [tuple([one(row.get(name)) for name, one in spelled]) for row in rows]

    def carry_out(connection: Connection, rows: list[tuple[Any, ...]]) -> Any:  # noqa: ANN401
        return driver(connection).execute(text, *rows) if len(rows) == 1 else driver(connection).executemany(text, rows)

    return Statement(spell, carry_out)


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


def _if_there(table: Table, insert: SqliteInsert) -> SqliteInsert:
    there = table.c.position == insert.excluded.position
    return insert.on_conflict_do_update(index_elements=["name"], set_={"position": insert.excluded.position}, where=there)
