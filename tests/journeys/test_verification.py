"""The verification list opens by itself, and a supervisor concludes each entry once; where something was at fault, a card is issued (SUP-20)."""

from typing import Any

import pytest

from tests.world import World

REFUSED = "申请事项依法不需要取得行政许可。"


def waiting(world: World, **query: Any) -> list[dict[str, Any]]:
    """Give what waits on the list."""
    found: list[dict[str, Any]] = world.do("supervisor1", "GET", "/supervision/api/verifications", params=query)["items"]
    return found


@pytest.fixture(name="refused")
def _refused(world: World) -> str:
    application: str = world.applied()["id"]
    world.act("market-handler", f"/intake/api/applications/{application}/refuse", {"reason": REFUSED})
    world.settle()
    return application


def test_what_must_be_verified_lists_itself(world: World, refused: str) -> None:
    """Given a refusal to accept, a correction notice, and a refusal to grant, each is on the list, the oldest first; what is in order is not."""
    corrected = world.applied()["id"]
    defects = {"defects": {"floor-plan": "缺少操作流程。"}}
    world.act("market-handler", f"/intake/api/applications/{corrected}/correction-notices", defects)
    world.settle()
    denied = world.accepted()
    world.decided(denied, approves=False)
    world.decided(world.accepted())
    found = waiting(world)
    kinds = [(row["kind"], row["case_id"]) for row in found]
    assert kinds == [("ACCEPTANCE_REFUSED", refused), ("CORRECTION_NOTICE", corrected), ("LICENCE_REFUSED", denied)]
    assert {row["department"] for row in found} == {"market-regulation"}
    assert [row["case_id"] for row in waiting(world, kind="LICENCE_REFUSED")] == [denied]


def test_what_is_in_order_is_concluded_without_a_card(world: World, refused: str) -> None:
    """Given a refusal that was lawful, the supervisor says so; it leaves the list, stays on record, and no card is issued."""
    (row,) = waiting(world)
    path = f"/supervision/api/verifications/{row['evidence']}/conclude"
    concluded = world.do("supervisor1", "POST", path, json={"reason": "查阅材料，理由属实。"})
    assert (concluded["rule"], concluded["card"]) == (None, None)
    assert waiting(world) == []
    assert [one["case_id"] for one in waiting(world, waiting=False)] == [refused]
    assert [card for card in world.rows("supervision", "warnings") if card["by_hand"]] == []
    assert world.call("supervisor1", "POST", path, json={"reason": "再查一次"}).status_code == 409


def test_what_was_at_fault_gets_its_card_on_this_evidence(world: World, refused: str) -> None:
    """Given a refusal of an application that met the conditions, the conclusion issues SUP-Y01 on the refusal itself."""
    (row,) = waiting(world)
    body = {"reason": "申请符合受理条件。", "rule": "SUP-Y01"}
    concluded = world.do("supervisor1", "POST", f"/supervision/api/verifications/{row['evidence']}/conclude", json=body)
    world.settle()
    (card,) = [one for one in world.rows("supervision", "warnings") if one["rule"] == "SUP-Y01"]
    assert (str(card["id"]), card["department"], str(card["case_id"])) == (concluded["card"], "market-regulation", refused)


def test_a_lawsuit_is_registered_and_verified(world: World) -> None:
    """Given a lawsuit about a decision, it is on the list; concluded at fault, the card stands on the decision."""
    case = world.accepted()
    world.decided(case, approves=False)
    said = world.do("supervisor1", "POST", f"/supervision/api/cases/{case}/disputes", json={"kind": "LAWSUIT", "text": "请求撤销，示例区人民法院。"})
    assert {row["kind"] for row in waiting(world)} == {"LICENCE_REFUSED", "LAWSUIT"}
    body = {"reason": "判决撤销。", "rule": "SUP-R05"}
    concluded = world.do("supervisor1", "POST", f"/supervision/api/verifications/{said['evidence']}/conclude", json=body)
    assert concluded["card"] is not None


def test_a_revocation_lists_itself(world: World) -> None:
    """Given a result that the department took out of force, the revocation is on the list as of the case's department; nothing else is (SUP-20)."""
    case = world.accepted()
    world.decided(case)
    (result,) = world.do("clerk1", "GET", "/certificates/api/results/waiting")["items"]
    assert waiting(world) == []
    world.do("market-leader", "POST", f"/certificates/api/results/{result['number']}/revoke", json={"reason": "申请人隐瞒有关情况。"})
    world.settle()
    (row,) = waiting(world)
    assert (row["kind"], row["case_id"], row["department"]) == ("REVOCATION", case, "market-regulation")


def test_what_is_wrong_is_refused(world: World, refused: str) -> None:
    """Given no reason, a rule that nobody opens by hand, an entry that is not there, or somebody who is no supervisor, nothing is concluded."""
    (row,) = waiting(world)
    path = f"/supervision/api/verifications/{row['evidence']}/conclude"
    assert world.call("supervisor1", "POST", path, json={"reason": " "}).status_code == 422
    assert world.call("supervisor1", "POST", path, json={"reason": "有错", "rule": "SUP-L01"}).status_code == 422
    assert world.call("supervisor1", "POST", "/supervision/api/verifications/intake-999999/conclude", json={"reason": "有错"}).status_code == 404
    assert world.call("market-leader", "POST", path, json={"reason": "有错"}).status_code == 403
    assert world.call("supervisor1", "POST", f"/supervision/api/cases/{refused}/disputes", json={"kind": "REVOCATION", "text": "撤销"}).status_code == 422
    assert [one["evidence"] for one in waiting(world)] == [row["evidence"]]


def test_the_pages(world: World, refused: str) -> None:
    """Given the list, its pages show the entry with its history; a mistake is shown in its place, and the conclusion leads back to the list."""

    def page(method: str, path: str, **options: Any) -> Any:
        return world.call("supervisor1", method, f"/supervision{path}", headers={"Accept": "text/html"}, follow_redirects=False, **options)

    (row,) = waiting(world)
    assert row["number"] in page("GET", "/verifications").text
    shown = page("GET", f"/verifications/{row['evidence']}").text
    assert REFUSED in shown
    assert page("POST", f"/verifications/{row['evidence']}", data={"reason": ""}).status_code == 422
    assert page("POST", f"/verifications/{row['evidence']}", data={"reason": "属实", "rule": ""}).status_code == 303
    assert "没有待核查的事情" in page("GET", "/verifications").text
    assert "登记行政复议" in page("GET", f"/cases/{refused}").text
    said = page("POST", f"/cases/{refused}/disputes", data={"kind": "RECONSIDERATION", "text": "请求责令受理，示例区政府。"})
    assert said.status_code == 303
    assert "行政复议" in page("GET", "/verifications").text
