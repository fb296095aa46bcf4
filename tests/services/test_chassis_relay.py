"""What is said is heard without a gap: a missing event is noticed, a lost tail is said again, and a process that hangs is seen from outside."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import IntegrityError, Tracking
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Column, MetaData, String, exc, text

from contracts.envelope import Envelope, from_bytes, lane_of
from contracts.registry import PublicEvent
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.bus.inbox import Inbox
from services.chassis.bus.letters import Letters
from services.chassis.bus.relay import Message, Relay, rewind
from services.chassis.observing import STALLED_SECONDS, observe
from services.chassis.service import Transaction
from services.chassis.storage.database import Database
from services.chassis.storage.leader import Leader
from services.chassis.storage.schema import SchemaOutdated
from services.chassis.timekeeping import VirtualTime
from services.chassis.timers import Timers
from services.console.embedded import refresh
from tests.databases import open_database
from tests.services.chassis_sample import Lender, Librarian, lender_tables, librarian_tables
from tests.services.frame_sample import access
from tests.services.test_chassis import rows

pytestmark = pytest.mark.usefixtures("on_both")
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BOOK = UUID(int=7)


class Tape:
    """Carries nothing: keeps what was said, and may forget the end of it."""

    def __init__(self) -> None:
        self.said: list[Message] = []

    def send(self, batch: Sequence[Message]) -> int | None:
        """Keep a batch."""
        self.said.extend(batch)
        return None

    def kept(self) -> Mapping[int, int]:
        """Give the last position of each lane."""
        return {lane: max((one.position for one in self.said if one.lane == lane), default=0) for lane in range(16)}


@pytest.fixture(name="lender")
def _lender(tmp_path: Path) -> Iterator[Lender]:
    service = Lender(open_database(tmp_path, "lender", lender_tables()))
    yield service
    service.close()


@pytest.fixture(name="librarian")
def _librarian(tmp_path: Path) -> Iterator[Librarian]:
    service = Librarian(open_database(tmp_path, "librarian", librarian_tables()))
    yield service
    service.close()


@pytest.fixture(name="bus")
def _bus(lender: Lender, librarian: Librarian) -> EmbeddedBus:
    return EmbeddedBus([lender, librarian], VirtualTime(MONDAY))


class Interrupted(Librarian):
    """A librarian whose database goes away once while it reads."""

    away = True

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Count a lending, the second time."""
        if self.away:
            self.away = False
            statement = "SELECT"
            raise exc.OperationalError(statement, None, ConnectionError("the database system is starting up"))
        super().policy(event, envelope, transaction)


class Faltering(Tape):
    """Fails once, when it is to carry its second batch."""

    def __init__(self) -> None:
        super().__init__()
        self.batches = 0

    def send(self, batch: Sequence[Message]) -> int | None:
        """Keep a batch, or fail."""
        self.batches += 1
        if self.batches == 2:
            msg = "the broker is away"
            raise ConnectionError(msg)
        return super().send(batch)


class Overheard(Tape):
    """Somebody does something in the very moment in which the second batch was carried and is not yet marked; it may be found that a tail was lost."""

    def __init__(self, does: Callable[[], object], lost: int | None = None) -> None:
        super().__init__()
        self._does = does
        self._lost = lost
        self._batches = 0

    def send(self, batch: Sequence[Message]) -> int | None:
        """Keep a batch."""
        super().send(batch)
        self._batches += 1
        if self._batches != 2:
            return None
        self._does()
        return self._lost


def told(lender: Lender, times: int) -> list[Message]:
    """Lend a book so often, and give what the relay says of it."""
    for number in range(times):
        lender.lend(BOOK, "红楼梦", f"r{number}", MONDAY)
    tape = Tape()
    relay = Relay(lender, tape)
    while relay.step():
        pass
    return tape.said


def test_a_database_that_goes_away_costs_no_event(lender: Lender, tmp_path: Path) -> None:
    """Given a database that does not answer while an event is heard, the event is heard when it answers again, and is no dead letter."""
    interrupted = Interrupted(open_database(tmp_path, "librarian", librarian_tables()))
    inbox = Inbox(interrupted, VirtualTime(MONDAY))
    inbox.deliver([message.body for message in told(lender, 1)])
    assert [row["times"] for row in rows(interrupted, "counts")] == [1]
    assert Letters(interrupted).waiting() == []
    interrupted.close()


