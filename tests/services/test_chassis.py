"""The chassis stores whole writes, relays in order at least once, hears once, fires timers once, and rebuilds the same views."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pytest
from eventsourcing.domain import Aggregate
from sqlalchemy import event, select

from contracts import envelope as wire
from contracts.envelope import Envelope
from contracts.registry import NewerVersionError, PublicEvent
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.bus.inbox import Inbox
from services.chassis.bus.letters import Letters
from services.chassis.bus.reception import Reception
from services.chassis.bus.relay import to_bytes
from services.chassis.rebuild import CHUNK, rebuild
from services.chassis.service import Service, Transaction
from services.chassis.storage.aggregates import Aggregates
from services.chassis.storage.database import Change, Upsert
from services.chassis.timekeeping import VirtualTime
from services.kernel.actor import Actor
from services.kernel.aggregate import SYSTEM
from tests.databases import open_database
from tests.services.chassis_sample import Book, BookLent, Lender, Librarian, lender_tables, librarian_tables

pytestmark = pytest.mark.usefixtures("on_both")

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def now() -> VirtualTime:
    """A clock that the test moves."""
    return VirtualTime(MONDAY)


@pytest.fixture
def lender(tmp_path: Path) -> Iterator[Lender]:
    """A service that speaks."""
    service = Lender(open_database(tmp_path, "lender", lender_tables()))
    yield service
    service.close()


@pytest.fixture
def librarian(tmp_path: Path) -> Iterator[Librarian]:
    """A service that hears."""
    service = Librarian(open_database(tmp_path, "librarian", librarian_tables()))
    yield service
    service.close()


@pytest.fixture
def bus(lender: Lender, librarian: Librarian, now: VirtualTime) -> EmbeddedBus:
    """Both, connected."""
    return EmbeddedBus([lender, librarian], now)


def rows(service: Service, table: str) -> list[dict[str, Any]]:
    """Give the rows of a table."""
    chosen = service.database.table(table)
    with service.database.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(chosen).order_by(*chosen.primary_key)).mappings()]


def said(service: Service) -> list[bytes]:
    """Give everything that a service says in public."""
    return [body for n in service.recorder.select_notifications(None, 10_000) if (body := to_bytes(service, n))]


def test_a_command_changes_stream_and_view_together(lender: Lender) -> None:
    """Given a lending, the stream has its events and the view its row."""
    lender.lend(book := uuid4(), "红楼梦", "r1", MONDAY)
    assert [n.originator_version for n in lender.recorder.select_notifications(None, 10)] == [1, 2]
    assert rows(lender, "books") == [{"id": book, "title": "红楼梦", "times": 1, "reminders": 0}]


def test_what_is_read_at_once_is_asked_for_once(lender: Lender) -> None:
    """Given two books, one query reads them both, and that there is no third; a command on them stores what it would have stored."""
    for title in ("红楼梦", "水浒传"):
        lender.lend(uuid5(NAMESPACE_URL, title), title, "r1", MONDAY)
    first, second, absent = (uuid5(NAMESPACE_URL, title) for title in ("红楼梦", "水浒传", "西游记"))
    # Each question takes a connection for itself.
    asked: list[object] = []
    event.listen(lender.database.reading, "checkout", lambda *one: asked.append(one))
    transaction = Transaction(lender)
    transaction.read(first, second, absent)
    books = [transaction.get(Book, one) for one in (first, second)]
    assert transaction.find(Book, absent) is None
    assert len(asked) == 1
    assert [(one.title, one.times, one.version) for one in books] == [("红楼梦", 1, 2), ("水浒传", 1, 2)]
    books[1].record(Book.Lent, SYSTEM, MONDAY, title="水浒传", reader="r2", until=MONDAY)
    transaction.commit()
    assert Transaction(lender).get(Book, second).times == 2
    assert Transaction(lender).get(Book, first).times == 1


def test_what_is_known_of_an_aggregate_goes_on_with_what_others_stored(lender: Lender, tmp_path: Path) -> None:
    """Given a second process on the same database, each sees what the other stored since, and whoever changes what she got changes nobody else's."""
    lender.lend(book := uuid4(), "红楼梦", "r1", MONDAY)
    other = Lender(open_database(tmp_path, "lender", lender_tables()))
    mine = Transaction(lender).get(Book, book)
    other.lend(book, "红楼梦", "r2", MONDAY)
    mine.record(Book.Lent, SYSTEM, MONDAY, title="红楼梦", reader="nobody", until=MONDAY)
    for service in (lender, other):
        seen = Transaction(service).get(Book, book)
        assert (seen.times, seen.reader, seen.version) == (2, "r2", 3)
    lender.lend(book, "红楼梦", "r3", MONDAY)
    assert Transaction(other).get(Book, book).reader == "r3"
    other.close()


