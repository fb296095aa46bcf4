"""What was changed, removed or inserted in a log behind the system's back is found and located by whoever kept a checkpoint (AUD-02)."""

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import pytest
from hypothesis import strategies as st
from sqlalchemy import text

from services.chassis.audit import checkpoints
from services.chassis.audit.lines import CheckpointError
from services.chassis.audit.verification import Found, verify, verify_folder
from tests.databases import open_database
from tests.examples import property_on_both
from tests.services.chassis_sample import Lender, lender_tables

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BOOK = UUID(int=7)


@pytest.fixture(name="lender")
def _lender(tmp_path: Path, on_both: None) -> Iterator[Lender]:  # noqa: ARG001 - where the data are kept
    lender = Lender(open_database(tmp_path, "lender", lender_tables()))
    for number in range(5):
        lender.lend(BOOK, "红楼梦", f"r{number}", MONDAY)
    yield lender
    lender.close()


def tampered(lender: Lender, statement: str, **values: object) -> None:
    """Change the log as somebody with a hand in the database would."""
    with lender.database.engine.begin() as connection:
        connection.execute(text(statement), values)


def inserted(lender: Lender, position: int) -> None:
    """Put an event into the log that the service never recorded."""
    columns = "originator_version, topic, state"
    # The database counts the versions of an aggregate, so the inserted one is another's.
    statement = f"INSERT INTO events (position, originator_id, {columns}) SELECT :position, :other, {columns} FROM events ORDER BY position LIMIT 1"  # noqa: S608
    tampered(lender, statement, position=position, other=uuid4().hex)


def kept_of(lender: Lender, after: int, page: int = 1000) -> list[str]:
    """Give the lines of a checkpoint of the log as it is now."""
    heading = checkpoints.Heading("lender", after, lender.recorder.max_notification_id() or 0, MONDAY, "")
    return "".join(checkpoints.text(lender, heading, page)).splitlines(keepends=True)


def found(lender: Lender, folder: Path) -> list[tuple[int, Found]]:
    """Hold the log against the checkpoints of a folder."""
    return [(one.position, one.found) for one in verify_folder(lender, folder)]


def test_an_untouched_log_agrees(lender: Lender, tmp_path: Path) -> None:
    """Given a log that only grew, every checkpoint agrees, and the next one goes on where the last one ended."""
    first = checkpoints.make(lender, tmp_path, MONDAY)
    assert first is not None
    assert checkpoints.make(lender, tmp_path, MONDAY) is None, "nothing new"
    lender.lend(BOOK, "红楼梦", "r9", MONDAY)
    second = checkpoints.make(lender, tmp_path, MONDAY)
    assert second is not None
    heading = checkpoints.read_heading(second)
    assert (heading.after, heading.through, heading.previous) == (6, 7, checkpoints.digest_of(first))
    assert found(lender, tmp_path) == []


def test_each_kind_of_change_is_located(lender: Lender, tmp_path: Path) -> None:
    """Given one event changed, one removed and one inserted in its place of order, each is named with its position and what is wrong."""
    lender.lend(other := uuid4(), "西游记", "r", MONDAY)
    tampered(lender, "UPDATE events SET position = 100 + position WHERE position > 4")
    checkpoints.make(lender, tmp_path, MONDAY)
    tampered(lender, "UPDATE events SET state = :state WHERE position = 2", state=b"{}")
    tampered(lender, "DELETE FROM events WHERE position = 3")
    columns = "originator_id, originator_version, topic, state"
    tampered(lender, f"INSERT INTO events (position, {columns}) SELECT 50, originator_id, 9, topic, state FROM events WHERE position = 105")  # noqa: S608
    tampered(lender, "DELETE FROM events WHERE position = 108")
    assert found(lender, tmp_path) == [(2, Found.CHANGED), (3, Found.REMOVED), (50, Found.INSERTED), (108, Found.REMOVED)]
    assert other in {event.originator_id for event in lender.recorder.select_notifications(None, 100)}


