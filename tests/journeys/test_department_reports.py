"""Departments with their own systems report what they do (EXC-01): receipted, in any order, once; what is wrong is kept, told and mended."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.kernel.actor import Actor
from tests.journeys.department import ITEM, OPINION, SYSTEM, event, reported, way
from tests.world import World, at


def case_of(world: World, case: str) -> dict[str, Any]:
    """Give what supervision knows of a case."""
    return next(row for row in world.rows("supervision", "cases") if str(row["id"]) == case)


def cards_of(world: World, case: str) -> list[dict[str, Any]]:
    """Give the lights and cards of a case."""
    return [row for row in world.rows("supervision", "warnings") if str(row["case_id"]) == case]


def test_a_departments_case_has_the_same_clocks_as_all_others(world: World) -> None:
    """Given a case that a department reports step by step, supervision sees its item, its stage and its due day, and in the end its decision."""
    steps = way()
    world.now.advance_to(at("2026-03-02 16:00"))
    (received, accepted) = reported(world, *steps[:2])
    assert (received["status"], accepted["status"]) == ("RECEIVED", "RECEIVED")
    row = case_of(world, received["case"])
    item = world.do(None, "GET", f"/intake/api/items/{ITEM}")
    assert (row["number"], row["item"], row["channel"], row["state"], row["department"]) == ("2026-0001", ITEM, "DEPARTMENT", "OPEN", "housing")
    assert row["stage"] == item["process"]["stages"][0]["name"]
    clock = {"limit": item["promised_limit"], "start": "2026-03-02", "as_of": "2026-03-02"}
    assert str(row["due"]) == world.do(None, "POST", "/intake/api/clock", json=clock)["due"]
    for step in steps[2:]:
        world.now.advance_to(datetime.fromisoformat(step["time"]) + timedelta(minutes=5))
        reported(world, step)
    row = case_of(world, received["case"])
    assert (row["state"], row["outcome"], row["late"]) == ("DECIDED", "GRANTED", False)
    assert [(card["rule"], card["stands"]) for card in cards_of(world, received["case"])] == [("SUP-L01", False)], "lit on the last day but one, and out"


def test_late_reports_and_true_times(world: World) -> None:
    """Given a department that did not decide in time, the red card stands as of the true due time; reported days later, lateness has its own card."""
    world.now.advance_to(at("2026-03-02 16:00"))
    case = reported(world, *way()[:2])[0]["case"]
    due = str(case_of(world, case)["due"])
    world.advance("2026-06-01 09:00")
    reds = [card for card in cards_of(world, case) if card["rule"] == "SUP-R01"]
    assert sorted(card["clock"] for card in reds) == ["promised", "statutory"]
    assert due in {str(card["due"]) for card in reds}
    reported(world, *way()[2:])
    cards = cards_of(world, case)
    assert {card["state"] for card in cards if card["rule"] == "SUP-R01"} == {"RETRACTED"}, "the decision was in time, though it was told late"
    history = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}/history")
    (told,) = (entry["evidence"] for entry in history if entry["name"] == "case-decided")
    red = {str(card["id"]) for card in reds}
    assert [entry["data"]["evidence"] for entry in history if entry["name"] == "CardWithdrawn" and entry["evidence"] in red] == [[told], [told]]
    assert any(card["rule"] == "SUP-Y10" and card["stands"] for card in cards), "it was told late"


def test_the_departments_leader_is_told_of_its_cards(world: World) -> None:
    """Given a reported case that becomes overdue as the days pass, the department's leader is told of each light and card once, by its number (NOT-02)."""
    world.now.advance_to(at("2026-03-02 16:00"))
    case = reported(world, *way()[:2])[0]["case"]
    for day in range(3, 21):
        world.advance(f"2026-03-{day:02} 09:00")
    told = [row for row in world.rows("notification", "messages") if str(row["case_id"]) == case]
    assert {row["mailbox"] for row in told} == {"LEADER@housing"}
    cards = cards_of(world, case)
    assert len(told) == len(cards) > 1
    assert all("2026-0001" in row["text"] for row in told if row["template"] == "card-issued")


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_arrival_does_not_matter(world: World, seed: int) -> None:
    """Given the reports of a case in any order, one by one, some twice, the case is the same in the end and no card stands that the order raised."""
    mixed = [*way(), *way()[1:4]]
    random.Random(seed).shuffle(mixed)  # noqa: S311
    world.now.advance_to(at("2026-03-05 12:00"))
    receipts = [reported(world, one)[0] for one in mixed]
    assert sorted(one["status"] for one in receipts) == ["KNOWN"] * 3 + ["RECEIVED"] * 6
    world.advance("2026-03-12 09:00")
    case = receipts[0]["case"]
    row = case_of(world, case)
    assert (row["state"], row["late"], str(row["received_on"]), str(row["decided_on"])) == ("DECIDED", False, "2026-03-02", "2026-03-05")
    wrong = [card["detail"] for card in cards_of(world, case) if card["rule"] in {"SUP-R05", "SUP-Y10"} and "才记录" not in card["detail"]]
    assert wrong == []