def test_no_more_aggregates_are_remembered_than_were_of_use_lately(lender: Lender) -> None:
    """Given room for two, the third drives out the one that was of no use for longest, which is read anew when it is asked for."""
    first, second, third = books = [uuid4() for _ in range(3)]
    for book in books:
        lender.lend(book, str(book), "r1", MONDAY)
    few = Aggregates(lender.recorder, lender.mapper, most=2)
    few.get((first, second))
    few.get((first,))
    few.get((third,))
    assert {one.id for one in few.known()} == {first, third}
    assert [one.title for one in few.get(books).values() if isinstance(one, Book)] == [str(book) for book in books]


def test_what_was_stored_is_there_after_a_restart(lender: Lender, tmp_path: Path) -> None:
    """Given a closed service, a new one on the same file knows the same."""
    lender.lend(book := uuid4(), "红楼梦", "r1", MONDAY)
    lender.close()
    again = Lender(open_database(tmp_path, "lender", lender_tables()))
    again.lend(book, "红楼梦", "r2", MONDAY)
    assert rows(again, "books")[0]["times"] == 2
    again.close()


def test_concurrent_commands_on_one_aggregate_all_count(lender: Lender) -> None:
    """Given many writers on one book, each lending is stored once, whoever was first."""
    book = uuid4()
    lender.lend(book, "红楼梦", "r0", MONDAY)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: lender.lend(book, "红楼梦", f"r{i}", MONDAY), range(1, 12)))
    assert rows(lender, "books")[0]["times"] == 12
    versions = [event.originator_version for event in lender.recorder.select_events(book)]
    assert versions == list(range(1, 14))


def test_concurrent_commands_on_many_aggregates_leave_no_gap(lender: Lender) -> None:
    """Given many writers, positions grow without a gap."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: lender.lend(uuid4(), f"书{i}", "r", MONDAY), range(100)))
    positions = [n.id for n in lender.recorder.select_notifications(None, 1000)]
    assert positions == list(range(1, 201))


def test_an_event_is_heard_once_however_often_it_is_said(lender: Lender, librarian: Librarian, bus: EmbeddedBus) -> None:
    """Given events delivered again, also within one batch, each has its effect once (effects happen once)."""
    book = uuid4()
    for reader in ("r1", "r2", "r3"):
        lender.lend(book, "红楼梦", reader, MONDAY)
    bus.settle()
    everything = said(lender)
    bus.inboxes["librarian"].deliver(everything)
    bus.inboxes["librarian"].deliver([*everything[:2], *everything])
    assert rows(librarian, "counts") == [{"id": book, "times": 3}]


def test_a_poison_event_is_kept_and_its_neighbours_are_heard(lender: Lender, librarian: Librarian, bus: EmbeddedBus) -> None:
    """Given an event that cannot be handled and bytes that cannot be read, both are dead letters and the others are heard."""
    lender.lend(first := uuid4(), "红楼梦", "r", MONDAY)
    lender.lend(uuid4(), "", "r", MONDAY)
    lender.lend(last := uuid4(), "西游记", "r", MONDAY)
    bus.inboxes["librarian"].deliver([*said(lender)[:2], b"{not json", *said(lender)[2:]])
    assert {row["id"] for row in rows(librarian, "counts")} == {first, last}
    letters = Letters(librarian).waiting()
    assert ["a book without a title" in letter.reason or "Malformed" in letter.reason for letter in letters] == [True, True]
    bus.settle()
    bus.inboxes["librarian"].deliver([b"{not json"])
    assert len(Letters(librarian).waiting()) == 2, "what came again was not kept again"


class Deaf(Librarian):
    """A librarian who wants to hear nobody."""

    hears = ()


def test_a_service_hears_only_whom_it_wants_to(lender: Lender, tmp_path: Path, now: VirtualTime) -> None:
    """Given a service that does not say that it hears another, what that one says neither reaches it nor leaves a trace in its database."""
    deaf = Deaf(open_database(tmp_path, "librarian", librarian_tables()))
    lender.lend(uuid4(), "红楼梦", "r", MONDAY)
    EmbeddedBus([lender, deaf], now).settle()
    assert rows(deaf, "counts") == rows(deaf, "tracking") == []
    deaf.close()


class Exaggerating(Librarian):
    """A librarian who counts beyond what a database can hold."""

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Count what is without a title as very much."""
        if isinstance(event, BookLent) and not event.title:
            transaction.change(Upsert(self.database.table("counts"), {"id": envelope.subject, "times": 2**70}))
        else:
            super().policy(event, envelope, transaction)


