"""Events, tracking positions and view changes of one write are stored together; concurrent writes share one commit."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from threading import Condition
from typing import NamedTuple

from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from sqlalchemy import Connection

from services.chassis.storage.bell import Bell
from services.chassis.storage.connections import Question
from services.chassis.storage.database import Change, Database
from services.chassis.storage.failures import translated
from services.chassis.storage.reader import Reader
from services.chassis.storage.sharing import Sharing
from services.chassis.storage.statements import marking
from services.chassis.storage.writing import advance, apply_changes, at_once, insert_events

MOST_IN_ONE_COMMIT = 500


class _Write(NamedTuple):
    stored_events: Sequence[StoredEvent]
    trackings: Sequence[Tracking]
    changes: Sequence[Change]


class Recorder(Reader):
    """The event store of one service in its database. Positions grow in the order of the commits and leave no gap that a reader could miss."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._marks = Question(database.reading, marking(self._tracking)) if database.engine.dialect.name == "postgresql" else None
        self._commits = Sharing(self._commit, MOST_IN_ONE_COMMIT)
        self._news = Condition()
        self._last: int | None = None
        self._bell = Bell(database, self._ring) if database.engine.dialect.name == "postgresql" else None

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, trackings: Sequence[Tracking] = (), changes: Sequence[Change] = (), **_: object
    ) -> Sequence[int]:
        """Store a write and give the positions of its events, once they are durable.

        Raises `IntegrityError` where a version of an aggregate is taken or a position was tracked before; then nothing of the write is stored.
        """
        return self._commits.ask(_Write(stored_events, trackings, changes))

    def mark(self, trackings: Sequence[Tracking]) -> None:
        """Move positions forward without waiting for the disk: where the database falls, the last of it may be lost, and its keeper does that work again.

        Raises `IntegrityError` where one is there or beyond already; it stays there.
        """
        if self._marks is None:
            self.insert_events((), trackings=trackings)
            return
        rows = [{"name": one.application_name, "position": one.notification_id} for one in trackings]
        _require(len(self._marks.rows({"rows": rows})) == len(rows), trackings)

    def close(self) -> None:
        """Listen no more, and wake whoever waits for news."""
        if self._bell is not None:
            self._bell.close()
        with self._news:
            self._news.notify_all()

    def _commit(self, writes: Sequence[_Write]) -> list[Sequence[int] | Exception]:
        try:
            events = [event for write in writes for event in write.stored_events]
            with self.database.engine.begin() as connection:
                with at_once(connection):
                    stored = insert_events(connection, self._events, events)
                    ahead = [self._track(connection, write.trackings) for write in writes]
                    apply_changes(connection, (change for write in writes for change in write.changes))
                    if events and self._bell is not None:
                        self._bell.ring(connection)
                for write, is_ahead in zip(writes, ahead, strict=True):
                    _require(is_ahead(), write.trackings)
                positions = stored()
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            # One conflict must not fail its neighbours.
            return [translated(error)] if len(writes) == 1 else [answer for write in writes for answer in self._commit([write])]
        if positions:
            self._ring(positions[-1])
        given = iter(positions)
        return [list(islice(given, len(write.stored_events))) for write in writes]

    def _ring(self, newest: int) -> None:
        with self._news:
            self._last = max(newest, self._last or 0)
            self._news.notify_all()

    def _track(self, connection: Connection, trackings: Sequence[Tracking]) -> Callable[[], bool]:
        return advance(connection, self._tracking, [(one.application_name, one.notification_id) for one in trackings])

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move a tracking position forward; raise `IntegrityError` where it is there or beyond already."""
        self.insert_events([], trackings=[tracking])

    def reset_trackings(self, positions: Mapping[str, int], forget: Sequence[str] = ()) -> None:
        """Set positions, also backward, and forget others: for whoever has to say or hear something again."""
        with self.database.engine.begin() as connection:
            connection.execute(self._tracking.delete().where(self._tracking.c.name.in_([*positions, *forget])))
            connection.execute(self._tracking.insert(), [{"name": name, "position": position} for name, position in positions.items()])

    def wait_for_news(self, beyond: int, seconds: float) -> None:
        """Return when an event beyond this position is known to be stored, or after so many seconds: the word of it may be lost."""
        if self._bell is not None:
            self._bell.listen()
        with self._news:
            if self._last is None or self._last <= beyond:
                self._news.wait(seconds)


def _require(is_ahead: bool, trackings: Sequence[Tracking]) -> None:  # noqa: FBT001 - what is required
    if not is_ahead:
        raise IntegrityError(f"one of {', '.join(one.application_name for one in trackings)} is there or beyond already")