def test_what_does_not_fit_together_is_kept_and_seen(world: World) -> None:
    """Given a decision without an acceptance, it is receipted, and after a working day in which nothing explains it SUP-Y10 says so."""
    received, *_, decided = way()
    world.now.advance_to(at("2026-03-05 12:00"))
    case = reported(world, {**received, "time": "2026-03-05T09:00:00+08:00"}, decided)[0]["case"]
    assert [card["rule"] for card in cards_of(world, case)] == []
    world.advance("2026-03-09 09:00")
    details = [card["detail"] for card in cards_of(world, case) if card["rule"] == "SUP-Y10"]
    assert "没有受理就已作出决定" in details


def test_thousands_at_once(world: World) -> None:
    """Given two thousand reports in two batches, each is receipted, and all cases are there."""
    world.now.advance_to(at("2026-03-02 16:00"))
    events = [one for number in range(1000) for one in way(f"2026-{number:04}")[:2]]
    for first in (0, 1000):
        assert {one["status"] for one in reported(world, *events[first : first + 1000])} == {"RECEIVED"}
    assert sum(row["channel"] == "DEPARTMENT" and row["state"] == "OPEN" for row in world.rows("supervision", "cases")) == 1000


RECEIVED = way()[0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"data": {**RECEIVED["data"], "item": "no-such-item"}}, "item-unknown"),
        ({"data": {**RECEIVED["data"], "item": "food-operation-licence"}}, "item-of-another-department"),
        ({"data": {"item": ITEM}}, "data-wrong"),
        ({"data": {**RECEIVED["data"], "applicant": "a\u202e17"}}, "unprintable"),
        ({"source": "/departments/health"}, "source-wrong"),
        ({"type": "gov.onewindow.department.burnt.v1"}, "type-unknown"),
        ({"type": "gov.onewindow.intake.application-received.v1"}, "type-unknown"),
        ({"type": "gov.onewindow.department.application-received.v9"}, "type-newer"),
        ({"time": "2026-03-09T09:00:00+08:00"}, "time-ahead"),
        ({"time": "1999-03-09T09:00:00+08:00"}, "time-too-early"),
        ({"time": "2026-03-02T09:00:00"}, "report-malformed"),
        ({"specversion": "0.3"}, "report-malformed"),
        ({"id": ""}, "report-malformed"),
        ({"subject": "2026-\x00"}, "report-malformed"),
        ({"type": "gov.onewindow.department.\x00.v1"}, "report-malformed"),
        ({"time": "0001-01-01T00:00:00+08:00"}, "report-malformed"),
        ({"data": {**RECEIVED["data"], "a\x00": 1}}, "data-wrong"),
        ({"data": {**RECEIVED["data"], "item": "a\x00b"}}, "unprintable"),
    ],
)
def test_a_wrong_report_is_answered_kept_and_keeps_no_other_back(world: World, change: dict[str, Any], code: str) -> None:
    """Given a batch with one wrong report, it is refused with the reason and kept for an operator once; the other is received."""
    world.now.advance_to(at("2026-03-02 16:00"))
    good = event("2026-0002", "application-received", "2026-03-02 09:00", RECEIVED["data"])
    for _ in range(2):
        wrong, other = reported(world, {**RECEIVED, **change}, good)
        assert (wrong["status"], wrong["code"]) == ("REFUSED", code)
        assert wrong["detail"]
        assert other["status"] != "REFUSED"
    assert len(world.rows("intake", "dead_letters")) == 1


