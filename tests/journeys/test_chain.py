"""The window and the departments are one chain: they settle what they disagree about, and mark each other's links (SUP-29)."""

from typing import Any

import pytest

from services.chassis.rebuild import rebuild
from tests.world import World


def page(world: World, username: str, method: str, path: str, **options: Any) -> Any:
    """Call a page."""
    return world.call(username, method, path, headers={"Accept": "text/html"}, follow_redirects=False, **options)


@pytest.fixture(name="case")
def _case(world: World) -> str:
    return world.accepted()


def raised(world: World, case: str, username: str = "clerk1") -> str:
    """Raise a disagreement by the form, as a clerk at the window, and give its address."""
    number = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["number"]
    answer = page(world, username, "POST", "/supervision/disagreements", data={"number": number.lower(), "matter": "材料已经齐全，承办人仍要求补交。"})
    assert answer.status_code == 303, answer.text
    world.settle()
    address: str = answer.headers["location"]
    return address


def test_a_disagreement_is_answered_decided_told_and_in_the_history(world: World, case: str) -> None:
    """Given a clerk who disagrees with the department, its head is told and answers, a supervisor decides, both are told, and the case's history has it all."""
    address = raised(world, case)

    def told(username: str) -> list[str]:
        return [message["subject"] for message in world.do(username, "GET", "/notification/api/messages")["items"]]

    assert any("请答复争议" in subject for subject in told("market-head"))
    assert page(world, "health-head", "GET", address).status_code == 404
    assert page(world, "health-head", "POST", address, data={"statement": "不知情"}).status_code == 404
    assert page(world, "market-head", "POST", address, data={"statement": " "}).status_code == 422
    assert page(world, "market-head", "POST", address, data={"statement": "平面图缺少面积。"}).status_code == 303
    assert "平面图缺少面积。" in page(world, "clerk1", "GET", address).text
    assert page(world, "supervisor1", "POST", address, data={"result": "由窗口一次性告知。"}).status_code == 303
    assert page(world, "supervisor1", "POST", address, data={"result": "另作裁定。"}).status_code == 409
    world.settle()
    assert any("争议有了答复" in subject for subject in told("centre-head"))
    for username in ("centre-head", "market-head"):
        assert any("争议已经处理" in subject for subject in told(username)), username
    history = [line["sentence"] for line in world.do("auditor", "GET", f"/supervision/api/cases/{case}/history")]
    said = [line for line in history if "争议" in line and "通知" not in line]
    assert said == ["提出争议：材料已经齐全，承办人仍要求补交。", "争议另一方答复：平面图缺少面积。", "争议由监察员裁定：由窗口一次性告知。"]
    assert "没有争议" in page(world, "supervisor1", "GET", "/supervision/disagreements").text
    listed = world.do("clerk1", "GET", "/supervision/api/disagreements", params={"waiting": False})["items"]
    assert [(row["department"], row["other"]) for row in listed] == [("service-centre", "market-regulation")]


def test_both_sides_agree_without_a_supervisor(world: World, case: str) -> None:
    """Given a department that raises it, the window answers, and the department says what they agreed on."""
    body = {"matter": "窗口没有核对原件。"}
    assert world.call("health-handler", "POST", f"/supervision/api/cases/{case}/disagreements", json=body).status_code == 403, "no part in it"
    one = world.do("market-handler", "POST", f"/supervision/api/cases/{case}/disagreements", json=body)["id"]
    assert world.call("market-handler", "POST", f"/supervision/api/disagreements/{one}/settle", json={"text": "已经核对。"}).status_code == 403
    world.do("clerk2", "POST", f"/supervision/api/disagreements/{one}/state", json={"text": "当场补核对。"})
    world.do("market-handler", "POST", f"/supervision/api/disagreements/{one}/settle", json={"text": "已经核对。"})
    (row,) = world.rows("supervision", "disagreements")
    assert (row["agreed"], row["result"]) == (True, "已经核对。")


def test_a_disagreement_about_a_number_that_is_not_there_is_refused_at_the_field(world: World) -> None:
    """Given a number that no case has, the form says so and keeps what was written."""
    answer = page(world, "clerk1", "POST", "/supervision/disagreements", data={"number": "SJ0", "matter": "写了很久的理由"})
    assert answer.status_code == 422
    assert 'href="#number"' in answer.text
    assert "写了很久的理由" in answer.text


@pytest.mark.usefixtures("case")
def test_departments_and_the_centre_rate_each_other(world: World) -> None:
    """Given a case that both handled, each head rates the other's links; a low mark is answered; supervision sees means, and who has not rated."""
    shown = page(world, "supervisor1", "GET", "/supervision/mutual-ratings").text
    assert shown.count("还没有评价：") == 2
    form = {"month": "2026-03", "rated": "market-regulation", "handover": "2", "approval": "5"}
    assert page(world, "centre-head", "POST", "/supervision/mutual-ratings", data=form).status_code == 422, "a low mark needs a reason"
    assert page(world, "centre-head", "POST", "/supervision/mutual-ratings", data={**form, "reason": "交接单缺页"}).status_code == 303
    own = {"month": "2026-03", "reception": "5", "handover": "4", "delivery": "5"}
    assert page(world, "market-head", "POST", "/supervision/mutual-ratings", data=own).status_code == 303
    assert page(world, "market-head", "POST", "/supervision/mutual-ratings", data={**own, "rated": "health"}).status_code == 422
    (low,) = [row for row in world.rows("supervision", "mutual_ratings") if row["is_low"]]
    mine = page(world, "market-head", "GET", "/supervision/mutual-ratings?month=2026-03").text
    assert "改进的措施" in mine
    address = f"/supervision/mutual-ratings/{low['id']}"
    assert page(world, "health-head", "POST", address, data={"answer": "无关"}).status_code == 403
    assert page(world, "market-head", "POST", address, data={"answer": "交接时双方清点", "month": "2026-03"}).status_code == 303
    shown = page(world, "supervisor1", "GET", "/supervision/mutual-ratings?month=2026-03").text
    assert "交接时双方清点" in shown
    assert "还没有评价：" not in shown
    (of_centre,) = [row for row in world.do("market-head", "GET", "/supervision/api/mutual-ratings") if row["rated"] == "service-centre"]
    assert (of_centre["reception"], of_centre["handover"], of_centre["approval"], of_centre["delivery"]) == (5, 4, None, 5)
    assert world.do("health-head", "GET", "/supervision/api/mutual-ratings") == []
    service = world.window.services["supervision"]
    before = world.rows("supervision", "mutual_ratings")
    rebuild(service)
    assert world.rows("supervision", "mutual_ratings") == before