@pytest.mark.parametrize("change", ["topic = 'sample.Book.Bought'", "originator_version = 40", "position = 40"])
def test_whatever_is_stored_of_an_event_is_vouched_for(lender: Lender, tmp_path: Path, change: str) -> None:
    """Given an event of which only the type, the version or the place was changed, it is found."""
    checkpoints.make(lender, tmp_path, MONDAY)
    tampered(lender, f"UPDATE events SET {change} WHERE position = 4")  # noqa: S608 - our own words
    assert [position for position, _ in found(lender, tmp_path)] == [4]


def test_an_event_that_cannot_be_read_is_a_finding(lender: Lender, tmp_path: Path) -> None:
    """Given events that are as they were but that this program cannot read, the replay says so."""
    tampered(lender, "UPDATE events SET state = :state WHERE position = 2", state=b"{}")
    tampered(lender, "UPDATE events SET topic = 'tests.services.chassis_sample:Gone' WHERE position = 3")
    checkpoints.make(lender, tmp_path, MONDAY)
    assert found(lender, tmp_path) == [(2, Found.UNREADABLE), (3, Found.UNREADABLE)]


def test_what_stands_before_the_first_position_is_found(lender: Lender, tmp_path: Path) -> None:
    """Given an event inserted before all others, where no service ever writes, it is found as any other."""
    checkpoints.make(lender, tmp_path, MONDAY)
    inserted(lender, -3)
    assert found(lender, tmp_path) == [(-3, Found.INSERTED)]


def test_a_checkpoint_without_stretches_is_as_good(lender: Lender, tmp_path: Path) -> None:
    """Given a checkpoint as they once were, with marks alone, it still locates what was changed, and the next one goes on from it."""
    (tmp_path / "lender-000000000006.txt").write_text("".join(line for line in kept_of(lender, 0) if '"events"' not in line))
    assert found(lender, tmp_path) == []
    lender.lend(BOOK, "红楼梦", "r9", MONDAY)
    checkpoints.make(lender, tmp_path, MONDAY)
    tampered(lender, "UPDATE events SET topic = 'x' WHERE position IN (2, 7)")
    tampered(lender, "DELETE FROM events WHERE position = 4")
    assert found(lender, tmp_path) == [(2, Found.CHANGED), (4, Found.REMOVED), (7, Found.CHANGED)]


def test_an_auditor_can_reckon_the_digest_of_a_stretch(lender: Lender) -> None:
    """Given the documented form of a stretch, MessagePack put together by hand gives the digest that the checkpoint has."""
    events = lender.recorder.select_notifications(1, 2)
    spelled = b"\x92"
    for event in events:
        aggregate, topic = str(event.originator_id).encode(), event.topic.encode()
        spelled += b"\x95" + b"\xd9" + bytes([len(aggregate)]) + aggregate + bytes([event.originator_version])
        spelled += (b"\xd9" + bytes([len(topic)]) if len(topic) > 31 else bytes([0xA0 | len(topic)])) + topic
        spelled += b"\xc4" + bytes([len(event.state)]) + event.state + bytes([event.id])
    stretch = json.loads(kept_of(lender, 0, page=2)[1])
    assert stretch == {"through": 2, "events": 2, "digest": hashlib.sha256(spelled).hexdigest()}


def test_a_changed_checkpoint_does_not_fit_the_next(lender: Lender, tmp_path: Path) -> None:
    """Given a checkpoint rewritten to agree with a changed log, the one after it gives it away, as its digest kept elsewhere would."""
    first = checkpoints.make(lender, tmp_path / "kept", MONDAY)
    assert first is not None
    lender.lend(BOOK, "红楼梦", "r9", MONDAY)
    checkpoints.make(lender, tmp_path / "kept", MONDAY)
    tampered(lender, "UPDATE events SET state = replace(CAST(state AS TEXT), 'r1', 'rX')" if _is_sqlite(lender) else _POSTGRESQL)
    rewritten = checkpoints.make(lender, tmp_path / "rewritten", MONDAY)
    assert rewritten is not None
    heading = checkpoints.read_heading(first)
    first.write_text("".join(checkpoints.text(lender, heading)))
    with pytest.raises(CheckpointError, match="不衔接"):
        found(lender, tmp_path / "kept")


