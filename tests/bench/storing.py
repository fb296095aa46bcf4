"""P2, P3, P4: appending by many writers on PostgreSQL and SQLite, and rebuilding a case of thirty events, beside raw statements."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Engine, create_engine, select, text

from services.chassis.storage.aggregates import Aggregates, fold
from services.chassis.storage.database import Database, sqlite_file
from tests.bench.measure import Result, cost, each, rate, seconds
from tests.services.chassis_sample import Book, Lender, lender_tables

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
WRITERS, RAW_WRITERS = 64, 8
EVENTS = 3_000
T = TypeVar("T")
TITLE = "书" * 200
"""Events of about a kilobyte, as those of a case are."""


def share(work: Callable[[T], object], among: int, things: Sequence[T]) -> None:
    """Let so many threads do something with each thing, each with a share of them, so that nothing but the work is measured."""

    def done(mine: Sequence[T]) -> None:
        for one in mine:
            work(one)

    with ThreadPoolExecutor(among) as pool:
        list(pool.map(done, [things[number::among] for number in range(among)]))


def lend_all(lender: Lender, books: list[UUID]) -> None:
    """Let many writers lend many books, one event each."""
    share(lambda book: lender.lend(book, TITLE, "r", NOW), WRITERS, books)


def append_all(lender: Lender, state: bytes, number: int = EVENTS) -> float:
    """Let many writers append an event each, as a command does at its end; give events a second."""
    events = [StoredEvent(uuid4(), 1, "sample.Book.Lent", state) for _ in range(number)]
    return number / seconds(lambda: share(lambda event: lender.recorder.insert_events([event]), WRITERS, events))


def prepared(lender: Lender) -> list[UUID]:
    """Have the books bought beforehand, so that each lending is one event."""
    books = [uuid4() for _ in range(EVENTS)]
    lend_all(lender, books)
    return books


def raw_table(engine: Engine) -> None:
    """Make the table of the floor, in the form of the event table."""
    key = "BIGSERIAL PRIMARY KEY" if engine.dialect.name == "postgresql" else "INTEGER PRIMARY KEY AUTOINCREMENT"
    state = "BYTEA" if engine.dialect.name == "postgresql" else "BLOB"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE raw_events (position {key}, originator_id UUID, version INTEGER, topic VARCHAR, state {state})"))
        connection.execute(text("CREATE UNIQUE INDEX raw_by_originator ON raw_events (originator_id, version)"))


INSERT = text("INSERT INTO raw_events (originator_id, version, topic, state) VALUES (:id, 1, 'sample.Book.Lent', :state)")


def raw_rows(number: int, state: bytes) -> list[dict[str, object]]:
    """Give rows as large as ours."""
    return [{"id": uuid4().hex, "state": state} for _ in range(number)]


def raw_single(engine: Engine, rows: list[dict[str, object]], writers: int) -> float:
    """Insert row by row, a commit each; give rows a second."""
    shares = [rows[number::writers] for number in range(writers)]

    def write(share: list[dict[str, object]]) -> None:
        with engine.connect() as connection:
            for row in share:
                connection.execute(INSERT, row)
                connection.commit()

    def all_of_them() -> None:
        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(write, shares))

    return len(rows) / seconds(all_of_them)


def raw_batched(engine: Engine, rows: list[dict[str, object]], size: int = 100) -> float:
    """Insert a hundred rows a commit; give rows a second."""

    def write() -> None:
        for batch in itertools.batched(rows, size) if hasattr(itertools, "batched") else _batched(rows, size):
            with engine.begin() as connection:
                connection.execute(INSERT, list(batch))

    return len(rows) / seconds(write)


def _batched(rows: list[dict[str, object]], size: int) -> Iterator[list[dict[str, object]]]:
    for first in range(0, len(rows), size):
        yield rows[first : first + size]


@contextmanager
def tail(lender: Lender) -> Iterator[list[int]]:
    """Read the log as it grows, as a relay does; gives the positions seen, in the order in which they were."""
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while True:
            is_last = done.is_set()
            notifications = lender.recorder.select_notifications(seen[-1] if seen else 0, 500, inclusive_of_start=False)
            seen.extend(one.id for one in notifications)
            if is_last and not notifications:
                return

    reader = threading.Thread(target=read)
    reader.start()
    yield seen
    done.set()
    reader.join()


def state_of(lender: Lender) -> bytes:
    """Give the stored form of one of our events."""
    events = lender.database.table("events")
    with lender.database.engine.connect() as connection:
        return bytes(connection.execute(select(events.c.state).order_by(events.c.position.desc()).limit(1)).scalar_one())


def many_writers(url: str) -> list[Result]:
    """P2."""
    lender = Lender(Database(url, lender_tables()))
    books = prepared(lender)
    raw = create_engine(url, pool_size=RAW_WRITERS)
    raw_table(raw)
    state = state_of(lender)
    with tail(lender) as seen:
        found = rate(
            "P2",
            f"{WRITERS} writers on PostgreSQL ÷ {RAW_WRITERS} raw connections, a row a commit",
            "≥ 2.5; 0 skipped",
            lambda: append_all(lender, state),
            lambda: raw_single(raw, raw_rows(EVENTS, state), RAW_WRITERS),
        )
        whole = rate(
            "P2",
            f"the same for whole commands by {WRITERS} writers: load, decide, project, store",
            "–",
            lambda: EVENTS / seconds(lambda: lend_all(lender, books)),
            lambda: raw_single(raw, raw_rows(EVENTS, state), RAW_WRITERS),
        )
    stored = lender.recorder.max_notification_id() or 0
    skipped = stored - len(seen)
    lender.close()
    raw.dispose()
    return [replace(found, note=f"{skipped} of {stored} events skipped by a tailing reader"), whole]


def embedded_writers(folder: Path) -> list[Result]:
    """P3."""
    lender = Lender(Database(sqlite_file(folder / "lender.sqlite"), lender_tables()))
    books = prepared(lender)
    floor = Database(sqlite_file(folder / "raw.sqlite"), lender_tables())
    raw_table(floor.engine)
    state = state_of(lender)
    many = rate(
        "P3",
        f"embedded SQLite, {WRITERS} writers ÷ raw insert, a hundred rows a commit",
        "≥ 0.75",
        lambda: append_all(lender, state),
        lambda: raw_batched(floor.engine, raw_rows(EVENTS, state)),
    )
    single = rate(
        "P3",
        "embedded SQLite, one save after the other ÷ a raw row a commit",
        "≥ 0.80",
        lambda: 300 / seconds(lambda: [lender.recorder.insert_events([StoredEvent(uuid4(), 1, "sample.Book.Lent", state)]) for _ in range(300)]),
        lambda: raw_single(floor.engine, raw_rows(300, state), 1),
    )
    whole = rate(
        "P3",
        "the same for a whole command: load, decide, project, store",
        "–",
        lambda: 300 / seconds(lambda: [lender.lend(book, TITLE, "r", NOW) for book in books[:300]]),
        lambda: raw_single(floor.engine, raw_rows(300, state), 1),
    )
    lender.close()
    floor.close()
    return [many, single, whole]


def rebuilding(folder: Path) -> Result:
    """P4."""
    lender = Lender(Database(sqlite_file(folder / "rebuild.sqlite"), lender_tables()))
    book = uuid4()
    for number in range(29):
        lender.lend(book, TITLE, f"r{number}", NOW)
    events = lender.database.table("events")
    query = select(events.c.originator_id, events.c.originator_version, events.c.topic, events.c.state).where(events.c.originator_id == book)

    def raw() -> None:
        # Decoding is the mapper's, which is msgspec; folding calls each event's own change.
        with lender.database.engine.connect() as connection:
            stored = connection.execute(query.order_by(events.c.originator_version)).all()
        fold(None, (lender.mapper.to_domain_event(one) for one in stored))  # type: ignore[arg-type]

    def ours() -> None:
        # Nothing is known of it from before.
        assert isinstance(Aggregates(lender.recorder, lender.mapper).get((book,))[book], Book)

    found = cost(
        "P4",
        "rebuild of an aggregate of 30 events ÷ raw select, decode and fold",
        "≤ 1.5",
        lambda: each(ours, 500),
        lambda: each(raw, 500),
        "µs",
    )
    lender.close()
    return found
