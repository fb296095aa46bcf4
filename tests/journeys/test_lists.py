"""Lists by cursor: every row once, what is due first on top, filtered and found; figures count what happened in their period."""

from datetime import date
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from services.chassis.http.paging import PAGE
from services.identity.accounts import subject_of
from tests.world import World, at

MANY = PAGE + 5
ITEM = "food-operation-licence"


@pytest.fixture(name="many")
def _many(world: World) -> list[str]:
    """Applications of two days, more than a page of them."""
    body = {"item": ITEM, "applicant": world.registered(), "form": world.form(ITEM), "materials": world.materials(ITEM, world.handed_in())}
    found = []
    for number in range(MANY):
        if number == MANY // 2:
            world.now.advance_to(at("2026-03-03 09:00"))
        found.append(world.do("zhangsan", "POST", "/intake/api/applications", json=body)["id"])
    world.settle()
    return found


def walked(world: World, username: str, path: str, **query: Any) -> list[dict[str, Any]]:
    """Walk a list from its first page to its last."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = world.do(username, "GET", path, params={**query, "cursor": cursor})
        assert len(page["items"]) <= PAGE
        rows += page["items"]
        if not (cursor := page["next"] or ""):
            return rows


def test_every_row_comes_once_and_what_is_due_first_on_top(world: World, many: list[str]) -> None:
    """Given more than a page, desk, own list and supervision's list hold each row once; the desk begins with what is due first."""
    mine = walked(world, "zhangsan", "/intake/api/applications/mine")
    assert sorted(row["id"] for row in mine) == sorted(many)
    assert [row["received"] for row in mine] == sorted((row["received"] for row in mine), reverse=True), "newest first"
    desk = walked(world, "market-handler", "/intake/api/applications/desk")
    assert sorted(row["id"] for row in desk) == sorted(many)
    assert [row["acceptance_due"] for row in desk] == sorted(row["acceptance_due"] for row in desk)
    assert walked(world, "health-handler", "/intake/api/applications/desk") == []


def test_lists_are_filtered_and_found(world: World, many: list[str]) -> None:
    """Given a filter or a piece of the number, the list holds exactly those rows."""
    for case in many[:3]:
        world.act("market-handler", f"/intake/api/applications/{case}/accept")
    world.settle()
    accepted = walked(world, "market-handler", "/intake/api/applications/desk", state="ACCEPTED")
    assert {row["id"] for row in accepted} == set(many[:3])
    number = accepted[0]["number"]
    assert [row["number"] for row in walked(world, "market-handler", "/intake/api/applications/desk", state="ACCEPTED", text=number)] == [number]
    assert walked(world, "market-handler", "/intake/api/applications/desk", state="ACCEPTED", text="%") == []
    seen = walked(world, "supervisor1", "/supervision/api/cases", state="OPEN")
    assert {row["id"] for row in seen} == set(many[:3])
    assert [row["due"] for row in seen] == sorted(row["due"] for row in seen)
    item = seen[0]["item"]
    assert {row["item"] for row in walked(world, "supervisor1", "/supervision/api/cases", item=item)} == {item}
    assert walked(world, "health-leader", "/supervision/api/cases") == [], "officers see their department's"


SORTED = [
    ("zhangsan", "/intake/api/applications/mine", {"received": "received", "number": "number"}),
    ("market-handler", "/intake/api/applications/desk", {"due": "acceptance_due", "received": "received", "number": "number"}),
    ("market-handler", "/workflow/api/desk", {"due": "due", "stage": "stage_due", "entered": "entered_on", "number": "number"}),
    ("supervisor1", "/supervision/api/cases", {"due": "next_due", "number": "number"}),
    ("market-head", "/supervision/api/cases", {"due": "next_due", "number": "number"}),
    ("admin", "/workflow/api/authorities", {"department": "department", "officer": "officer_name"}),
    ("zhangsan", "/certificates/api/results/mine", {"decided": "decided_on", "number": "number"}),
    ("clerk1", "/certificates/api/results/waiting", {"decided": "decided_on", "number": "number"}),
    ("clerk1", "/certificates/api/results/to-archive", {"delivered": "delivered_on", "number": "number"}),
    ("market-handler", "/certificates/api/results/to-make", {"decided": "decided_on", "case": "case_number"}),
]