_POSTGRESQL = "UPDATE events SET state = convert_to(replace(convert_from(state, 'UTF8'), 'r1', 'rX'), 'UTF8')"


def _is_sqlite(lender: Lender) -> bool:
    return lender.database.engine.dialect.name == "sqlite"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "不是检查点"),
        (b"{}\n", "不是检查点"),
        (b'{"service":"lender","after":0,"through":9,"made":"2026-03-02T01:00:00Z","previous":"","algorithm":"rot13"}\n', "不是检查点"),
        (b'{"service":"other","after":0,"through":9,"made":"2026-03-02T01:00:00Z","previous":""}\n', "other"),
        (b'{"service":"lender","after":0,"through":9,"made":"2026-03-02T01:00:00Z","previous":"","algorithm":"shake_128"}\n', "不是检查点"),
        (b'{"service":"lender","after":0,"through":9,"made":"2026-03-02T01:00:00Z","previous":""}\n1 short\n', "第 2 行"),
        (b'{"service":"lender","after":0,"through":9,"made":"2026-03-02T01:00:00Z","previous":""}\n{"through":9,"events":0,"digest":""}\n', "第 2 行"),
        (b'{"service":"lender","after":0,"through":9,"made":"2026-03-02T01:00:00Z","previous":""}\n{"through":10,"events":1,"digest":""}\n', "第 2 行"),
        (b'{"service":"lender","after":0,"through":9,"made":"2026-03-02T01:00:00Z","previous":""}\n{"through":9,"events":1,"digest":""}\nx\n', "第 3 行"),
    ],
)
def test_what_is_no_checkpoint_is_refused(lender: Lender, content: bytes, why: str) -> None:
    """Given a text that is no checkpoint of this log, the error says what is wrong with it."""
    with pytest.raises(CheckpointError, match=why):
        list(verify(lender, io.BytesIO(content), "some.txt"))


def test_the_algorithm_is_the_checkpoint_s_own(lender: Lender) -> None:
    """Given a checkpoint by SM3, the log is held against it by SM3."""
    heading = checkpoints.Heading("lender", 0, 6, MONDAY, "", "sm3")
    kept = "".join(checkpoints.text(lender, heading)).encode()
    assert list(verify(lender, io.BytesIO(kept), "kept.txt")) == []
    assert kept != "".join(checkpoints.text(lender, checkpoints.Heading("lender", 0, 6, MONDAY, ""))).encode()


@property_on_both(60, st.data())
def test_any_set_of_changes_is_found_and_nothing_else(data: st.DataObject) -> None:
    """Given any events removed, any others changed and any inserted, in stretches of any length, exactly these are found."""
    with TemporaryDirectory() as folder:
        lender = Lender(open_database(Path(folder), "lender", lender_tables()))
        for number in range(data.draw(st.integers(1, 12))):
            lender.lend(BOOK, "书", f"r{number}", MONDAY)
        # Room for what is inserted.
        tampered(lender, "UPDATE events SET position = -10 * position")
        tampered(lender, "UPDATE events SET position = -position")
        kept = "".join(kept_of(lender, 0, data.draw(st.integers(1, 15), "page"))).encode()
        events = [event.id for event in lender.recorder.select_notifications(None, 100)]
        positions = st.sets(st.sampled_from(events))
        removed = data.draw(positions, "removed")
        changed = data.draw(positions, "changed") - removed
        between = data.draw(st.sets(st.integers(1, events[-1]).filter(lambda position: position % 10), max_size=30), "between")
        for position in between:
            inserted(lender, position)
        for position in removed:
            tampered(lender, "DELETE FROM events WHERE position = :position", position=position)
        for position in changed:
            tampered(lender, "UPDATE events SET state = state || ' ' WHERE position = :position", position=position)
        seen = {(one.position, one.found) for one in verify(lender, io.BytesIO(kept), "kept.txt")}
        expected = {Found.REMOVED: removed, Found.CHANGED: changed, Found.INSERTED: between}
        assert seen == {(position, what) for what, those in expected.items() for position in those}
        lender.close()
