"""What is stored in the event store is read: by aggregate, or by position; who asks meanwhile shares the next statement."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, cast
from uuid import UUID

from eventsourcing.persistence import Notification, OperationalError, ProcessRecorder, StoredEvent
from sqlalchemy import JSON, Integer, Select, Uuid, bindparam, column, func, literal_column, select, true

from services.chassis.storage.connections import Question
from services.chassis.storage.database import Database
from services.chassis.storage.sharing import Sharing

FIRST, LAST = 1 - 2**63, 2**63 - 1
"""No position is below or above."""


class _Stored(NamedTuple):
    """What the library's `StoredEvent` and `Notification` are, for a third of the time that making one of these takes."""

    originator_id: UUID
    originator_version: int
    topic: str
    state: bytes
    id: int | None = None


class Reader(ProcessRecorder):
    """The half of the event store that reads; each read is a statement for itself."""

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
        self._reads = Sharing(self._select_for_all)

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

    def max_tracking_id(self, application_name: str) -> int | None:
        """Give the position reached under this name."""
        query = select(self._tracking.c.position).where(self._tracking.c.name == application_name)
        with self.database.reading.connect() as connection:
            return connection.execute(query).scalar()

    def trackings(self, of: str = "") -> dict[str, int]:
        """Give the positions reached under a name and in its lanes (`name#7`), or under all names."""
        return {name: position for name, position in self._positions.rows({}) if not of or name.partition("#")[0] == of}

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> NoReturn:  # noqa: ARG002 - the library's signature
        """Refuse: readers pull, and `wait_for_news` wakes them."""
        msg = "pull the notifications, and wait for news between"
        raise OperationalError(msg)


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