def test_lists_are_sorted_as_asked_for(world: World, many: list[str]) -> None:
    """Given any way of sorting that a list names, forwards and backwards, walking its pages gives each row once, in that order; another is refused."""
    for case in many[::2]:
        world.act("market-handler", f"/intake/api/applications/{case}/accept")
    world.settle()
    for username, path, orders in SORTED:
        keys = sorted(msgspec.json.encode(row, order="sorted") for row in walked(world, username, path))
        for name, column in orders.items():
            for falling in (False, True):
                rows = walked(world, username, path, sort=("-" if falling else "") + name)
                assert sorted(msgspec.json.encode(row, order="sorted") for row in rows) == keys
                values = [_of(row, column) for row in rows]
                assert values == sorted(values, reverse=falling), (path, name)
        answer = world.call(username, "GET", path, params={"sort": "colour"})
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:onewindow:problem:sort-wrong")
        assert all(name in answer.json()["detail"] for name in orders)


def test_lights_and_cards_are_filtered_and_sorted(world: World, many: list[str]) -> None:
    """Given the deadlines of many cases of two departments passed, their cards are found by department, level, rule, text and day, and sorted (SUP-22)."""
    assert many
    other = world.applied("public-venue-hygiene")["id"]
    world.advance("2026-04-20 09:00")
    path = "/supervision/api/warnings"
    everything = walked(world, "supervisor1", path)
    assert {row["case_id"] for row in everything} == {*many, other}
    for name, value in (("department", "health"), ("level", "RED"), ("rule", "SUP-R01"), ("text", everything[0]["number"])):
        column = "number" if name == "text" else name
        expected = sorted(row["id"] for row in everything if row[column] == value)
        assert expected
        assert sorted(row["id"] for row in walked(world, "supervisor1", path, **{name: value})) == expected, name
    days = sorted({row["day"] for row in everything})
    early = walked(world, "supervisor1", path, until=days[1])
    assert sorted(row["id"] for row in early) == sorted(row["id"] for row in everything if row["day"] <= days[1])
    assert len(early) < len(everything)
    assert world.call("supervisor1", "GET", path, params={"until": "soon"}).status_code == 422
    assert {row["id"] for row in walked(world, "supervisor1", path, level="CARD")} == {row["id"] for row in everything if row["level"] != "LIGHT"}
    empty = {"text": "", "level": "", "rule": "", "standing": "false", "withdrawn": "true", "until": ""}
    assert len(walked(world, "supervisor1", path, **empty)) == len(everything), "as the form is sent where nothing was filled in"
    for name in ("raised", "rule", "number"):
        for falling in (False, True):
            rows = walked(world, "supervisor1", path, sort=("-" if falling else "") + name)
            assert sorted(row["id"] for row in rows) == sorted(row["id"] for row in everything)
            assert [row[name] for row in rows] == sorted((row[name] for row in rows), reverse=falling)
    shown = world.call("supervisor1", "GET", "/supervision/cards?department=health&rule=SUP-R01&sort=number", headers={"Accept": "text/html"}).text
    heads = {number for number in (row["number"] for row in everything) if number in shown}
    assert heads == {row["number"] for row in everything if row["department"] == "health"}
    assert shown.count('aria-sort="ascending"') == 1
    assert 'name="sort" value="number"' in shown, "another search keeps the order"
    assert walked(world, "planning-head", path) == []
    assert walked(world, "planning-head", path, department="health") == [], "a filter reaches no further than the officer"


def _of(row: dict[str, Any], column: str) -> Any:
    """Give what a row is sorted by; a stage on the desk shows its clocks."""
    clock = {"due": "promised", "stage_due": "stage_clock"}.get(column)
    return row[clock]["due"] if clock in row else row[column]