def test_a_missing_event_is_noticed(lender: Lender, librarian: Librarian, bus: EmbeddedBus) -> None:
    """Given events of which one is missing, those after it wait; once it was said again with them, all are heard in their order."""
    first, second, third = (message.body for message in told(lender, 3))
    inbox = bus.inboxes["librarian"]
    inbox.deliver([first, third])
    assert rows(librarian, "counts") == [{"id": BOOK, "times": 1}]
    assert list(inbox.gaps) == [f"lender#{lane_of(BOOK)}"]
    inbox.deliver([second, third])
    assert rows(librarian, "counts") == [{"id": BOOK, "times": 3}]
    assert inbox.gaps == {}


def test_a_lost_tail_is_said_again(lender: Lender) -> None:
    """Given a carrier that lost the end of what it had acknowledged, the relay notices and says it again."""
    tape = Tape()
    relay = Relay(lender, tape)
    for number in range(4):
        lender.lend(BOOK, "红楼梦", f"r{number}", MONDAY)
    assert relay.step()
    assert relay.check() is None
    kept = tape.said[:2]
    lost = [message.position for message in tape.said[2:]]
    tape.said = list(kept)
    assert relay.check() == kept[-1].position
    while relay.step():
        pass
    assert [message.position for message in tape.said[2:]] == lost


def test_what_was_read_ahead_is_said_after_what_failed(lender: Lender) -> None:
    """Given a carrier that fails while the next batch is read already, everything is said in order, each event naming the one before it."""
    for number in range(7):
        lender.lend(BOOK, "红楼梦", f"r{number}", MONDAY)
    tape = Faltering()
    relay = Relay(lender, tape, most=2)
    assert relay.step() == 2
    with pytest.raises(ConnectionError):
        relay.step()
    assert lender.recorder.max_tracking_id("relay") == tape.said[-1].position, "what failed does not count as said"
    while relay.step():
        pass
    assert [message.position for message in tape.said] == [one.id for one in lender.recorder.select_notifications(None, 99)][1:]
    assert [from_bytes(message.body).previous for message in tape.said] == ["0", *(str(message.position) for message in tape.said[:-1])]


def test_what_was_read_ahead_is_dropped_where_somebody_went_back(lender: Lender) -> None:
    """Given an operator who lets everything be said again while the relay has read ahead, it says everything again."""
    for number in range(7):
        lender.lend(BOOK, "红楼梦", f"r{number}", MONDAY)
    tape = Tape()
    relay = Relay(lender, tape, most=2)
    relay.step()
    relay.step()
    before = [message.position for message in tape.said]
    rewind(lender, 0)
    while relay.step():
        pass
    positions = [message.position for message in tape.said]
    assert positions == [*before, *range(2, 9)]


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("lost", [None, 3])
def test_what_an_operator_wants_is_not_overruled(lender: Lender, position: int, lost: int | None) -> None:
    """Given an operator who lets it be said again while the relay is about to mark a batch, or to go back less far, everything after that is said again."""
    for number in range(7):
        lender.lend(BOOK, "红楼梦", f"r{number}", MONDAY)
    tape = Overheard(lambda: rewind(lender, position), lost)
    relay = Relay(lender, tape, most=2)
    while relay.step():
        pass
    positions = [message.position for message in tape.said]
    assert positions == [2, 3, 4, *range(2, 9)]
    marked = lender.recorder.trackings("relay")
    assert marked["relay"] == marked[f"relay#{lane_of(BOOK)}"] == 8


