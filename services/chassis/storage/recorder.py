"""Events, tracking positions and view changes of one write are stored together; concurrent writes share one commit."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from threading import Condition
from typing import Any, NamedTuple, NoReturn, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError, Notification, OperationalError, ProcessRecorder, StoredEvent, Tracking
from sqlalchemy import JSON, Connection, Integer, Select, Uuid, bindparam, column, exc, func, literal_column, select, true

from services.chassis.storage.bell import Bell
from services.chassis.storage.connections import Question
from services.chassis.storage.database import Change, Database
from services.chassis.storage.sharing import Sharing
from services.chassis.storage.writing import advance, apply_changes, at_once, insert_events, marking

MOST_IN_ONE_COMMIT = 500
FIRST, LAST = 1 - 2**63, 2**63 - 1
"""No position is below or above."""


class _Write(NamedTuple):
    stored_events: Sequence[StoredEvent]
    trackings: Sequence[Tracking]
    changes: Sequence[Change]


class _Stored(NamedTuple):
    """What the library's `StoredEvent` and `Notification` are, for a third of the time that making one of these takes."""

    originator_id: UUID
    originator_version: int
    topic: str
    state: bytes
    id: int | None = None


class Recorder(ProcessRecorder):
    """The event store of one service in its database. Positions grow in the order of the commits and leave no gap that a reader could miss."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._events = database.table("events")
        self._tracking = database.table("tracking")
        events = self._events.c
        # Making a statement costs more than carrying it out.
        self._of_aggregate = (
            select(events.originator_id, events.originator_version, events.topic, events.state)
            .where(events.originator_id == bindparam("originator_id"), events.originator_version > bindparam("gt"))
            .order_by(events.originator_version)
        )
        self._page = (
            select(events.originator_id, events.originator_version, events.topic, events.state, events.position)
            .where(events.position > bindparam("after"), events.position <= bindparam("stop"))
            .order_by(events.position)
            .limit(bindparam("limit", type_=Integer))
        )
        self._next_page = Question(database.reading, self._page)
        self._beyond = Question(database.reading, _beyond(database))
        self._positions = Question(database.reading, select(self._tracking.c.name, self._tracking.c.position))
        self._marks = Question(database.reading, marking(self._tracking)) if database.engine.dialect.name == "postgresql" else None
        self._reads = Sharing(self._select_for_all)
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
            return [_translated(error)] if len(writes) == 1 else [answer for write in writes for answer in self._commit([write])]
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

    def select_events(
        self, originator_id: UUID | str, *, gt: int | None = None, lte: int | None = None, desc: bool = False, limit: int | None = None
    ) -> Sequence[StoredEvent]:
        """Give the events of one aggregate in the order of their versions."""
        query, values = self._of_aggregate, {"originator_id": originator_id, "gt": gt or 0}
        if lte is not None:
            query = query.where(self._events.c.originator_version <= lte)
        if desc:
            query = query.order_by(None).order_by(self._events.c.originator_version.desc())
        if limit is not None:
            query = query.limit(limit)
        return self._rows(query, values)

    def select_events_beyond(self, versions: Mapping[UUID, int]) -> Sequence[StoredEvent]:
        """Give the events of several aggregates beyond a version of each, those of each in their order; who asks meanwhile shares the next statement."""
        return self._reads.ask(versions)

    def _select_for_all(self, asked: Sequence[Mapping[UUID, int]]) -> list[Sequence[StoredEvent]]:
        lowest = dict(asked[0])
        for versions in asked[1:]:
            for one, version in versions.items():
                lowest[one] = min(version, lowest.get(one, version))
        is_sqlite = self.database.engine.dialect.name == "sqlite"
        known = [{"id": one.hex if is_sqlite else one, "version": version} for one, version in lowest.items()]
        found: Sequence[Any] = [_Stored(*row) for row in self._beyond.rows({"known": known})]
        if len(asked) == 1:
            return [found]
        of_each: dict[UUID | str, list[StoredEvent]] = {}
        for event in found:
            of_each.setdefault(event.originator_id, []).append(event)
        return [[event for one, version in versions.items() for event in of_each.get(one, ()) if event.originator_version > version] for versions in asked]

    def select_notifications(
        self, start: int | None, limit: int, stop: int | None = None, topics: Sequence[str] = (), *, inclusive_of_start: bool = True
    ) -> Sequence[Notification]:
        """Give events of all aggregates in the order of their positions."""
        after = FIRST - 1 if start is None else start - 1 if inclusive_of_start else start
        values = {"after": after, "stop": LAST if stop is None else stop, "limit": limit}
        if topics:
            return self._rows(self._page.where(self._events.c.topic.in_(topics)), values)
        return cast("list[Notification]", [_Stored(*row) for row in self._next_page.rows(values)])

    def _rows(self, query: Select[Any], values: Mapping[str, Any]) -> list[Any]:
        with self.database.reading.connect() as connection:
            return [_Stored(*row) for row in connection.execute(query, values).all()]

    def max_notification_id(self) -> int | None:
        """Give the position of the last event, None where there is none."""
        with self.database.reading.connect() as connection:
            return connection.execute(select(func.max(self._events.c.position))).scalar()

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move a tracking position forward; raise `IntegrityError` where it is there or beyond already."""
        self.insert_events([], trackings=[tracking])

    def max_tracking_id(self, application_name: str) -> int | None:
        """Give the position reached under this name."""
        query = select(self._tracking.c.position).where(self._tracking.c.name == application_name)
        with self.database.reading.connect() as connection:
            return connection.execute(query).scalar()

    def trackings(self, of: str = "") -> dict[str, int]:
        """Give the positions reached under a name and in its lanes (`name#7`), or under all names."""
        return {name: position for name, position in self._positions.rows({}) if not of or name.partition("#")[0] == of}

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

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> NoReturn:  # noqa: ARG002 - the library's signature
        """Refuse: readers pull, and `wait_for_news` wakes them."""
        msg = "pull the notifications, and wait for news between"
        raise OperationalError(msg)