def test_what_was_refused_and_put_right_comes_once_more(world: World) -> None:
    """Given wrong reports under one id and then a right one, all of which come again, as after a restore, nothing is told or kept a second time."""
    world.now.advance_to(at("2026-03-03 16:00"))
    first, accepted, signed, *_ = way()
    wrong = [{**signed, "data": {**signed["data"], "officer": officer}} for officer in ("", "\u202e")]
    sent = [first, accepted, *wrong, signed]
    once = reported(world, *sent)
    before = world.rows("supervision", "warnings")
    again = reported(world, *sent)
    assert [one["status"] for one in once] == ["RECEIVED", "RECEIVED", "REFUSED", "REFUSED", "RECEIVED"]
    assert [one["status"] for one in again] == ["KNOWN", "KNOWN", "REFUSED", "REFUSED", "KNOWN"]
    assert len(world.rows("intake", "dead_letters")) == len(wrong)
    (card,) = cards_of(world, once[0]["case"])
    assert (card["state"], world.rows("supervision", "warnings")) == ("RECTIFIED", before)
    (row,) = world.rows("intake", "department_cases")
    assert row["refused"] == 0


def test_the_same_id_with_other_words_is_refused(world: World) -> None:
    """Given an id that was used, other data under it are refused, and what was received stays."""
    world.now.advance_to(at("2026-03-05 16:00"))
    first, accepted, *_ = way()
    reported(world, first, accepted)
    again = {**accepted, "time": "2026-03-04T15:00:00+08:00"}
    (receipt,) = reported(world, again)
    assert receipt["code"] == "report-id-reused"
    assert str(case_of(world, receipt["case"])["accepted_on"]) == "2026-03-02"


def test_a_refused_report_is_seen_by_supervision_until_it_is_mended(world: World) -> None:
    """Given a report that could not be taken, SUP-Y10 names it; sent again in good order under the same id, the card is rectified (SUP-Y10)."""
    world.now.advance_to(at("2026-03-03 16:00"))
    first, accepted, signed, *_ = way()
    case = reported(world, first, accepted, {**signed, "data": {**signed["data"], "opinion": ""}})[0]["case"]
    (card,) = cards_of(world, case)
    assert (card["rule"], card["department"], card["state"]) == ("SUP-Y10", "housing", "ISSUED")
    assert "opinion" in card["detail"]
    world.now.advance_to(at("2026-03-03 17:00"))
    reported(world, signed)
    (card,) = cards_of(world, case)
    assert card["state"] == "RECTIFIED"


def test_only_a_departments_system_reports(world: World) -> None:
    """Given anybody else, the report is refused; so is that of a system whose department was not admitted."""
    for caller, status in ((None, 401), ("zhangsan", 403), ("market-handler", 403), ("kiosk1", 403)):
        assert world.call(caller, "POST", "/intake/api/reports", json=[RECEIVED]).status_code == status


def test_bodies_that_are_no_batch(world: World) -> None:
    """Given no JSON, an empty batch, or one that is too long, the answer is a clear problem."""
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    for body, status in ((b"{nope", 400), (b"[]", 422), (b"[" + b"{}," * 1000 + b"{}]", 422)):
        answer = world.call(SYSTEM, "POST", "/intake/api/reports", content=body, headers=kind)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert world.rows("intake", "dead_letters") == []


def test_a_single_event_is_a_batch_of_one(world: World) -> None:
    """Given one event in the structured form, it is taken."""
    world.now.advance_to(at("2026-03-02 16:00"))
    answer = world.do(SYSTEM, "POST", "/intake/api/reports", json=RECEIVED, headers={"Content-Type": "application/cloudevents+json"})
    assert answer["received"] == 1


def test_the_words_of_a_report_are_not_ours(world: World) -> None:
    """Given an opinion that a department reports, the history shows it with the department's system as the one who said it."""
    world.now.advance_to(at("2026-03-05 16:00"))
    case = reported(world, *way())[0]["case"]
    history = world.do("auditor", "GET", f"/supervision/api/cases/{case}/history")
    signed = [entry for entry in (history["items"] if isinstance(history, dict) else history) if entry["name"] == "stage-signed"]
    assert OPINION in signed[0]["sentence"]
    assert signed[0]["actor"] != Actor("system", "", frozenset()).subject
