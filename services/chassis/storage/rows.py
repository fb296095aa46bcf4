"""How the read models are read."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select

from services.chassis.storage.database import Database

Row = dict[str, Any]


def rows_of(database: Database, query: Select[Any]) -> list[Row]:
    """Give the rows of a query."""
    with database.reading.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def first_id(database: Database, query: Select[Any]) -> UUID | None:
    """Give the id that a query finds first, None where it finds none."""
    with database.reading.connect() as connection:
        found: UUID | None = connection.execute(query.limit(1)).scalar()
    return found