def test_every_list_of_results_has_its_pages(world: World) -> None:
    """Given more results than a page, each list of them holds every row once, in each of its orders (CER-03, CER-04)."""
    certificates = world.window.services["certificates"]
    table = certificates.database.table("results")
    states: dict[str, dict[str, Any]] = {"waiting": {}, "to-archive": {"delivered_on": date(2026, 3, 2)}, "to-make": {"blank": True}}
    rows: list[dict[str, Any]] = [
        {
            "id": uuid4(),
            "case_id": uuid4(),
            "case_number": f"SJ{state}{number:03}",
            "title": "示例证照",
            "item": ITEM,
            "item_name": "示例",
            "department": "market-regulation",
            "granted": True,
            "account": subject_of("zhangsan"),
            "decided_on": date(2026, 3, 1 + number % 20),
            "number": None if state == "to-make" else f"{state}-{number:03}",
            "delivered_on": None,
            "blank": False,
            **values,
        }
        for state, values in states.items()
        for number in range(MANY)
    ]
    with certificates.database.engine.begin() as connection:
        connection.execute(table.insert(), rows)
    for username, path, orders in SORTED:
        if not path.startswith("/certificates"):
            continue
        state = path.rpartition("/")[2]
        expected = {str(one["id"]) for one in rows if one["number"] is not None or state == "to-make"}
        expected &= {str(one["id"]) for one in rows if state == "mine" or one["case_number"].startswith(f"SJ{state}")}
        for name, column in orders.items():
            found = walked(world, username, path, sort=name)
            assert sorted(row["id"] for row in found) == sorted(expected)
            assert [row[column] for row in found] == sorted(row[column] for row in found)


def test_supervision_lists_what_waits_for_acceptance(world: World) -> None:
    """Given what was received, is to be corrected, is handled and was decided, supervision lists what is in hand, due first on top (SUP-22)."""
    decided = world.accepted()
    world.decided(decided)
    corrected = world.applied(materials=world.materials(ITEM, world.handed_in(), without="floor-plan"), key="incomplete")["id"]
    defects = {"floor-plan": "缺少平面图"}
    world.act("market-handler", f"/intake/api/applications/{corrected}/correction-notices", {"defects": defects})
    accepted = world.accepted()
    received = world.applied("public-venue-hygiene", key="health")["id"]
    world.settle()
    in_hand = walked(world, "supervisor1", "/supervision/api/cases", state="IN_HAND")
    assert {row["id"]: row["state"] for row in in_hand} == {accepted: "OPEN", received: "RECEIVED", corrected: "CORRECTION"}
    assert [row["next_due"] for row in in_hand] == sorted(row["next_due"] for row in in_hand)
    assert in_hand[-1]["id"] == corrected, "while the applicant corrects, nothing is due"
    assert [row["id"] for row in walked(world, "supervisor1", "/supervision/api/cases", state="IN_HAND", department="health")] == [received]
    assert len(walked(world, "supervisor1", "/supervision/api/cases")) == 4


def test_a_cursor_of_another_list_is_refused(world: World, many: list[str]) -> None:
    """Given something that is no cursor, or one of the list in another order, the answer says so."""
    assert many
    desk, nonsense = "/intake/api/applications/desk", {"cursor": "bm9uc2Vuc2U"}
    other = world.do("market-handler", "GET", desk, params={"sort": "number"})["next"]
    for path, query in ((desk, nonsense), ("/workflow/api/desk", nonsense), (desk, {"cursor": other, "sort": "-number"})):
        answer = world.call("market-handler", "GET", path, params=query)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:onewindow:problem:cursor-wrong"), path


def figure(world: World, key: str, *, first: str = "2026-03-02", last: str = "2026-03-31", by: str = "department") -> dict[str, Any]:
    """Give the figures of one department, item, window or officer."""
    found = world.do("supervisor1", "GET", "/supervision/api/figures", params={"from": first, "to": last, "by": by})
    return next((one for one in found if one["key"] == key), {})


def test_figures_count_what_happened_in_the_period(world: World) -> None:
    """Given a case decided early, one refused, one in hand and one overdue, the figures say so, by department, item and officer (SUP-23)."""
    early = world.accepted()
    refused = world.applied()["id"]
    world.act("market-handler", f"/intake/api/applications/{refused}/refuse", {"reason": "申请事项依法不需要取得行政许可。"})
    world.decided(early)
    late = world.accepted()
    world.advance("2026-03-20 09:00")
    world.applied()
    of = figure(world, "market-regulation", last="2026-03-20")
    counted = {name: of[name] for name in ("received", "accepted", "refused", "finished", "granted", "early", "late", "in_hand", "overdue")}
    expected = {"received": 4, "accepted": 2, "refused": 1, "finished": 1, "granted": 1, "early": 1, "late": 0, "in_hand": 2, "overdue": 1}
    assert counted == expected
    assert (of["on_time_rate"], of["early_rate"]) == (1.0, 1.0)
    assert of["cards"] >= 1, "the overdue case has its card"
    assert figure(world, "food-operation-licence", by="item")["received"] == 4
    assert figure(world, "market-regulation", first="2026-03-20", last="2026-03-20")["received"] == 1
    world.decided(late)
    of = figure(world, "market-regulation", last="2026-03-20")
    assert (of["finished"], of["late"], of["on_time_rate"]) == (2, 1, 0.5)
    answer = world.call("supervisor1", "GET", "/supervision/api/figures", params={"from": "2026-03-02", "to": "2026-03-01"})
    assert answer.status_code == 422


