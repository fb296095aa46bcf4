"""Kiosks and departments' systems put events on the bus: taken in the name of whoever signed them, once, or kept, shown, mended and heard again."""

import json
import re
from typing import Any

import pytest

from services.chassis.sealing import seal_for
from services.kernel.actor import Role
from tests.journeys.department import SYSTEM, event, reported, way
from tests.journeys.doors import KIOSKS_ITEM, admitted, jws, put, submission
from tests.journeys.hearing import REVIEW, reviewed
from tests.world import PERSON, World, at


@pytest.fixture(name="key")
def _key(world: World) -> str:
    return admitted(world, "kiosk1", Role.KIOSK)


def letters(world: World) -> list[dict[str, Any]]:
    """Give the letters that wait at intake."""
    return [row for row in world.rows("intake", "dead_letters") if row["replayed"] is None]


def test_a_kiosks_application_over_the_bus_is_received_once(world: World, key: str) -> None:
    """Given an application that a kiosk sent twice, there is one, with its scans, and the kiosk can fetch its receipt (APP-02, APP-07)."""
    body = jws("kiosk1", key, submission(world))
    assert world.call("kiosk1", "GET", "/intake/api/kiosks/receipts/k-1").status_code == 404
    put(world, "kiosks", body, body)
    (row,) = world.rows("intake", "applications")
    assert (row["channel"], row["item"], row["applicant_name"]) == ("KIOSK", KIOSKS_ITEM, PERSON["name"])
    receipt = world.do("kiosk1", "GET", "/intake/api/kiosks/receipts/k-1")
    assert receipt["number"] == row["number"]
    followed = world.do(None, "POST", "/intake/api/applications/follow", json={"number": receipt["number"], "secret": receipt["secret"]})
    assert followed["number"] == row["number"]
    assert letters(world) == []


def test_nothing_personal_is_on_the_bus_in_clear(world: World) -> None:
    """Given what a kiosk sends, neither name nor number nor telephone can be read from it (SEC-02)."""
    said = json.dumps(submission(world), ensure_ascii=False)
    assert not [value for value in (PERSON["name"], PERSON["number"], PERSON["phone"]) if value in said]


def wrong_bodies(world: World, key: str) -> dict[str, bytes]:
    """Give what cannot be taken, by what is wrong with it."""
    good = submission(world)
    public = world.do(None, "GET", "/intake/api/kiosks/key")
    stranger = jws("kiosk1", key, good)[:-8] + b"AAAAAAAA"
    return {
        "not signed": json.dumps(good).encode(),
        "altered": stranger,
        "no JSON": jws("kiosk1", key, good).replace(b".", b"", 1),
        "another kiosk's": jws("kiosk1", key, {**good, "source": "/kiosks/kiosk2"}),
        "item unknown": jws("kiosk1", key, {**good, "id": "k-2", "data": {**good["data"], "item": "no-such-item"}}),
        "field missing": jws("kiosk1", key, {**good, "id": "k-3", "data": {"item": KIOSKS_ITEM}}),
        "sealed for others": jws("kiosk1", key, {**good, "id": "k-4", "data": {**good["data"], "applicant": "a.b.c.d.e"}}),
        "neither paper nor scan": jws("kiosk1", key, {**good, "id": "k-5", "data": {**good["data"], "materials": [{"code": "application-form"}]}}),
        "what is sealed is no JSON": jws("kiosk1", key, {**good, "id": "k-8", "data": {**good["data"], "form": seal_for(public, b"[1")}}),
        "a type that no database keeps": jws("kiosk1", key, {**good, "id": "k-6", "type": "gov.onewindow.kiosk.\x00.v1"}),
        "an item that no database keeps": jws("kiosk1", key, {**good, "id": "k-7", "data": {**good["data"], "item": "\x00"}}),
        "a department's event": jws("kiosk1", key, {**way()[0], "source": "/kiosks/kiosk1"}),
    }


def test_what_cannot_be_taken_is_kept_with_the_reason_and_the_rest_is_heard(world: World, key: str) -> None:
    """Given wrong messages around a good one, each is kept with a reason, nothing of them is received, and the good one is."""
    wrong = wrong_bodies(world, key)
    put(world, "kiosks", *wrong.values(), jws("kiosk1", key, submission(world, "k-9")))
    assert len(world.rows("intake", "applications")) == 1
    kept = letters(world)
    assert [bool(row["reason"]) for row in kept] == [True] * len(wrong)
    assert {row["door"] for row in kept} == {"kiosks"}


