"""Cards of the past: told in one message for each mailbox and morning, which counts those that stand; cards of today are told as ever (ADR 0023)."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import strategies as st

from services.chassis.rebuild import rebuild
from services.kernel.actor import Actor, Role
from services.kernel.calendar import SHANGHAI
from tests.examples import property_on_both
from tests.services.notification_house import CASE, House, Postbox, heard, house, mail_server
from tests.services.service_parts import every_row, said

MORNING = datetime(2026, 3, 3, 8, tzinfo=SHANGHAI)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG_AGO = datetime(2021, 5, 6, tzinfo=SHANGHAI)
OFFICE = "LEADER@market-regulation"
LEADER = Actor("market-leader", "示例局长", frozenset({Role.LEADER}), "market-regulation")
GATHERED, WITHDRAWN = "past-cards-gathered", "card-withdrawn"
RECEIVED = heard("application-received", 1)


def told(name: str, position: int, recorded: datetime = MORNING - HOUR, happened: datetime = LONG_AGO, subject: UUID = CASE, **data: Any) -> bytes:
    """Give what supervision says of a card or light: when, and of when."""
    body = json.loads(heard(name, position, **({} if name == "yellow-light-lit" else {"card": "c-1"}) | data))
    return json.dumps(body | {"time": happened.isoformat(), "recorded": recorded.isoformat(), "subject": str(subject)}).encode()


def numbers(text: str) -> tuple[int, int]:
    """Give how many cards a message says came and went."""
    came, went = re.search(r"预警 (\d+) 个，都发生在 10 天以前", text), re.search(r"有 (\d+) 个已经撤回", text)
    return int(came[1]) if came else 0, int(went[1]) if went else 0


def morning(home: House, at: datetime = MORNING) -> list[tuple[str, int, int]]:
    """Let the morning come, and give what its messages in the application say: to whom, how many came, how many went."""
    home.now.advance_to(max(at, home.now()))
    home.timers.sweep()
    rows = [row for row in home.messages(template=GATHERED, channel="IN_APP") if row["happened"] == at]
    return [(row["mailbox"], *numbers(row["text"])) for row in rows]


@pytest.fixture(name="home")
def _home(tmp_path: Path, on_both: None) -> Iterator[House]:  # noqa: ARG001 - where the data are kept
    with house(tmp_path, now=MORNING - DAY) as made:
        yield made


def test_cards_of_the_past_are_one_message_in_the_morning(home: House) -> None:
    """Given three cards of years ago of which one was withdrawn, nothing is told before eight; then officer and leader have one message each, of two cards."""
    home.hear(RECEIVED, *(told("card-issued", number, card=f"c-{number}") for number in (1, 2, 3)), told(WITHDRAWN, 4, card="c-2"))
    home.now.advance_to(MORNING - timedelta(seconds=1))
    home.timers.sweep()
    assert {row["template"] for row in home.messages()} == {"application-received"}
    assert morning(home) == [(OFFICE, 2, 0), ("market-leader", 2, 0)]
    texts = {row["mailbox"]: (row["subject"], row["text"]) for row in home.messages(template=GATHERED)}
    ending = "各预警的依据、责任人和状态请在列表中查看，不再逐个通知。"
    assert texts == {
        OFFICE: ("过往事项的预警汇总（2026年3月3日）", f"补报的过往事项引出本部门的预警 2 个，都发生在 10 天以前。{ending}"),
        "market-leader": ("过往事项的预警汇总（2026年3月3日）", f"补报的过往事项引出由您负责的预警 2 个，都发生在 10 天以前。{ending}"),
    }
    assert morning(home, MORNING + DAY) == []


def test_where_none_stands_nothing_is_told(home: House) -> None:
    """Given a card of years ago that the next batch withdraws, nobody hears of it, and no timer is left."""
    home.hear(RECEIVED, told("card-issued", 1))
    home.hear(told(WITHDRAWN, 2))
    assert morning(home) == []
    assert {row["template"] for row in home.messages()} == {"application-received"}
    assert every_row(home.notification)["timers"] == []


def test_cards_of_today_are_told_at_once(home: House) -> None:
    """Given a card of today and one of ten days ago beside one of the past, these two are told at once, and so is a withdrawal of theirs."""
    today, recent = MORNING - 2 * HOUR, MORNING - HOUR - timedelta(days=10)
    home.hear(RECEIVED, told("card-issued", 1), told("card-issued", 2, happened=today, card="c-2"), told("card-issued", 3, happened=recent, card="c-3"))
    assert sorted(row["event"] for row in home.messages(template="card-issued", mailbox=OFFICE)) == ["supervision-2", "supervision-3"]
    home.hear(told(WITHDRAWN, 4, happened=today, card="c-2"))
    assert [row["mailbox"] for row in home.messages(template=WITHDRAWN)] == [OFFICE, "market-leader"]
    assert morning(home) == [(OFFICE, 1, 0), ("market-leader", 1, 0)]


def test_what_a_supervisor_opens_is_told_at_once(home: House) -> None:
    """Given a card that a supervisor opens today about something of years ago, it is told at once: somebody decided on it today."""
    home.hear(RECEIVED, told("card-issued", 1, opened_by="supervisor1"))
    assert [row["mailbox"] for row in home.messages(template="card-issued")] == [OFFICE, "market-leader"]
    home.hear(told(WITHDRAWN, 2))
    assert len(home.messages(template=WITHDRAWN)) == 2
    assert morning(home) == []


def test_lights_of_the_past_remind_nobody(home: House) -> None:
    """Given a light of years ago and one of today, only the one of today is told."""
    home.hear(RECEIVED, told("yellow-light-lit", 1), told("yellow-light-lit", 2, happened=MORNING - 2 * HOUR))
    assert {row["event"] for row in home.messages(template="yellow-light-lit")} == {"supervision-2"}


def test_a_later_withdrawal_is_counted_on_its_morning(home: House) -> None:
    """Given two cards of which a morning told, the withdrawal of one is counted, beside a new card, by the next morning, and nothing is told singly."""
    home.hear(RECEIVED, told("card-issued", 1), told("card-issued", 2, card="c-2"))
    assert morning(home) == [(OFFICE, 2, 0), ("market-leader", 2, 0)]
    home.hear(told(WITHDRAWN, 3, MORNING + HOUR), told("card-issued", 4, MORNING + HOUR, card="c-3"))
    assert morning(home, MORNING + DAY) == [(OFFICE, 1, 1), ("market-leader", 1, 1)]
    home.hear(told(WITHDRAWN, 5, MORNING + DAY + HOUR, card="c-2"))
    assert morning(home, MORNING + 2 * DAY) == [(OFFICE, 0, 1), ("market-leader", 0, 1)]
    assert {row["template"] for row in home.messages()} == {"application-received", GATHERED}


def test_what_is_heard_after_its_morning_is_told_on_the_next(home: House) -> None:
    """Given an event that was on its way while its morning was told, it is told on the next one: a morning tells once, and nothing is lost."""
    home.hear(told("card-issued", 1))
    assert morning(home) == [(OFFICE, 1, 0), ("market-leader", 1, 0)]
    home.hear(told("card-issued", 2, card="c-2"))
    home.timers.sweep()
    assert len(home.messages(template=GATHERED)) == 2
    assert morning(home, MORNING + DAY) == [(OFFICE, 1, 0), ("market-leader", 1, 0)]


def test_a_card_without_an_officer_is_told_to_the_leader(home: House) -> None:
    """Given a card for which nobody in particular answers, the department's leader alone has the message."""
    home.hear(told("card-issued", 1, officer=None))
    assert morning(home) == [(OFFICE, 1, 0)]