def test_a_mark_moves_from_where_its_keeper_knew_it(lender: Lender) -> None:
    """Given a mark, everybody sees it at once, also the first one; from any other position nothing is marked, neither forward nor backward."""
    recorder = lender.recorder
    recorder.mark([Tracking("relay", 5), Tracking("relay#1", 4)], 0)
    assert recorder.trackings("relay") == {"relay": 5, "relay#1": 4}
    for since in (0, 4, 6):
        with pytest.raises(IntegrityError):
            recorder.mark([Tracking("relay", 7), Tracking("relay#1", 7), Tracking("relay#2", 7)], since)
    assert recorder.trackings("relay") == {"relay": 5, "relay#1": 4}
    recorder.mark([Tracking("relay", 7), Tracking("relay#2", 7)], 5)
    assert recorder.trackings("relay") == {"relay": 7, "relay#1": 4, "relay#2": 7}


def test_a_mark_waits_for_whoever_goes_back(lender: Lender) -> None:
    """Given a mark while somebody's going back is not yet stored, nothing is marked once it is."""
    lender.recorder.mark([Tracking("relay", 5), Tracking("relay#1", 4)], 0)
    with ThreadPoolExecutor(1) as thread:
        with lender.database.engine.begin() as connection:
            connection.execute(text("UPDATE tracking SET position = 1 WHERE name = 'relay'"))
            marking = thread.submit(lender.recorder.mark, [Tracking("relay", 7), Tracking("relay#1", 7)], 5)
            time.sleep(0.2)
        with pytest.raises(IntegrityError):
            marking.result()
    assert lender.recorder.trackings("relay") == {"relay": 1, "relay#1": 4}


def test_what_is_said_again_is_heard_once(lender: Lender, librarian: Librarian, bus: EmbeddedBus) -> None:
    """Given an operator who lets everything be said again, nothing happens twice."""
    told_before = told(lender, 3)
    rewind(lender, 0)
    bus.settle()
    rewind(lender, told_before[0].position)
    bus.settle()
    assert rows(librarian, "counts") == [{"id": BOOK, "times": 3}]


def test_a_view_of_another_form_is_made_anew(lender: Lender, tmp_path: Path) -> None:
    """Given a program whose view has another column, the old view goes, and the database says that it must be rebuilt."""
    lender.lend(BOOK, "红楼梦", "r", MONDAY)
    tables = lender_tables()
    tables.tables["books"].append_column(Column("shelf", String))
    with pytest.raises(SchemaOutdated, match="onewindow migrate"):
        Database(lender.database.engine.url.render_as_string(hide_password=False), _copy(tables), migrates=False)
    renewed = open_database(tmp_path, "lender", tables)
    assert renewed.stale
    with renewed.engine.connect() as connection:
        assert connection.execute(renewed.table("books").select()).all() == []
    renewed.close()
    again = open_database(tmp_path, "lender", _copy(tables))
    assert not again.stale, "safe to run twice"
    again.close()


def test_who_renews_the_views_is_told_how_far_it_is(lender: Lender) -> None:
    """Given two books in a database whose views are of another form, they are made anew once, and the operator hears of both."""
    lender.lend(BOOK, "红楼梦", "r", MONDAY)
    lender.lend(uuid4(), "西游记", "r", MONDAY)
    lender.database.stale = True
    seen: list[tuple[int, int]] = []
    for _ in range(2):
        refresh(lender, lambda done, total: seen.append((done, total)))
    assert seen == [(2, 2)]


def _copy(tables: MetaData) -> MetaData:
    copied = MetaData()
    for table in tables.tables.values():
        table.to_metadata(copied)
    return copied


def test_a_table_of_events_is_never_made_anew(lender: Lender, tmp_path: Path) -> None:
    """Given a table that is no view in a form for which there is no step, the program refuses to start."""
    with lender.database.engine.begin() as connection:
        connection.execute(text("UPDATE forms SET fingerprint = 'of old' WHERE name = 'events'"))
    with pytest.raises(SchemaOutdated, match="events"):
        open_database(tmp_path, "lender", lender_tables())