def page(world: World, method: str, path: str, **options: Any) -> Any:
    """Call a page as the operator."""
    return world.call("admin", method, path, headers={"Accept": "text/html"}, follow_redirects=False, **options)


def test_an_operator_mends_a_letter_and_it_is_heard(world: World, key: str) -> None:
    """Given an application for a wrong item, the operator sees why, puts the item right, and it is received in the name of the kiosk."""
    good = submission(world)
    put(world, "kiosks", jws("kiosk1", key, {**good, "data": {**good["data"], "item": "food-operation-license"}}))
    (letter,) = letters(world)
    listed = page(world, "GET", "/intake/letters").text
    assert f"/intake/letters/{letter['id']}" in listed
    shown = page(world, "GET", f"/intake/letters/{letter['id']}").text
    assert "food-operation-license" in shown
    address = f"/intake/letters/{letter['id']}/replay"
    again = page(world, "POST", address, data={"body": json.dumps({**good, "data": {**good["data"], "item": "nothing"}})})
    assert again.status_code == 409
    assert "没有处理" in again.text
    assert page(world, "POST", address, data={"body": json.dumps(good)}).status_code == 303
    world.settle()
    (row,) = world.rows("intake", "applications")
    assert row["channel"] == "KIOSK"
    assert letters(world) == []
    (kept,) = world.rows("intake", "dead_letters")
    assert b"food-operation-license" in kept["body"], "what came stays as it came"
    assert kept["operator"] is not None
    assert page(world, "POST", address, data={"body": json.dumps(good)}).status_code == 409, "once"


def test_an_operator_puts_a_letter_aside_with_a_reason(world: World) -> None:
    """Given a letter that nobody can mend, it is put aside with a word why, and not without."""
    put(world, "kiosks", b"rubbish")
    (letter,) = letters(world)
    address = f"/intake/letters/{letter['id']}/aside"
    assert page(world, "POST", address, data={"note": " "}).status_code == 422
    assert page(world, "POST", address, data={"note": "测试设备发出"}).status_code == 303
    assert letters(world) == []
    assert re.search("测试设备发出", page(world, "GET", f"/intake/letters/{letter['id']}").text)


def test_only_operators_see_letters(world: World) -> None:
    """Given anybody else, the letters of every service are closed."""
    for service in ("intake", "workflow", "supervision", "certificates", "notification"):
        assert world.call("market-leader", "GET", f"/{service}/letters").status_code == 403
        assert world.call("admin", "GET", f"/{service}/letters").status_code == 200


def test_a_department_reports_over_the_bus(world: World) -> None:
    """Given reports that a department's system signs and puts on its topic, they are received; one that is wrong is kept, told, and heard once mended."""
    private = admitted(world, SYSTEM, Role.DEPARTMENT)
    world.now.advance_to(at("2026-03-02 16:00"))
    received, accepted, *_ = way()
    wrong = event("2026-0001", "stage-signed", "2026-03-02 15:30", {"stage": "handle"}, "r-3")
    put(world, "departments", *(jws(SYSTEM, private, one) for one in (received, accepted, received, wrong)))
    (case,) = [row for row in world.rows("supervision", "cases") if row["channel"] == "DEPARTMENT"]
    assert case["state"] == "OPEN"
    (letter,) = letters(world)
    assert "data-wrong" in letter["reason"]
    told = [one for one in feed(world) if one["type"].endswith("report-refused.v1")]
    assert [one["data"]["report"] for one in told] == ["r-3"]
    mended = {**wrong, "data": {"stage": "handle", "officer": "o-1", "approves": True, "opinion": "同意"}}
    assert page(world, "POST", f"/intake/letters/{letter['id']}/replay", data={"body": json.dumps(mended)}).status_code == 303
    world.settle()
    (card,) = [row for row in world.rows("supervision", "warnings") if row["rule"] == "SUP-Y10"]
    assert card["state"] == "RECTIFIED"