def _require(is_ahead: bool, trackings: Sequence[Tracking]) -> None:  # noqa: FBT001 - what is required
    if not is_ahead:
        raise IntegrityError(f"one of {', '.join(one.application_name for one in trackings)} is there or beyond already")


def _beyond(database: Database) -> Select[Any]:
    """Make the statement that reads the events of aggregates beyond the versions that are `known` of them."""
    table = database.table("events")
    events = table.c
    columns = (events.originator_id, events.originator_version, events.topic, events.state)
    given = bindparam("known", type_=JSON)
    if database.engine.dialect.name == "sqlite":
        known = func.json_each(given).table_valued("value")
        one, version = func.json_extract(known.c.value, "$.id"), func.json_extract(known.c.value, "$.version")
        joined = select(*columns).select_from(known).join(table, (events.originator_id == one) & (events.originator_version > version))
        return joined.order_by(events.originator_id, events.originator_version)
    known = func.json_to_recordset(given).table_valued(column("id", Uuid), column("version", Integer), name="known").render_derived(with_types=True)
    # Each is looked up by itself: a join planned while the table was small would read all of it for as long as the connection lives.
    beyond = select(*columns).where(events.originator_id == known.c.id, events.originator_version > known.c.version).offset(literal_column("0"))
    found = beyond.lateral("found")
    return select(*found.c).select_from(known).join(found, true()).order_by(found.c.originator_id, found.c.originator_version)


class Unstorable(ValueError):  # noqa: N818 - said of the values
    """Values that the database will never take: a NUL in a text, a number beyond its column, a key too long for its index."""


_OF_THE_VALUES = ("22", "54")
"""The classes of PostgreSQL's errors that are about the values: data exceptions, and limits exceeded."""


def _translated(error: Exception) -> Exception:
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
