"""Tables come to the form that this program needs, forward only: views are made anew and filled from the stream, the others take numbered steps."""

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select, text
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

Steps = Mapping[str, str]
"""The SQL that brings a table from the form of this fingerprint one form further."""


def _adding(table: str, columns: Sequence[str], *, since: str, until: str) -> Steps:
    """Give the steps that add columns one by one, from one fingerprint to another."""
    forms = [since, *(f"{until}.{number}" for number in range(1, len(columns))), until]
    return {form: f"ALTER TABLE {table} ADD COLUMN {column} -- {following}" for form, column, following in zip(forms, columns, forms[1:], strict=False)}


_LETTER = ("door VARCHAR DEFAULT '' NOT NULL", "sender VARCHAR", "mended {bytes}", "operator VARCHAR", "note VARCHAR")

STEPS: Mapping[str, Steps] = {
    "dead_letters": {
        **_adding("dead_letters", [column.format(bytes="BLOB") for column in _LETTER], since="7db033e23a10729a", until="a6c8426ffe8d9969"),
        **_adding("dead_letters", [column.format(bytes="BYTEA") for column in _LETTER], since="679f326a1e750b02", until="cc343637020891d8"),
    }
}
"""For each table that is no view, its steps. Append only: a form that was ever released keeps its step."""

_LOCK = 1_001_001


class SchemaOutdated(RuntimeError):  # noqa: N818 - said of the schema
    """The tables are not those of this program; says what to do."""


def migrate(engine: Engine, metadata: MetaData) -> bool:
    """Bring the tables to this program's form; say whether views have to be rebuilt. Safe to run twice, and by two at once."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        forms = _forms(connection)
        kept = {row.name: row.fingerprint for row in connection.execute(select(forms))}
        there = set(inspect(connection).get_table_names())
        is_new = "events" not in there
        rebuild = False
        for table in metadata.sorted_tables:
            wanted = fingerprint(table, engine)
            if table.name in there and kept.get(table.name) == wanted:
                continue
            if table.name not in there:
                table.create(connection)
                rebuild |= bool(table.info.get("view"))
            elif table.info.get("view"):
                table.drop(connection)
                table.create(connection)
                rebuild = True
            else:
                _step(connection, table, kept.get(table.name, wanted), wanted)
            connection.execute(forms.delete().where(forms.c.name == table.name))
            connection.execute(forms.insert().values(name=table.name, fingerprint=wanted))
        return rebuild and not is_new


def check(engine: Engine, metadata: MetaData) -> None:
    """Raise `SchemaOutdated` where the tables are not in this program's form."""
    with engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        forms = _forms_table()
        kept = {row.name: row.fingerprint for row in connection.execute(select(forms))} if forms.name in there else {}
    wrong = [table.name for table in metadata.sorted_tables if kept.get(table.name) != fingerprint(table, engine)]
    if wrong:
        raise SchemaOutdated(f"the tables {', '.join(wrong)} are not in the form of this program: run `onewindow migrate`")


def fingerprint(table: Table, engine: Engine) -> str:
    """Give what stands for the form of a table: a digest of the statements that make it."""
    statements: list[DDLElement] = [CreateTable(table), *(CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name)))]
    written = "\n".join(str(statement.compile(dialect=engine.dialect)) for statement in statements)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def _step(connection: Connection, table: Table, form: str, wanted: str) -> None:
    while form != wanted:
        statement = STEPS.get(table.name, {}).get(form)
        if statement is None:
            raise SchemaOutdated(f"there is no step from form {form} of table {table.name} to {wanted}: its data were written by another program")
        # The step says which form it leads to, at its end: `-- form`. SQLite would keep that in the table's own words.
        change, _, form = statement.rpartition(" -- ")
        connection.execute(text(change))


def _forms_table() -> Table:
    return Table("forms", MetaData(), Column("name", String, primary_key=True), Column("fingerprint", String, nullable=False))


def _forms(connection: Connection) -> Table:
    forms = _forms_table()
    forms.create(connection, checkfirst=True)
    return forms