@pytest.mark.parametrize("over", ["HTTP", "bus"])
def test_what_is_no_event_is_refused_and_seen_once_whichever_way_it_came(world: World, over: str) -> None:
    """Given bytes that are no event, twice, they are told once by what can be read of them, kept once, and seen by SUP-Y10 until put right (EXC-01)."""
    private = admitted(world, SYSTEM, Role.DEPARTMENT)

    def send(*events: Any) -> None:
        if over == "HTTP":
            reported(world, *events)
        else:
            put(world, "departments", *(jws(SYSTEM, private, one) for one in events))

    world.now.advance_to(at("2026-03-02 16:00"))
    received = way()[0]
    without_offset = {**received, "time": "2026-03-02T09:10:00"}
    without_number = {name: value for name, value in received.items() if name != "subject"}
    wrong = [without_offset, without_number, 7]
    send(*wrong)
    send(*wrong)
    told = [one["data"] for one in feed(world) if one["type"].endswith("report-refused.v1")]
    assert [one["code"] for one in told] == ["report-malformed"] * 3
    assert (told[0]["report"], told[0]["number"], told[0]["type"]) == (received["id"], "2026-0001", received["type"])
    assert (told[1]["report"], told[1]["number"][:5]) == (received["id"], "编号不详-")
    assert (told[2]["report"], told[2]["number"], told[2]["type"]) == (told[2]["number"], told[2]["number"], "")
    assert len(letters(world)) == 3
    cards = {row["number"]: row for row in world.rows("supervision", "warnings")}
    assert set(cards) == {one["number"] for one in told}
    assert {(row["rule"], row["department"], row["state"]) for row in cards.values()} == {("SUP-Y10", "housing", "ISSUED")}
    send(received)
    states = {row["number"]: row["state"] for row in world.rows("supervision", "warnings")}
    assert [states[one["number"]] for one in told] == ["RECTIFIED", "ISSUED", "ISSUED"]


def feed(world: World, service: str = "intake", by: str = SYSTEM) -> list[dict[str, Any]]:
    """Read all that a service has to say to a department."""
    found: list[dict[str, Any]] = []
    address = f"/{service}/api/feed"
    while True:
        answer = world.call(by, "GET", address)
        assert answer.is_success
        following = answer.links["next"]["url"]
        found += answer.json()
        if following == address:
            return found
        address = following


def test_a_department_hears_what_concerns_it_and_nothing_else(world: World) -> None:
    """Given cases of two departments, the feed of one holds its own case from the receipt on, in order, without personal data, and none of the other's."""
    own = world.applied("construction-permit")["id"]
    world.act("housing-handler", f"/intake/api/applications/{own}/accept")
    world.settle()
    other = world.accepted()
    said = feed(world)
    assert [one["type"].split(".")[-2] for one in said] == ["application-received", "application-accepted"]
    assert {one["subject"] for one in said} == {own}
    assert "case-opened" in [one["type"].split(".")[-2] for one in feed(world, "workflow")]
    assert other not in {one["subject"] for service in ("workflow", "certificates", "supervision") for one in feed(world, service)}
    assert world.call("market-handler", "GET", "/intake/api/feed").status_code == 403


def test_a_department_that_is_consulted_hears_of_the_review(world: World) -> None:
    """Given a joint review, a department that is asked hears what workflow says of the case, from its opening to the decision (EXC-01, FLW-04)."""
    other = world.accepted()
    case = reviewed(world)
    said = [(one["type"].split(".")[-2], one["data"].get("stage")) for one in feed(world, "workflow")]
    assert {one["subject"] for one in feed(world, "workflow")} == {case} != {other}
    assert [stage for kind, stage in said if kind == "stage-signed"] == list(REVIEW)
    assert ("stage-entered", "building") in said
    assert (said[0][0], said[-1][0]) == ("case-opened", "case-decided")


def test_a_department_still_hears_of_its_stage_when_the_case_has_gone_on(world: World) -> None:
    """Given a case of another department whose stage here was late, and that has gone on, the card about the stage is still heard here."""
    person = {"kind": "PERSON", "name": "李四（示例）", "number": "11010519491231002X", "phone": "00012345678"}
    item = "industrial-project-joint"
    body = {"item": item, "applicant": person, "form": world.form(item), "materials": world.materials(item)}
    case = world.do("clerk1", "POST", "/intake/api/applications", json=body)["id"]
    for step in ("paper/sign", "accept"):
        world.act("planning-handler", f"/intake/api/applications/{case}/{step}")
    world.settle()
    world.signed(case, "handle", "planning-handler")
    for officer in ("environment-handler", "emergency-handler"):
        world.act(officer, f"/workflow/api/cases/{case}/paper/sign")
    world.advance("2026-03-02 14:00")
    world.act("housing-handler", f"/workflow/api/cases/{case}/paper/sign")
    for stage, officer in (("building", "housing"), ("environment", "environment"), ("safety", "emergency")):
        world.signed(case, stage, f"{officer}-handler")
    (row,) = world.rows("supervision", "cases")
    assert row["stage_department"] == "planning"
    (issued,) = [one for one in feed(world, "supervision") if one["type"].endswith("card-issued.v1")]
    assert (issued["subject"], issued["data"]["department"]) == (case, "housing")
