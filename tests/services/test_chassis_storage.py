"""What the storage does to us: a full disk acknowledges nothing, a slow writer hides nothing, one that hangs holds nobody up."""

import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import IntegrityError
from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, MetaData, String, Table, Uuid, bindparam, cast, event, exc, func, literal, select, text

from services.chassis.bus.delivery import MOST_RACES, PASSING, deliver
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.storage.connections import Question
from services.chassis.storage.database import Database, Delete, Document, Instant, Upsert, sqlite_file
from services.chassis.storage.failures import Unstorable
from services.chassis.storage.leader import Leader
from services.chassis.storage.numbers import check_character
from services.chassis.storage.writing import apply_changes
from services.chassis.timekeeping import VirtualTime
from tests.databases import kept_in, open_database
from tests.patience import PATIENCE
from tests.real_parts import RealParts
from tests.services.chassis_sample import Lender, Librarian, lender_tables, librarian_tables
from tests.services.test_chassis import rows, said

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KINDS = {"document": Document, "moment": Instant, "day": Date, "said": String, "yes": Boolean, "number": Integer, "raw": LargeBinary}


class Disk:
    """The disk under an SQLite database, as full as the test wants it: the database may not grow beyond its pages."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_full = False
        event.listen(database.engine, "begin", self._limit)

    def _limit(self, connection: object) -> None:
        cursor = connection.connection.cursor()  # type: ignore[attr-defined]
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages if self.is_full else 1_000_000}")


def test_a_full_disk_acknowledges_nothing(tmp_path: Path) -> None:
    """Given a disk that is full, commands fail, nothing of them is there, and what was stored before can be read; with room again, all goes on."""
    lender = Lender(Database(sqlite_file(tmp_path / "lender.sqlite"), lender_tables()))
    lender.lend(before := uuid4(), "红楼梦", "r1", MONDAY)
    disk = Disk(lender.database)
    disk.is_full = True
    kept: list[UUID] = []

    def fill() -> None:
        for _ in range(500):
            lender.lend(book := uuid4(), "西" * 500, "r2", MONDAY)
            kept.append(book)

    with pytest.raises(PASSING):
        fill()
    assert {row["id"] for row in rows(lender, "books")} == {before, *kept}, "what was acknowledged, and no more"
    disk.is_full = False
    lender.lend(after := uuid4(), "水浒传", "r3", MONDAY)
    assert {row["id"] for row in rows(lender, "books")} == {before, *kept, after}
    assert [n.id for n in lender.recorder.select_notifications(None, 10_000)] == list(range(1, 2 * (len(kept) + 2) + 1))
    lender.close()


def test_what_is_heard_waits_for_room(tmp_path: Path) -> None:
    """Given a hearer whose disk is full, the events wait and are no dead letters; with room again they are heard, once."""
    lender = Lender(Database(sqlite_file(tmp_path / "lender.sqlite"), lender_tables()))
    librarian = Librarian(Database(sqlite_file(tmp_path / "librarian.sqlite"), librarian_tables()))
    bus = EmbeddedBus([lender, librarian], VirtualTime(MONDAY))
    for number in range(300):
        lender.lend(uuid4(), f"书{number}", "r", MONDAY)
    disk = Disk(librarian.database)
    disk.is_full = True
    hearing = threading.Thread(target=bus.inboxes["librarian"].deliver, args=(said(lender),))
    hearing.start()
    hearing.join(0.5)
    assert hearing.is_alive(), "it tries again"
    assert rows(librarian, "counts") == []
    disk.is_full = False
    hearing.join(PATIENCE)
    assert [row["times"] for row in rows(librarian, "counts")] == [1] * 300
    assert rows(librarian, "dead_letters") == []
    lender.close()
    librarian.close()


def test_a_message_that_always_loses_is_kept_alone() -> None:
    """Given a message that breaks a rule of a table each time, it is tried for long as if somebody else were first, then kept; its neighbours are heard."""
    heard: list[bytes] = []
    letters: list[bytes] = []
    pauses: list[float] = []

    def hear(batch: Sequence[bytes]) -> None:
        if b"twice" in batch:
            raise IntegrityError("that number is there already")
        heard.extend(batch)

    deliver("librarian", [b"before", b"twice", b"after"], hear, lambda body, _error: letters.append(body), sleep=pauses.append)
    assert (heard, letters) == ([b"before", b"after"], [b"twice"])
    assert len(pauses) == MOST_RACES


def test_who_loses_a_race_now_and_then_loses_nothing() -> None:
    """Given a race that is lost again and again, and won at last, nothing is a dead letter."""
    lost = iter(range(MOST_RACES))
    heard: list[bytes] = []

    def hear(batch: Sequence[bytes]) -> None:
        for _ in lost:
            raise IntegrityError("somebody else was first")
        heard.extend(batch)

    deliver("librarian", [b"one", b"two"], hear, lambda body, _error: pytest.fail(f"{body!r} was kept"), sleep=lambda _seconds: None)
    assert heard == [b"one", b"two"]


@pytest.mark.connected
def test_a_slow_writer_at_a_low_position_hides_nothing(tmp_path: Path, parts: RealParts) -> None:
    """Given a transaction that took a low position and commits late, nobody reads past it: what comes later waits, and no event is skipped."""
    with kept_in(parts):
        lender = Lender(open_database(tmp_path, "lender", lender_tables()))
    lender.lend(book := uuid4(), "红楼梦", "r1", MONDAY)
    (first, *_) = lender.recorder.select_events(book)
    with lender.database.engine.connect() as slow:
        slow.execute(text("LOCK TABLE events IN EXCLUSIVE MODE"))
        values = {"id": uuid4(), "topic": first.topic, "state": first.state}
        slow.execute(text("INSERT INTO events (originator_id, originator_version, topic, state) VALUES (:id, 1, :topic, :state)"), values)
        later = threading.Thread(target=lender.lend, args=(uuid4(), "西游记", "r2", MONDAY))
        later.start()
        later.join(0.5)
        seen = [n.id for n in lender.recorder.select_notifications(None, 100)]
        assert seen == [1, 2], "neither the slow one nor what comes after it"
        slow.commit()
    later.join(PATIENCE)
    assert [n.id for n in lender.recorder.select_notifications(None, 100)] == [1, 2, 3, 4, 5]
    lender.close()


@pytest.mark.connected
def test_who_hangs_in_a_transaction_holds_nobody_up_for_long(parts: RealParts) -> None:
    """Given a process that hangs while its transaction has the log to itself, its transaction is taken back, and the others store."""
    lender = Lender(Database(parts.schema("hanging", "intake"), lender_tables()))
    hanging = Database(parts.schema("hanging", "intake", silence="2s"), lender_tables())
    connection = hanging.engine.connect()
    connection.execute(text("LOCK TABLE events IN EXCLUSIVE MODE"))
    lending = threading.Thread(target=lender.lend, args=(uuid4(), "西游记", "r2", MONDAY), daemon=True)
    lending.start()
    lending.join(0.5)
    assert lending.is_alive(), "it waits for the one that hangs"
    lending.join(PATIENCE)
    assert [n.id for n in lender.recorder.select_notifications(None, 100)] == [1, 2]
    with pytest.raises(exc.DBAPIError):
        connection.execute(text("SELECT 1"))
    connection.invalidate()
    hanging.close()
    lender.close()


def test_a_value_that_is_too_large_for_sqlite_is_no_failure_of_the_database(tmp_path: Path) -> None:
    """Given an event larger than SQLite ever takes, it is told so, to be kept as a dead letter; as a failure it would be tried for ever."""
    database = Database(sqlite_file(tmp_path / "lender.sqlite"), lender_tables())
    database.engine.dispose()
    event.listen(database.engine, "connect", lambda connection, _: connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 10_000))
    lender = Lender(database)
    with pytest.raises(Unstorable):
        lender.lend(uuid4(), "红楼梦" * 10_000, "r", MONDAY)
    lender.lend(uuid4(), "西游记", "r", MONDAY)
    lender.close()


@pytest.mark.connected
def test_who_asks_a_server_that_goes_away_is_told_so(tmp_path: Path, parts: RealParts) -> None:
    """Given a question whose connection ends under it, it fails as any statement does then, and the next one is answered."""
    with kept_in(parts):
        database = open_database(tmp_path, "lender", lender_tables())
    last = Question(database.reading, select(func.pg_terminate_backend(func.pg_backend_pid())))
    with pytest.raises(exc.OperationalError) as told:
        last.rows({})
    assert told.value.__cause__ is told.value.orig
    assert Question(database.reading, select(literal(7))).rows({}) == [(7,)]
    with pytest.raises(exc.DataError):
        Question(database.reading, select(cast(bindparam("text", type_=String), Integer))).rows({"text": "seven"})
    database.close()


@pytest.mark.connected
def test_a_leader_that_hangs_leads_no_more(tmp_path: Path, parts: RealParts) -> None:
    """Given a leader that asks nothing of its database although its connection is open, another takes over; awake again, it knows."""
    with kept_in(parts):
        database = open_database(tmp_path, "lender", lender_tables())
    hanging, other = Leader(database, "relay", longest_silence=1), Leader(database, "relay")
    assert hanging.holds()
    assert not other.holds()
    until = time.monotonic() + PATIENCE
    while not other.holds():
        assert time.monotonic() < until, "nobody took over"
        time.sleep(0.1)
    assert not hanging.holds()
    other.resign()
    database.close()


@pytest.mark.connected
def test_a_connection_that_the_server_closed_is_replaced(tmp_path: Path, parts: RealParts) -> None:
    """Given a server that ends every connection while they rest, nobody notices: neither who reads, nor who writes, nor who draws a number."""
    with kept_in(parts):
        lender = Lender(open_database(tmp_path, "lender", lender_tables()))
        operator = open_database(tmp_path, "lender", lender_tables())
    lender.lend(uuid4(), "红楼梦", "r1", MONDAY)
    first = lender.numbers.draw("L")
    assert len(lender.recorder.select_notifications(None, 100)) == 2
    with operator.engine.begin() as connection:
        ended = text(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'"
        )
        connection.execute(ended)
    lender.lend(uuid4(), "西游记", "r2", MONDAY)
    assert len(lender.recorder.select_notifications(None, 100)) == 4
    assert (first, lender.numbers.draw("L")) == ("L-000001-" + first[-1], "L-000002-" + check_character("L-000002"))
    operator.close()
    lender.close()


@pytest.mark.connected
def test_views_are_written_alike_by_both_databases(tmp_path: Path, parts: RealParts) -> None:
    """Given rows of every kind of column, some changed, some taken away, some not there, PostgreSQL and SQLite keep the same."""

    def kept(where: AbstractContextManager[None]) -> list[dict[str, Any]]:
        tables = MetaData()
        table = Table(
            "kinds",
            tables,
            Column("one", String, primary_key=True),
            Column("two", Uuid, primary_key=True),
            *[Column(name, kind) for name, kind in KINDS.items()],
        )
        with where:
            database = open_database(tmp_path, "kinds", tables)
        full = {"document": [{"a": [1, None]}], "moment": MONDAY, "day": MONDAY.date(), "said": "红楼梦", "yes": True, "number": 7, "raw": b"\x00\xff"}
        with database.engine.begin() as connection:
            apply_changes(connection, [Upsert(table, {"one": str(n), "two": UUID(int=n), **full}) for n in range(5)])
        with database.engine.begin() as connection:
            gone = [Delete(table, ("1", UUID(int=1))), Delete(table, ("2", UUID(int=1))), Delete(table, ("9", UUID(int=9)))]
            apply_changes(connection, [*gone, Upsert(table, {"one": "3", "two": UUID(int=3), "number": 8}), Upsert(table, {"one": "0", "two": UUID(int=9)})])
        with database.reading.connect() as connection:
            rows = [dict(row) for row in connection.execute(table.select().order_by("one", "two")).mappings()]
        database.close()
        return rows

    found = kept(nullcontext())
    assert [(row["one"], row["number"]) for row in found] == [("0", 7), ("0", None), ("2", 7), ("3", 8), ("4", 7)]
    assert found == kept(kept_in(parts))


@pytest.mark.connected
def test_a_leader_does_not_ask_again_and_again(tmp_path: Path, parts: RealParts) -> None:
    """Given a leader that works without a pause, it does not ask its database before each step whether it still leads."""
    with kept_in(parts):
        database = open_database(tmp_path, "lender", lender_tables())
    leader = Leader(database, "relay")
    assert leader.holds()
    asked: list[str] = []
    event.listen(database.reading, "before_cursor_execute", lambda *said: asked.append(said[2]))
    assert all(leader.holds() for _ in range(100))
    assert len(asked) < 100
    leader.resign()
    database.close()
