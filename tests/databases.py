"""Where tests of single services keep their data: an SQLite file, or in tests that use the fixture `on_both` once more a schema of PostgreSQL."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import MetaData

from services.chassis.storage.database import Database, sqlite_file
from tests.real_parts import RealParts

_server: list[RealParts] = []


def in_postgresql() -> bool:
    """Say whether data are kept in PostgreSQL now."""
    return bool(_server)


def open_database(folder: Path, name: str, metadata: MetaData) -> Database:
    """Open the database of a service in this folder, or the schema that stands for the folder."""
    if not in_postgresql():
        return Database(sqlite_file(folder / f"{name}.sqlite"), metadata)
    schema = "folder" + hashlib.sha256(f"{folder}/{name}".encode()).hexdigest()[:16]
    return Database(_server[-1].schema(schema, "intake"), metadata)


@contextmanager
def kept_in(parts: RealParts) -> Iterator[None]:
    """Keep the data of what is opened meanwhile in PostgreSQL."""
    _server.append(parts)
    try:
        yield
    finally:
        _server.pop()
