"""What the database says when it refuses, in the words of the event store's interface: whether to try again, to think again, or never."""

import sqlite3

import psycopg
from eventsourcing.persistence import IntegrityError, OperationalError
from sqlalchemy import exc


class Unstorable(ValueError):  # noqa: N818 - said of the values
    """Values that the database will never take: a NUL in a text, a number beyond its column, a key too long for its index."""


_OF_THE_VALUES = ("22", "54")
"""The classes of PostgreSQL's errors that are about the values: data exceptions, and limits exceeded."""


def translated(error: Exception) -> Exception:
    """Give what the store raises for what the driver raised."""
    by_driver = error.orig if isinstance(error, exc.DBAPIError) else error
    match by_driver:
        case psycopg.DataError() | sqlite3.DataError():
            return Unstorable(str(by_driver))
        case psycopg.IntegrityError() | sqlite3.IntegrityError():
            return IntegrityError(str(by_driver))
        case psycopg.Error(sqlstate=str(state)) if state.startswith(_OF_THE_VALUES):
            return Unstorable(str(by_driver))
        case psycopg.Error() | sqlite3.Error():
            return OperationalError(str(by_driver))
        case _:
            return error
