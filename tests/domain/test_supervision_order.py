"""Supervision reaches the same state for every interleaving of the services' streams that keeps each stream's own order, with duplicates (AUD-03)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import strategies as st
from sqlalchemy import event

from contracts import envelope
from services.chassis.bus.letters import Letters
from services.chassis.rebuild import rebuild
from services.kernel.calendar import SHANGHAI, local_day, start_of
from services.supervision.domain.case_file import CaseFile
from tests.domain.bureau import Bureau
from tests.domain.card_model import Card, with_escalated
from tests.domain.catalogue_lives import ItemChanges, OfflineApproval, Revision, item_changes, offline_approvals
from tests.domain.catalogue_model import cards_of_item, cards_of_offline
from tests.domain.complaint_lives import Complained, complaints
from tests.domain.complaint_model import cards_of_complaints
from tests.domain.life_model import cards_of_life, expected_warnings
from tests.domain.lives import DAY, END, START, Alive, Life, interleavings, lives, streams_of
from tests.examples import property_on_both
from tests.world import rows


def cards_in(bureau: Bureau) -> set[Card]:
    """Give the cards that were issued, as the models know them."""
    return {
        Card(
            row["rule"],
            (row["clock"] or "").partition(":")[0],
            row["day"],
            row["department"],
            row["officer"],
            row["statutory"],
            local_day(row["rectified"]) if row["rectified"] else None,
        )
        for row in rows(bureau.service, "warnings")
        if row["rule"] != "SUP-L01"
    }


def cards_at_the_end(one: Alive) -> set[Card]:
    """Give the cards of a life that was heard at its end."""
    with TemporaryDirectory() as folder:
        bureau = Bureau(Path(folder), END)
        for stream in streams_of([one]).values():
            bureau.inbox.deliver(stream)
        bureau.sweep_to(END)
        found = cards_in(bureau)
        bureau.service.close()
    return found


@pytest.mark.parametrize("number", [1, 30])
def test_a_batch_asks_the_database_as_often_whatever_it_is_about(number: int, tmp_path: Path) -> None:
    """Given so many cases in one batch, no more is asked than how far each lane was heard, what their files have, and, once a second, for new calendars."""
    bureau = Bureau(tmp_path, START)
    asked: list[str] = []
    event.listen(bureau.service.database.reading, "before_cursor_execute", lambda *said: asked.append(said[2]))
    bureau.inbox.deliver(streams_of([Life("ACCEPTED")] * number)["intake"])
    assert len(asked) <= 3
    assert len(rows(bureau.service, "cases")) == number
    bureau.service.close()


@pytest.mark.slow
@property_on_both(60, st.lists(lives(), min_size=1, max_size=3), st.data())
def test_the_state_does_not_depend_on_the_order_of_arrival(some: list[Life], data: st.DataObject) -> None:
    """Given any interleaving with duplicates, heard before the first look, the views are those of the streams heard one by one, and of a rebuild."""
    streams = streams_of(some)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        plain, mixed = Bureau(Path(one), END), Bureau(Path(other), END)
        for stream in streams.values():
            plain.inbox.deliver(stream)
        for batch in data.draw(interleavings(streams)):
            mixed.inbox.deliver(batch)
        for bureau in (plain, mixed):
            bureau.sweep_to(END + DAY)
        assert mixed.state() == plain.state()
        rebuild(mixed.service)
        assert mixed.state() == plain.state()
        assert Letters(mixed.service).waiting() == []
        for bureau in (plain, mixed):
            bureau.service.close()


@pytest.mark.slow
@property_on_both(40, st.lists(lives(), min_size=1, max_size=2), st.data())
def test_what_stands_in_the_end_does_not_depend_on_looks_between(some: list[Life], data: st.DataObject) -> None:
    """Given looks between the arrivals, late facts take back what they prove wrong: cases and standing warnings are the same in the end."""
    streams = streams_of(some)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        plain, mixed = Bureau(Path(one), END), Bureau(Path(other), START)
        for stream in streams.values():
            plain.inbox.deliver(stream)
        for batch in data.draw(interleavings(streams)):
            mixed.inbox.deliver(batch)
            mixed.sweep_to(mixed.now() + DAY * data.draw(st.integers(0, 9)))
        for bureau in (plain, mixed):
            bureau.sweep_to(END + DAY * 60)
        assert mixed.standing() == plain.standing()
        assert rows(mixed.service, "cases") == rows(plain.service, "cases")
        for bureau in (plain, mixed):
            bureau.service.close()


@pytest.mark.slow
@property_on_both(80, lives())
def test_lights_and_cards_are_those_of_a_slow_model(life: Life) -> None:
    """Given any life, a light was lit and a card issued exactly where a model that counts day by day says so, and as of its day (SUP-L01, SUP-R01)."""
    with TemporaryDirectory() as folder:
        bureau = Bureau(Path(folder), START)
        moment = START
        stream = [(service, at, body) for service, bodies in streams_of([life]).items() for body in bodies for at in [envelope.from_bytes(body).time]]
        for _service, at, body in sorted(stream, key=lambda one: one[1]):
            while moment.date() < at.astimezone(SHANGHAI).date():
                moment = start_of(moment.date() + DAY)
                bureau.sweep_to(moment)
            bureau.inbox.deliver([body])
            bureau.sweep_to(max(bureau.now(), at))
        while moment < END:
            moment = start_of(moment.date() + DAY)
            bureau.sweep_to(moment)
        found = {(row["level"], row["clock"]): row["day"] for row in rows(bureau.service, "warnings") if row["rule"] in {"SUP-L01", "SUP-R01"}}
        bureau.service.close()
    assert found == expected_warnings(life)


@pytest.mark.slow
@property_on_both(80, lives(), complaints())
def test_all_cards_are_those_of_a_slow_model(life: Life, complained: tuple[Complained, ...]) -> None:
    """Given any life and complaints, the cards, whom they name, their days, and when they were mended are those of a model that counts day by day."""
    with TemporaryDirectory() as folder:
        bureau = Bureau(Path(folder), START)
        acts: list[tuple[datetime, Callable[[], object]]] = [
            (envelope.from_bytes(body).time, partial(bureau.inbox.deliver, [body])) for stream in streams_of([life]).values() for body in stream
        ]
        acts += [(moment, partial(act, bureau.service)) for one in complained for moment, act in one.acts(UUID(int=1))]
        for moment, act in sorted(acts, key=lambda one: one[0]):
            bureau.now.advance_to(moment)
            act()
        bureau.sweep_to(END)
        found = cards_in(bureau)
        bureau.service.close()
    assert found == with_escalated([*cards_of_life(life), *cards_of_complaints(life, complained)])


@pytest.mark.slow
@property_on_both(80, offline_approvals())
def test_cards_of_offline_approvals_are_those_of_a_slow_model(one: OfflineApproval) -> None:
    """Given any approval that was given offline, its cards are those of the model: no item, no reason, registered late."""
    assert cards_at_the_end(one) == with_escalated(cards_of_offline(one))


@pytest.mark.slow
@property_on_both(80, item_changes())
def test_cards_of_items_are_those_of_a_slow_model(item: ItemChanges) -> None:
    """Given any revisions of an item and its cancellation, its cards are those of the model: incomplete, late, on no basis."""
    assert cards_at_the_end(item) == with_escalated(cards_of_item(item))


@pytest.mark.slow
@property_on_both(40, lives(), st.data())
def test_no_warning_disappears_without_an_event(life: Life, data: st.DataObject) -> None:
    """Given any arrival, with looks between, no light or card is ever lost; each that no longer stands was ended by an event that names it and its reason."""
    with TemporaryDirectory() as folder:
        bureau = Bureau(Path(folder), START)
        known: set[UUID] = set()
        for batch in data.draw(interleavings(streams_of([life]))):
            bureau.inbox.deliver(batch)
            bureau.sweep_to(bureau.now() + DAY * data.draw(st.integers(0, 5)))
            now_known = {row["id"] for row in rows(bureau.service, "warnings")}
            assert known <= now_known
            known = now_known
        ended = {row["id"] for row in rows(bureau.service, "warnings") if not row["stands"]}
        ends = (CaseFile.YellowLightWentOut, CaseFile.CardWithdrawn, CaseFile.RectificationVerified, CaseFile.AppealDecided)
        said = {event.warning for event in bureau.service.events.get(UUID(int=1)) if isinstance(event, ends) and event.reason}
        bureau.service.close()
    assert ended <= said


def test_the_model_is_not_empty() -> None:
    """Given a case decided late by whoever took it, the model expects a light and cards that name him, so that the comparison can fail."""
    late = Life("ACCEPTED", taken=(1, 1), handled=8, approved=2)
    assert set(expected_warnings(late)) == {("LIGHT", "promised"), ("RED", "promised")}
    assert {(card.rule, card.officer) for card in cards_of_life(late)} >= {("SUP-R01", "handle-05"), ("SUP-A01", "handle-03")}
    altered = Life("ACCEPTED", handled=1, approved=1, issued=1, altered=3, revoked=4)
    cards = [card for life in (altered, replace(altered, revoked=2)) for card in cards_of_life(life) if card.rule == "SUP-R08"]
    assert [(card.officer, card.mended) for card in cards] == [("leader", START.date() + DAY * 7), ("leader", None)]


def test_the_model_expects_cards_of_complaints() -> None:
    """Given complaints left lying, answered late, and answered within the time that was approved in time, the first two have cards."""
    late = Life("ACCEPTED", taken=(1, 1), handled=8, approved=2)
    lying, slow, given, vain = Complained("1", 2), Complained("2", 0, answer=9), Complained("3", 0, 2, 3, 9), Complained("4", 0, 8, 9, 12)
    assert [card.mended for card in cards_of_complaints(late, [lying, slow, given, vain])] == [
        None,
        slow.registered.date() + DAY * 9,
        vain.registered.date() + DAY * 12,
    ]
    assert {card.officer for card in cards_of_complaints(late, [lying])} == {"handle-03"}
    assert "SUP-R02" in {card.rule for card in with_escalated(cards_of_complaints(late, [lying]))}


def test_the_model_expects_cards_of_offline_approvals() -> None:
    """Given approvals without item, without reason, and registered late, the model expects a card of each."""
    fine = OfflineApproval(in_catalogue=True, grade="A", cause="APPLICANT_ASKED", reason="不会上网", days=1, officer="approver")
    changed = (fine, replace(fine, in_catalogue=False), replace(fine, reason=" "), replace(fine, days=2))
    assert [[card.rule for card in cards_of_offline(one)] for one in changed] == [[], ["SUP-R03"], ["SUP-Y11"], ["SUP-Y10"]]


def test_the_model_expects_cards_of_items() -> None:
    """Given guides that lack something until a later one has it, a revision in force too early, and a cancellation on no basis, each has its card."""
    lacking = Revision(1, 0, frozenset({"window", "form_fields"}))
    early, whole = Revision(1, -1, frozenset()), Revision(1, 0, frozenset())
    cards = list(cards_of_item(ItemChanges((lacking, early), 1, " ")))
    assert [(card.rule, card.officer, card.mended is not None) for card in cards] == [
        ("SUP-Y02", "editor-0", True),
        ("SUP-Y03", "editor-0", True),
        ("SUP-Y02", "editor-1", False),
        ("SUP-R04", "canceller", False),
    ]
    assert list(cards_of_item(ItemChanges((whole,), 1, "政发〔2026〕1号"))) == []
