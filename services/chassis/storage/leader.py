"""Of several processes of one service, one leads: it relays and sweeps. Another takes over when its database connection ends, or is silent for long."""

import time
import zlib
from contextlib import suppress

from sqlalchemy import Connection, exc, text

from services.chassis.storage.database import Database

LONGEST_SILENCE = 10
"""Seconds after which a leader that asks nothing of its database leads no more: it may hang with its connection open."""
TRUSTED_SECONDS = 0.5
"""A leader that was confirmed so recently does not ask again: two who lead for a moment do no harm."""


class Leader:
    """The right to do a work of a service. In an SQLite database, which one process has to itself, everybody has it."""

    def __init__(self, database: Database, work: str, *, longest_silence: int = LONGEST_SILENCE) -> None:
        self._database = database
        self._longest_silence = longest_silence
        # Locks belong to one database of the server, and so to one service; schemas of one database do not share them.
        self._key = zlib.crc32(f"{database.engine.url.query.get('options', '')}/{work}".encode())
        self._connection: Connection | None = None
        self._known = 0.0

    def holds(self) -> bool:
        """Say whether this process leads, after trying to; False where the database cannot be reached."""
        if self._database.engine.dialect.name == "sqlite":
            return True
        try:
            if self._connection is None:
                return self._try()
            if time.monotonic() - self._known > TRUSTED_SECONDS:
                # Fails where the connection ended, and with it the lock.
                self._connection.execute(text("SELECT 1"))
                self._known = time.monotonic()
        except exc.DBAPIError:
            self.resign()
            return False
        return True

    def resign(self) -> None:
        """Let another process lead."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(exc.DBAPIError):
                # Closed for good: a connection that went back into the pool would keep the lock.
                connection.invalidate()
            connection.close()

    def _try(self) -> bool:
        connection = self._database.reading.connect()
        if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}).scalar():
            connection.exec_driver_sql(f"SET idle_session_timeout = '{self._longest_silence}s'")
            self._connection = connection
            self._known = time.monotonic()
            return True
        connection.close()
        return False
