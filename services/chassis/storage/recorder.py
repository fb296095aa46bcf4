"""Events, tracking positions and view changes of one write are stored together; concurrent writes share one commit."""

from collections.abc import Callable, Sequence
from itertools import islice
from threading import Condition
from typing import NamedTuple

from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from sqlalchemy import Connection

from services.chassis.storage.bell import Bell
from services.chassis.storage.connections import Question
from services.chassis.storage.database import Change, Database, Upsert
from services.chassis.storage.failures import translated
from services.chassis.storage.reader import Reader
from services.chassis.storage.sharing import Sharing
from services.chassis.storage.statements import marking
from services.chassis.storage.writing import advance, apply_changes, at_once, insert_events, stays

MOST_IN_ONE_COMMIT = 500


class _Write(NamedTuple):
    stored_events: Sequence[StoredEvent]
    trackings: Sequence[Tracking]
    changes: Sequence[Change]
    since: int | None = None
    """Where the first of the trackings must still be, None where that does not matter."""


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

    def mark(self, trackings: Sequence[Tracking], since: int) -> None:
        """Move positions forward without waiting for the disk: where the database falls, the last of it may be lost, and its keeper does that work again.

        Raises `IntegrityError` where the first of them is no longer where its keeper knew it: somebody has set it back, or is ahead. All stay as they are then.
        """
        if self._marks is None:
            self._commits.ask(_Write((), trackings, (), since))
            return
        first, *others = trackings
        rows = [{"name": one.application_name, "position": one.notification_id} for one in others]
        moved = self._marks.rows({"whose": first.application_name, "through": first.notification_id, "since": since, "rows": rows})
        _require(bool(moved), trackings)

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
                    ahead = [self._track(connection, write) for write in writes]
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

    def _track(self, connection: Connection, write: _Write) -> Callable[[], bool]:
        positions = [(one.application_name, one.notification_id) for one in write.trackings]
        if write.since is None:
            return advance(connection, self._tracking, positions)
        stayed = stays(connection, self._tracking, positions[0][0], write.since)
        moved = advance(connection, self._tracking, positions)
        return lambda: stayed() and moved()

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move a tracking position forward; raise `IntegrityError` where it is there or beyond already."""
        self.insert_events([], trackings=[tracking])

    def rewind(self, name: str, position: int, *, only_back: bool = False) -> None:
        """Set a position, also backward, and forget those of its lanes: for whoever has to say something again. `only_back` sets it no further forward."""
        names = self._tracking.c.name
        with self.database.engine.begin() as connection:
            # Before the lanes: who marks now is waited for, or finds it elsewhere.
            if only_back:
                beyond = self._tracking.c.position > position
                connection.execute(self._tracking.update().where(names == name, beyond).values(position=position))
            else:
                apply_changes(connection, [Upsert(self._tracking, {"name": name, "position": position})])
            connection.execute(self._tracking.delete().where(names.startswith(f"{name}#", autoescape=True)))

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