def test_what_the_database_will_never_take_is_kept_and_its_neighbours_are_heard(lender: Lender, tmp_path: Path, now: VirtualTime) -> None:
    """Given an event whose effect no column can hold, it is a dead letter and is not tried for ever; the others are heard."""
    for title in ("红楼梦", "", "西游记"):
        lender.lend(uuid4(), title, "r", MONDAY)
    service = Exaggerating(open_database(tmp_path, "librarian", librarian_tables()))
    Inbox(service, now).deliver(said(lender))
    assert [row["times"] for row in rows(service, "counts")] == [1, 1]
    assert len(Letters(service).waiting()) == 1
    service.close()


class Slot:
    """A door that a number breaks, in a way that it does not know."""

    def __init__(self, librarian: Librarian) -> None:
        self._librarian = librarian

    def hear(self, bodies: Sequence[bytes], now: datetime) -> None:  # noqa: ARG002
        """Count what is put through it."""
        transaction = Transaction(self._librarian)
        for body in bodies:
            transaction.change(Upsert(self._librarian.database.table("counts"), {"id": UUID(int=1 // int(body)), "times": 1}))
        transaction.commit()

    def hear_again(self, body: bytes, sender: Actor | None, transaction: Transaction, now: datetime) -> None:
        """Refuse: nobody asks."""
        raise NotImplementedError


def test_what_a_door_did_not_foresee_is_kept_and_the_next_are_taken(librarian: Librarian, now: VirtualTime) -> None:
    """Given messages at a door of which one breaks it, that one is kept, once, with the reason made printable; all others are taken."""
    librarian.doors["slot"] = Slot(librarian)
    reception = Reception(librarian, "slot", now)
    for _ in range(2):
        reception.deliver([b"1", b"0", b"2", b"\x00"])
    assert [row["id"] for row in rows(librarian, "counts")] == [UUID(int=0), UUID(int=1)]
    letters = Letters(librarian).waiting()
    assert [(letter.door, letter.body) for letter in letters] == [("slot", b"0"), ("slot", b"\x00")]
    assert [letter.detail.partition(":")[0] for letter in letters] == ["ZeroDivisionError", "ValueError"]


def test_an_unknown_type_is_passed_by(lender: Lender, librarian: Librarian, bus: EmbeddedBus) -> None:
    """Given an event whose type nobody knows, it is tracked and nothing happens."""
    lender.lend(book := uuid4(), "红楼梦", "r", MONDAY)
    body = said(lender)[0].replace(b"book-lent.v1", b"book-burnt.v1")
    bus.inboxes["librarian"].deliver([body])
    assert rows(librarian, "counts") == []
    assert librarian.recorder.max_tracking_id(f"lender#{wire.lane_of(book)}") == 2


def test_a_newer_version_stops_the_lane(lender: Lender, librarian: Librarian, bus: EmbeddedBus) -> None:
    """Given an event in a version newer than this program, delivery fails and nothing is tracked: it must not be lost."""
    lender.lend(book := uuid4(), "红楼梦", "r", MONDAY)
    body = said(lender)[0].replace(b"book-lent.v1", b"book-lent.v2")
    with pytest.raises(NewerVersionError):
        bus.inboxes["librarian"].deliver([body])
    assert librarian.recorder.max_tracking_id(f"lender#{wire.lane_of(book)}") is None


def test_a_timer_fires_once_with_its_true_due_time(lender: Lender, bus: EmbeddedBus, now: VirtualTime) -> None:
    """Given a service that was down over the due time, the timer fires once afterwards, and says when it was due."""
    lender.lend(book := uuid4(), "红楼梦", "r", MONDAY)
    now.advance_to(MONDAY + timedelta(days=7) - timedelta(microseconds=1))
    bus.settle()
    assert rows(lender, "books")[0]["reminders"] == 0
    now.advance_to(MONDAY + timedelta(days=30))
    bus.settle()
    bus.settle()
    assert rows(lender, "books")[0]["reminders"] == 1
    reminded: Any = list(lender.events.get(book))[-1]
    assert (reminded.happened, reminded.timestamp) == (MONDAY + timedelta(days=7), MONDAY + timedelta(days=30))


def test_more_timers_than_one_batch_are_all_fired(lender: Lender, bus: EmbeddedBus, now: VirtualTime) -> None:
    """Given more due timers than a sweep takes at once, none is left."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: lender.lend(UUID(int=i), "书", "r", MONDAY), range(1, 603)))
    now.advance_to(MONDAY + timedelta(days=8))
    bus.settle()
    assert {row["reminders"] for row in rows(lender, "books")} == {1}
    assert rows(lender, "timers") == []


@pytest.mark.parametrize("processes", [1, 2])
def test_a_rebuild_gives_the_same_views(lender: Lender, librarian: Librarian, bus: EmbeddedBus, now: VirtualTime, processes: int) -> None:
    """Given views that somebody spoilt, a rebuild makes them as they were (AUD-03), whether here or with other processes."""
    books = [uuid4() for _ in range(2 * CHUNK + 7)]
    for turn in range(3):
        for book in books:
            lender.lend(book, "书", f"r{turn}", now())
        bus.settle()
        now.advance_to(now() + timedelta(days=4))
    before = {service.name: [rows(service, view.name) for view in service.database.views] for service in (lender, librarian)}
    with lender.database.engine.begin() as connection:
        connection.execute(lender.database.table("books").delete())
    told: list[tuple[int, int]] = []
    for service in (lender, librarian):
        rebuild(service, lambda done, total: told.append((done, total)), processes)
    assert told[2:4] == [(len(books), len(books)), (CHUNK, len(books))]
    assert {service.name: [rows(service, view.name) for view in service.database.views] for service in (lender, librarian)} == before


class Blind(Lender):
    """A lender whose program cannot show every book."""

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:
        """Show all but one."""
        assert isinstance(aggregate, Book)
        if aggregate.title == "无字天书":
            raise ValueError(aggregate.title)
        return super().project(aggregate, events)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_rebuild_that_fails_leaves_the_views(lender: Lender, processes: int) -> None:
    """Given an aggregate whose rows this program cannot make, a rebuild says so, and the views are as they were."""
    for title in ["书"] * (CHUNK + 1) + ["无字天书"]:
        lender.lend(uuid4(), title, "r", MONDAY)
    before = rows(lender, "books")
    with pytest.raises(ValueError, match="无字天书"):
        rebuild(Blind(lender.database), processes=processes)
    assert rows(lender, "books") == before
