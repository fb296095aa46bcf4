"""Word from process to process that a service stored events, by PostgreSQL's NOTIFY. Only a hint: whoever reads asks the log itself now and then."""

import logging
import zlib
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

import psycopg
from sqlalchemy import Connection

from services.chassis.storage.connections import driver
from services.chassis.storage.database import Database

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 1.0


class Bell:
    """Rings for the processes of one service, and hears the others ring once somebody wants to."""

    def __init__(self, database: Database, heard: Callable[[int], None]) -> None:
        self._database = database
        self._heard = heard
        # A channel belongs to a database; schemas of one database do not share it.
        self._channel = f"events_{zlib.crc32(str(database.engine.url.query.get('options', '')).encode())}"
        self._stop = Event()
        self._lock = Lock()
        self._thread: Thread | None = None

    def ring(self, connection: Connection) -> None:
        """Tell the others, when this transaction is committed, how far the log reaches."""
        driver(connection).execute("SELECT pg_notify(%s, max(position)::text) FROM events", (self._channel,))

    def listen(self) -> None:
        """Hear the others from now on."""
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                self._thread = Thread(target=self._run, name="bell", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Hear nothing more."""
        with self._lock:
            self._stop.set()
        # Whoever wanted to hear meanwhile has begun, or sees that it is over.
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._connected() as connection:
                    connection.execute(f"LISTEN {self._channel}".encode())
                    while not self._stop.is_set():
                        for notice in connection.notifies(timeout=PAUSE_SECONDS, stop_after=1):
                            self._heard(int(notice.payload))
            except psycopg.Error as error:
                logger.warning("the bell is silent for a while: %s", error)
                self._stop.wait(PAUSE_SECONDS)

    def _connected(self) -> psycopg.Connection[Any]:
        url = self._database.engine.url
        # By its parts: written as one address, a blank in its options would become a plus.
        parts: dict[str, Any] = {**url.translate_connect_args(username="user", database="dbname"), **url.query}
        return psycopg.connect(**parts, autocommit=True)
