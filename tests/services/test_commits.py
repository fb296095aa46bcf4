"""What is stored is stored by few commits, and each waits until what it stored outlives a fall of the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Semaphore
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, event

from services.chassis.storage.connections import driver
from services.chassis.storage.database import Database
from tests.databases import kept_in, open_database
from tests.patience import PATIENCE
from tests.real_parts import RealParts
from tests.services.chassis_sample import Lender, lender_tables
from tests.services.test_chassis import rows

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WRITERS = 20


@contextmanager
def commits(database: Database) -> Iterator[list[Connection]]:
    """Give the connections that committed meanwhile, once for each commit."""
    found: list[Connection] = []

    def note(connection: Connection) -> None:
        found.append(connection)

    event.listen(database.engine, "commit", note)
    yield found
    event.remove(database.engine, "commit", note)


@pytest.mark.usefixtures("on_both")
def test_those_who_store_at_once_share_a_commit(tmp_path: Path) -> None:
    """Given a commit that takes long, all who are to store meanwhile are stored by a few more, each whole, with its view."""
    lender = Lender(open_database(tmp_path, "lender", lender_tables()))
    come = Semaphore(0)
    waited: list[bool] = []

    def wait_for_others(_: Connection) -> None:
        if not waited:
            waited.extend([come.acquire(timeout=PATIENCE) for _ in range(WRITERS)])

    def lend(book: UUID) -> None:
        come.release()
        lender.lend(book, "红楼梦", "r", MONDAY)

    books = [uuid4() for _ in range(WRITERS)]
    event.listen(lender.database.engine, "commit", wait_for_others)
    with commits(lender.database) as committed, ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lend, books))
    assert waited == [True] * WRITERS
    assert len(committed) < WRITERS / 2
    assert {row["id"] for row in rows(lender, "books")} == set(books)
    assert lender.recorder.max_notification_id() == 2 * WRITERS
    lender.close()


@pytest.mark.connected
def test_what_is_acknowledged_is_in_the_log(tmp_path: Path, parts: RealParts) -> None:
    """Given PostgreSQL, the commit of an event does not return before its log is written: a server that is killed then still has it."""
    with kept_in(parts):
        lender = Lender(open_database(tmp_path, "lender", lender_tables()))
    waits: list[str] = []

    def look(connection: Connection) -> None:
        waits.append(driver(connection).execute("SHOW synchronous_commit").fetchone()[0])

    event.listen(lender.database.engine, "commit", look)
    lender.lend(uuid4(), "红楼梦", "r", MONDAY)
    assert waits == ["on"]
    lender.close()