def test_figures_by_officer_are_of_who_decided(world: World) -> None:
    """Given cases decided early and late, refused, held and withdrawn, they count for who decided, refused, holds, or held them last (SUP-23)."""
    early, late, held, withdrawn, untouched = (world.accepted() for _ in range(5))
    refused = world.applied()["id"]
    world.act("market-handler", f"/intake/api/applications/{refused}/refuse", {"reason": "申请事项依法不需要取得行政许可。"})
    world.decided(early)
    for case in (held, withdrawn):
        world.act("market-handler", f"/workflow/api/cases/{case}/stages/handle/take")
    world.do("clerk1", "POST", f"/workflow/api/cases/{withdrawn}/withdraw", json={"reason": "申请人书面撤回"})
    world.advance("2026-03-20 09:00")
    world.decided(late, approves=False)
    names = ("received", "refused", "withdrawn", "finished", "granted", "early", "late", "in_hand", "overdue")
    told = {officer: {name: figure(world, world.subject(officer), by="officer").get(name) for name in names} for officer in ("market-leader", "market-handler")}
    nothing = dict.fromkeys(names, 0)
    assert told["market-leader"] == {**nothing, "received": 2, "finished": 2, "granted": 1, "early": 1, "late": 1}
    assert told["market-handler"] == {**nothing, "received": 3, "refused": 1, "withdrawn": 1, "in_hand": 1, "overdue": 1}
    assert figure(world, world.subject("market-leader"), by="officer")["on_time_rate"] == 0.5
    assert figure(world, "market-regulation")["received"] == 6, f"nobody holds {untouched}"


def test_cards_without_a_case_are_counted(world: World) -> None:
    """Given approvals outside the system, by a department without a case, its cards are counted for it, its officer and the item, and lead to the card."""
    for item, name in (("clinic-setting", ""), ("", "示例许可")):
        body = {"item": item, "item_name": name, "department": "" if item else "health", "approved_on": "2026-03-02", "cause": "NONE", "reason": ""}
        world.do("health-handler", "POST", "/intake/api/offline-approvals", json=body)
    world.settle()
    world.advance("2026-03-02 12:00")
    for by, key in (("department", "health"), ("officer", world.subject("health-handler")), ("item", ""), ("item", "clinic-setting")):
        of = figure(world, key, by=by)
        assert (of["cards"] > 0, of["received"]) == (True, 0), (by, key)
        query = {"from": "2026-03-02", "to": "2026-03-31", "by": by, "key": key, "figure": "cards"}
        behind = world.do("supervisor1", "GET", "/supervision/api/figures/behind", params=query)
        assert len(behind["items"]) == of["cards"], (by, key)
    page = world.call("supervisor1", "GET", "/supervision/figures", params={"by": "item"}, headers={"Accept": "text/html"})
    assert "目录以外的事项" in page.text
    assert figure(world, "health", last="2026-03-01", first="2026-03-01") == {}
    seen = world.do("market-leader", "GET", "/supervision/api/figures", params={"from": "2026-03-02", "to": "2026-03-31", "by": "item"})
    assert seen == [], "another department's cards"


def test_a_later_extension_changes_no_earlier_month(world: World) -> None:
    """Given cases in hand and overdue at the end of March, neither an extension nor a decision in April changes what was overdue then (SUP-23)."""
    overdue = world.accepted()
    world.advance("2026-03-26 09:00")
    running = world.accepted()
    world.advance("2026-04-01 09:00")
    march = figure(world, "market-regulation")
    assert (march["in_hand"], march["overdue"]) == (2, 1)
    before = next(row["due"] for row in world.rows("supervision", "cases") if str(row["id"]) == running)
    world.act("market-leader", f"/workflow/api/cases/{running}/extension", {"days": 5, "reason": "案情复杂（示例）"})
    world.settle()
    assert next(row["due"] for row in world.rows("supervision", "cases") if str(row["id"]) == running) > before
    assert figure(world, "market-regulation") == march
    world.decided(overdue)
    assert figure(world, "market-regulation") == march