def test_it_is_mailed_read_and_leads_to_the_cards(tmp_path: Path, on_both: None) -> None:  # noqa: ARG001 - where the data are kept
    """Given an office with an address, the message is mailed there once; a leader finds it, with a link to the cards of then that stand, and reads it."""
    box = Postbox()
    with mail_server(box) as mail, house(tmp_path, mail, now=MORNING - DAY, offices={"market-regulation": "office@example.com"}) as home:
        home.hear(told("card-issued", 1, officer="market-handler"))
        morning(home)
        home.timers.sweep()
        home.timers.sweep()
        page = home.client(LEADER, Accept="text/html").get("/notification/messages").text
        assert 'href="/supervision/cards?level=CARD&amp;withdrawn=false&amp;until=2026-02-21"' in page
        assert "查看这些预警" in page
        (row,) = home.client(LEADER).get("/notification/api/messages").json()["items"]
        assert home.client(LEADER).post(f"/notification/api/messages/{row['id']}/read").status_code == 200
        assert said(home.notification) == [], "it is about no case, in whose history it could stand"
    assert [(letter["To"], letter["Subject"]) for letter in box.letters] == [("office@example.com", "过往事项的预警汇总（2026年3月3日）")]


Life = list[int]
"""The hours after the first morning at which a card comes, goes, comes again and so on."""
DAYS = 3


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Life], list[list[bytes]], bool]:
    """Give the lives of some cards in as many cases, and what is said of them: day by day, in each the cases in any order, or all at once after the last."""
    hours = st.sets(st.integers(0, 24 * DAYS - 1), min_size=1, max_size=4).map(sorted)
    cards = draw(st.lists(hours, min_size=1, max_size=4))
    moments = sorted((hour, number, turn) for number, life in enumerate(cards) for turn, hour in enumerate(life))
    at_once = draw(st.booleans())
    said_in = [moments] if at_once else [[one for one in moments if one[0] // 24 == day] for day in range(DAYS)]
    batches: list[list[bytes]] = []
    for some in said_in:
        waiting = [[one for one in some if one[1] == card] for card in range(len(cards))]
        batch: list[bytes] = []
        while left := [one for one in waiting if one]:
            hour, number, turn = draw(st.sampled_from(left)).pop(0)
            name, data = (WITHDRAWN, dict[str, Any]()) if turn % 2 else ("card-issued", {"officer": None})
            position = sum(map(len, batches)) + len(batch) + 1
            batch.append(told(name, position, MORNING + hour * HOUR, subject=uuid5(CASE, str(number)), card=f"c-{number}", **data))
        batches.append(batch)
    return cards, batches, at_once


def stands(life: Life, hour: int) -> bool:
    """Say whether a card stands at an hour."""
    return sum(one < hour for one in life) % 2 == 1


@property_on_both(40, lives())
def test_each_morning_counts_what_stands_in_whatever_order_it_is_heard(given: tuple[list[Life], list[list[bytes]], bool]) -> None:
    """Given cards of the past that come and go over days, heard day by day or after an outage, the cases in any order, each morning tells the difference."""
    cards, batches, at_once = given
    expected = []
    for before, after in pairwise(range(0, 24 * (DAYS + 1), 24)):
        turned = [(stands(life, before), stands(life, after)) for life in cards]
        came, went = turned.count((False, True)), turned.count((True, False))
        if came or went:
            expected.append((MORNING + after * HOUR, came, went))
    with TemporaryDirectory() as folder, house(Path(folder), now=MORNING) as home:
        for day, batch in enumerate(batches, 1):
            for first in range(0, len(batch), 3):
                home.hear(*batch[first : first + 3])
            home.now.advance_to(MORNING + (DAYS if at_once else day) * DAY)
            home.timers.sweep()
        rows = [(row["happened"], *numbers(row["text"])) for row in home.messages()]
        before_rebuild = every_row(home.notification)
        rebuild(home.notification)
        assert every_row(home.notification) == before_rebuild
    assert sorted(rows) == expected
