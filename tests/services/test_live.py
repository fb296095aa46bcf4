"""The live stream passes over what shows nothing, however much of it lies between: nobody who resumes is left behind (SUP-22)."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from eventsourcing.domain import Aggregate

from services.chassis.clock.calendars import load_calendars
from services.chassis.service import Transaction
from services.chassis.timekeeping import VirtualTime
from services.kernel.actor import Actor, Role
from services.supervision import views
from services.supervision.application import Supervision
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.disagreement import Disagreement
from services.supervision.domain.facts import Fact
from services.supervision.live import BATCH, Live
from services.supervision.wall import Wall
from tests.databases import open_database
from tests.services.service_parts import SEALER
from tests.world import at

pytestmark = pytest.mark.usefixtures("on_both")
NOW = at("2026-03-02 09:00")
MANY = BATCH + 100
"""More than is read at once."""


@pytest.fixture(name="supervision")
def _supervision(tmp_path: Path) -> Iterator[Supervision]:
    service = Supervision(open_database(tmp_path, "supervision", views.tables()), load_calendars(), VirtualTime(NOW), SEALER)
    yield service
    service.close()


def live_of(supervision: Supervision) -> Live:
    """Give a stream whose process has just started."""
    return Live(supervision, Wall(supervision, str), VirtualTime(NOW))


def heard(supervision: Supervision, name: str, source: str, number: int = 1) -> UUID:
    """Let a new case be heard of, with so many facts; give it."""
    case = uuid4()
    file = CaseFile.open_file(case, NOW, NOW)
    for position in range(number):
        file.hear(Fact(source, position, name, NOW, NOW, "SYSTEM", {"passed": True, "opinion": "齐全"}), NOW)
    stored(supervision, file)
    return case


def stored(supervision: Supervision, aggregate: Aggregate) -> None:
    """Store a new aggregate."""
    transaction = Transaction(supervision)
    transaction.add(aggregate)
    transaction.commit()


def unseen(supervision: Supervision) -> None:
    """Let much happen that no viewer is shown: which messages were sent."""
    heard(supervision, "message-sent", "notification", MANY)


def shown(supervision: Supervision) -> UUID:
    """Let something happen that viewers are shown."""
    return heard(supervision, "pre-review-completed", "intake")


async def _seen(live: Live, last_seen: int | None, number: int) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    async with asyncio.timeout(20), aclosing(live.follow(last_seen)) as messages:
        async for message in messages:
            if message is not None and message.id is not None:
                found.append((message.id, message.sent.decode()))
            if len(found) == number:
                break
    return found


def test_a_viewer_of_long_ago_passes_over_what_shows_nothing(supervision: Supervision) -> None:
    """Given a process that has just started, and more than a batch that shows nothing before and between, every message comes, once, in order."""
    unseen(supervision)
    cases = [shown(supervision)]
    unseen(supervision)
    cases.append(shown(supervision))
    unseen(supervision)
    found = asyncio.run(_seen(live_of(supervision), 0, 2))
    assert [str(case) in data for case, (_, data) in zip(cases, found, strict=True)] == [True, True]
    assert found == sorted(found)


def test_a_viewer_at_the_end_hears_what_comes_after_what_shows_nothing(supervision: Supervision) -> None:
    """Given viewers who resume in a process that has read on for long, before or within what shows nothing, each hears the next message once."""
    shown(supervision)
    live = live_of(supervision)

    async def watch() -> list[list[tuple[int, str]]]:
        first = await _seen(live, 0, 1)
        waiting = asyncio.create_task(_seen(live, None, 1))
        await asyncio.sleep(0)
        await asyncio.to_thread(unseen, supervision)
        middle = supervision.recorder.max_notification_id()
        resuming = [asyncio.create_task(_seen(live, position, 1)) for position in (first[0][0], middle)]
        await asyncio.sleep(0.2)
        await asyncio.to_thread(shown, supervision)
        return [await task for task in (waiting, *resuming)]

    found = asyncio.run(watch())
    assert found == [found[0]] * 3
    assert found[0][0][0] == supervision.recorder.max_notification_id()


def test_viewers_who_leave_hold_up_nobody(supervision: Supervision) -> None:
    """Given viewers who lose the connection while they wait, which a server tells them again until they are gone, who stays hears what comes."""
    live = live_of(supervision)

    async def watch() -> list[tuple[int, str]]:
        staying = asyncio.create_task(_seen(live, None, 1))
        leaving = [asyncio.create_task(_seen(live, None, 1)) for _ in range(5)]
        await asyncio.sleep(0.2)
        for _ in range(5):
            for one in leaving:
                one.cancel()
            await asyncio.sleep(0)
        await asyncio.to_thread(shown, supervision)
        return await staying

    assert len(asyncio.run(watch())) == 1


def test_a_position_that_nobody_has_stored_is_the_end(supervision: Supervision) -> None:
    """Given a viewer who remembers a position beyond the stream, as after a restored backup, what happens from now on comes."""
    live = live_of(supervision)

    async def watch() -> list[tuple[int, str]]:
        waiting = asyncio.create_task(_seen(live, 1_000_000, 1))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(shown, supervision)
        return await waiting

    assert len(asyncio.run(watch())) == 1


def test_a_disagreement_is_told_of_its_case(supervision: Supervision) -> None:
    """Given a disagreement, whose file is not the case's, viewers are told of it with the case, and of what follows."""
    clerk = Actor("clerk", "窗口（示例）", frozenset({Role.WINDOW_CLERK}), "service-centre")
    case = shown(supervision)
    sides = ("service-centre", "market-regulation")
    stored(supervision, Disagreement.raise_about(uuid4(), case, "SJ-1", "", sides, sides[1], "材料已经齐全。", clerk, NOW))
    another = shown(supervision)
    found = asyncio.run(_seen(live_of(supervision), 0, 3))
    assert [str(one) in data for one, (_, data) in zip((case, case, another), found, strict=True)] == [True] * 3
    assert "材料已经齐全" in found[1][1]