def test_letters_of_the_first_release_take_their_steps(lender: Lender, tmp_path: Path) -> None:
    """Given dead letters as the first release kept them, `migrate` brings them to today's form, and they are still there."""
    first = {"sqlite": "7db033e23a10729a", "postgresql": "679f326a1e750b02"}[lender.database.engine.dialect.name]
    with lender.database.engine.begin() as connection:
        for column in ("door", "sender", "mended", "operator", "note"):
            connection.execute(text(f"ALTER TABLE dead_letters DROP COLUMN {column}"))
        connection.execute(text("INSERT INTO dead_letters (id, received, reason, body) VALUES (1, 0, 'of old', :body)"), {"body": b"{}"})
        connection.execute(text("UPDATE forms SET fingerprint = :first WHERE name = 'dead_letters'"), {"first": first})
    for _ in range(2):
        open_database(tmp_path, "lender", lender_tables()).close()
    (letter,) = Letters(lender).waiting()
    assert (letter.reason, letter.door, letter.sender, letter.note) == ("of old", "", None, None)


def test_of_two_processes_one_leads(lender: Lender) -> None:
    """Given two processes of a service, one leads until its connection ends; in an SQLite file, which has one process, everybody does."""
    first, second = Leader(lender.database, "relay"), Leader(lender.database, "relay")
    assert first.holds()
    assert second.holds() is (lender.database.engine.dialect.name == "sqlite")
    assert Leader(lender.database, "other work").holds()
    first.resign()
    assert second.holds()
    second.resign()


def test_what_waits_is_told_to_prometheus(lender: Lender, librarian: Librarian, bus: EmbeddedBus) -> None:
    """Given events that were not relayed, a dead letter and a timer, the figures say so; after settling they are gone."""
    lender.lend(BOOK, "红楼梦", "r", MONDAY)
    bus.inboxes["librarian"].deliver([b"{not json"])
    client = _observed([lender, librarian], bus)
    figures = client.get("/metrics").text
    assert 'onewindow_relay_lag_events{service="lender"} 2.0' in figures
    assert 'onewindow_dead_letters{service="librarian"} 1.0' in figures
    assert 'onewindow_timers_open{kind="reminder",service="lender"} 1.0' in figures
    assert 'onewindow_commands_total{command="lend",outcome="done",service="lender"}' in figures
    bus.settle()
    assert 'onewindow_relay_lag_events{service="lender"} 0.0' in client.get("/metrics").text


def test_what_is_late_or_missing_is_told_to_prometheus(lender: Lender, librarian: Librarian, bus: EmbeddedBus) -> None:
    """Given a lane with a gap, and a timer that is a minute overdue, the figures say so; once mended and swept they say nothing is."""
    first, second, third = (message.body for message in told(lender, 3))
    inbox = bus.inboxes["librarian"]
    inbox.deliver([first, third])
    client = _observed([lender, librarian], bus, MONDAY + timedelta(days=7, minutes=1))
    figures = client.get("/metrics").text
    assert 'onewindow_inbox_gaps{service="librarian"} 1.0' in figures
    assert 'onewindow_sweep_lateness_seconds{service="lender"} 60.0' in figures
    inbox.deliver([second, third])
    Timers(lender, VirtualTime(MONDAY + timedelta(days=8))).sweep()
    figures = client.get("/metrics").text
    assert 'onewindow_inbox_gaps{service="librarian"} 0.0' in figures
    assert 'onewindow_sweep_lateness_seconds{service="lender"} 0.0' in figures


def test_health_means_that_every_part_goes_round(lender: Lender, librarian: Librarian, bus: EmbeddedBus) -> None:
    """Given a running bus, the process is live; a part that has not gone round for two minutes makes it not."""
    client = _observed([lender, librarian], bus)
    bus.start()
    try:
        while not bus.rounds():
            time.sleep(0.01)
        assert client.get("/health/live").json() == {"status": "live", "stalled": []}
        assert client.get("/health/ready").status_code == 200
    finally:
        bus.stop()
    bus.relays["lender"].round = time.monotonic() - STALLED_SECONDS - 1
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()["stalled"]) == (503, ["relay-lender"])


def _observed(services: list[Lender | Librarian], bus: EmbeddedBus, now: datetime = MONDAY) -> TestClient:
    app = FastAPI()
    app.state.access = access()
    observe(app, services, bus, VirtualTime(now))
    return TestClient(app)
