"""Anybody complains about a case, in the own name or not; it is settled by the clock, and whoever gave a name sees the result (SUP-24)."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.chassis.bus.relay import to_bytes
from services.chassis.http.paging import PAGE
from services.chassis.rebuild import rebuild
from services.kernel.aggregate import SYSTEM
from tests.patience import PATIENCE
from tests.world import TLS, World

TEXT = "窗口多次要求补交目录以外的材料。"


def as_visitor(world: World, **fields: str) -> httpx.Response:
    """Fill in the form as a browser of somebody without an account does."""
    with httpx.Client(base_url=world.address, timeout=PATIENCE, verify=TLS) as browser:
        form = browser.get("/supervision/complain").text
        token = re.findall(r'name="csrf_token" value="([^"]+)"', form)[0]
        return browser.post("/supervision/complain", data={"csrf_token": token, **fields})


def page(world: World, username: str | None, method: str, path: str, **options: Any) -> Any:
    """Call a page."""
    return world.call(username, method, path, headers={"Accept": "text/html"}, follow_redirects=False, **options)


@pytest.fixture(name="number")
def _number(world: World) -> str:
    case = world.accepted()
    number: str = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["number"]
    return number


def lodged(world: World, number: str, username: str | None = "zhangsan", name: str = "yes") -> str:
    """Complain, and give the address of the complaint."""
    fields = {"number": number.lower(), "text": TEXT, "name": name}
    answer = as_visitor(world, **fields) if username is None else page(world, username, "POST", "/supervision/complain", data=fields)
    assert answer.status_code == 303, answer.text
    address: str = answer.headers["location"]
    return address


def test_a_complaint_in_the_own_name_is_answered_and_seen(world: World, number: str) -> None:
    """Given a citizen who complains in her own name, the supervisor finds it with its due day and answers; she sees the result, another citizen does not."""
    address = lodged(world, number)
    listed = page(world, "supervisor1", "GET", "/supervision/complaints").text
    assert number in listed
    assert "实名" in listed
    assert TEXT in page(world, "supervisor1", "GET", address).text
    assert page(world, "supervisor1", "POST", f"{address}/answer", data={"result": " "}).status_code == 422
    assert page(world, "supervisor1", "POST", f"{address}/answer", data={"result": "已责成改正。"}).status_code == 303
    assert number in page(world, "zhangsan", "GET", "/supervision/complaints/mine").text
    assert "已责成改正。" in page(world, "zhangsan", "GET", address).text
    stranger = page(world, "lisi", "GET", address).text
    assert TEXT not in stranger
    assert "已责成改正。" not in stranger
    assert "没有投诉" in page(world, "supervisor1", "GET", "/supervision/complaints").text


def test_an_anonymous_complaint_is_followed_by_its_address(world: World, number: str) -> None:
    """Given a visitor without an account, the complaint names nobody; its address shows how far it is, and then the result, but to no officer its words."""
    address = lodged(world, number, None, "")
    (row,) = world.rows("supervision", "complaints")
    assert row["complainant"] is None
    assert "办理中" in page(world, None, "GET", address).text
    assert page(world, "wangwu", "GET", "/supervision/complaints/mine").text.count(number) == 0
    assert TEXT not in page(world, "market-head", "GET", address).text
    page(world, "supervisor1", "POST", f"{address}/answer", data={"result": "已责成改正。"})
    assert "已责成改正。" in page(world, None, "GET", address).text


@pytest.mark.parametrize("name", ["yes", "no"])
def test_nobody_but_supervision_learns_who_complained(world: World, number: str, name: str) -> None:
    """Given a citizen who is signed in and complains, neither the history of the case nor the bus nor what departments consume says who it was."""
    address = lodged(world, number, "lisi", name)
    page(world, "supervisor1", "POST", f"{address}/answer", data={"result": "已经查明。"})
    world.settle()
    (row,) = world.rows("supervision", "complaints")
    account, called = world.subject("lisi"), "李四"
    assert row["complainant"] == (account if name == "yes" else None)
    history = world.call("market-head", "GET", f"/supervision/api/cases/{row['case_id']}/history").text
    shown = page(world, "market-head", "GET", f"/supervision/cases/{row['case_id']}").text
    for text in (history, shown):
        assert "登记投诉" in text
        assert account not in text
        assert called not in text
    service = world.window.services["supervision"]
    said = [body for one in service.recorder.select_notifications(None, 10_000) if (body := to_bytes(service, one)) is not None]
    assert any(b"complaint-answered" in body for body in said)
    assert not any(account.encode() in body for body in said)


def test_a_complaint_that_nobody_answers_is_yellow(world: World, number: str) -> None:
    """Given five working days without an answer, SUP-Y09 stands; answered then, the complaint counts as late (SUP-24, E 23)."""
    address = lodged(world, number)
    world.advance("2026-03-10 09:00")
    assert "SUP-Y09" in {row["rule"] for row in world.rows("supervision", "warnings")}
    page(world, "supervisor1", "POST", f"{address}/answer", data={"result": "已经查明。"})
    query = {"from": "2026-03-01", "to": "2026-03-31"}
    (counted,) = world.do("supervisor1", "GET", "/supervision/api/complaints/analysis", params=query)
    assert (counted["all"], counted["answered"], counted["late"], counted["open"]) == (1, 1, 1, 0)


def test_more_time_is_approved_by_another_supervisor(world: World, number: str) -> None:
    """Given an extension that is asked for, the due day moves once another supervisor approves; without days or a reason it is refused."""
    address = lodged(world, number)
    (before,) = world.rows("supervision", "complaints")
    assert page(world, "supervisor1", "POST", f"{address}/extend/approve").status_code == 409, "nothing was asked for"
    assert page(world, "supervisor1", "POST", f"{address}/extend", data={"days": "many", "reason": ""}).status_code == 422
    assert page(world, "supervisor1", "POST", f"{address}/extend", data={"days": "3", "reason": "需要向多部门核实。"}).status_code == 303
    assert world.rows("supervision", "complaints")[0]["due"] == before["due"]
    assert page(world, "supervisor1", "POST", f"{address}/extend/approve").status_code == 403, "not by whoever asks"
    assert "由另一名监察员批准" in page(world, "supervisor1", "GET", address).text
    assert "批准延期" in page(world, "supervisor2", "GET", address).text
    assert page(world, "supervisor2", "POST", f"{address}/extend/approve").status_code == 303
    (after,) = world.rows("supervision", "complaints")
    assert after["due"] > before["due"]


def test_a_complaint_is_forwarded_and_comes_back(world: World, number: str) -> None:
    """Given a complaint that a department is asked about, it sees the words but not whose, reports, and the complainant is told the result by message."""
    address = lodged(world, number)
    assert TEXT not in page(world, "market-head", "GET", address).text
    asked = {"department": "market-regulation", "why": "请核实窗口告知情况。"}
    assert page(world, "supervisor1", "POST", f"{address}/forward", data={**asked, "department": "moon"}).status_code == 404
    assert page(world, "supervisor1", "POST", f"{address}/forward", data={**asked, "why": " "}).status_code == 422
    assert page(world, "supervisor1", "POST", f"{address}/forward", data=asked).status_code == 303
    assert page(world, "supervisor1", "POST", f"{address}/forward", data=asked).status_code == 409, "it is on its way"
    world.settle()
    assert any("请核实投诉" in message["subject"] for message in world.do("market-leader", "GET", "/notification/api/messages")["items"])
    shown = page(world, "market-head", "GET", address).text
    assert TEXT in shown
    assert world.subject("zhangsan") not in shown
    assert "张三" not in shown
    assert page(world, "health-head", "POST", f"{address}/return", data={"report": "不知情"}).status_code == 403
    assert page(world, "market-head", "POST", f"{address}/return", data={"report": "属实，已改正。"}).status_code == 303
    assert page(world, "market-head", "POST", f"{address}/return", data={"report": "属实，已改正。"}).status_code == 409
    assert "属实，已改正。" in page(world, "supervisor1", "GET", address).text
    assert page(world, "supervisor1", "POST", f"{address}/answer", data={"result": "部门已改正，并向您致歉。"}).status_code == 303
    world.settle()
    told = world.do("zhangsan", "GET", "/notification/api/messages")["items"]
    assert any("投诉有了结果" in message["subject"] and "部门已改正" in message["text"] for message in told)


def test_what_is_simple_is_settled_on_the_spot(world: World, number: str) -> None:
    """Given a telephone call, the supervisor registers it with its result at once; what is complex keeps its five days."""
    fields = {"number": number, "text": "询问窗口开放时间没有人答复。", "channel": "TELEPHONE"}
    assert page(world, "supervisor1", "POST", "/supervision/complain", data={**fields, "result": "当场答复，并提醒窗口。"}).status_code == 303
    assert page(world, "supervisor1", "POST", "/supervision/complain", data={**fields, "channel": "LETTER"}).status_code == 303
    found = {row["channel"]: row for row in world.rows("supervision", "complaints")}
    assert found["TELEPHONE"]["answered"] is not None
    assert found["LETTER"]["answered"] is None
    query = {"from": "2026-03-01", "to": "2026-03-31"}
    (counted,) = world.do("supervisor1", "GET", "/supervision/api/complaints/analysis", params=query)
    assert (counted["all"], counted["on_the_spot"], counted["open"]) == (2, 1, 1)
    assert page(world, "zhangsan", "POST", "/supervision/complain", data={**fields, "result": "x", "name": "no"}).status_code == 303
    assert {row["channel"] for row in world.rows("supervision", "complaints")} == {"TELEPHONE", "LETTER", "WEB"}, "a citizen settles nothing"


def test_what_is_wrong_is_told_in_its_place(world: World, number: str) -> None:
    """Given an unknown number, or no words, the form says so and nothing is registered; departments see their own complaints alone."""
    wrong = as_visitor(world, number="SJ-1", text=TEXT)
    assert wrong.status_code == 422
    assert "没有这个编号的办件" in wrong.text
    assert as_visitor(world, number=number, text=" ").status_code == 422
    assert world.rows("supervision", "complaints") == []
    lodged(world, number)
    assert number in page(world, "market-head", "GET", "/supervision/complaints").text
    assert number not in page(world, "health-head", "GET", "/supervision/complaints").text
    assert page(world, None, "GET", "/supervision/complaints").status_code == 303, "to the login"
    assert page(world, "market-head", "POST", "/supervision/complaints/nothing/answer", data={"result": "x"}).status_code == 403


def test_without_a_case_one_complains_about_the_item(world: World) -> None:
    """Given a window that receives nothing, the complaint names the item: its department answers, the clock runs, and the card stands on the complaint."""
    item = "food-operation-licence"
    assert f'value="{item}"' in page(world, None, "GET", "/supervision/complain").text
    refused = as_visitor(world, text=TEXT)
    assert (refused.status_code, "没有编号的请选择事项" in refused.text) == (422, True)
    assert as_visitor(world, text=TEXT, item="moon-landing").status_code == 422
    assert world.rows("supervision", "complaints") == []
    answer = page(world, "zhangsan", "POST", "/supervision/complain", data={"item": item, "text": TEXT, "name": "yes"})
    assert answer.status_code == 303
    address = answer.headers["location"]
    (row,) = world.rows("supervision", "complaints")
    assert (row["number"], row["department"], str(row["due"])) == (item, "market-regulation", "2026-03-09")
    assert world.rows("supervision", "cases") == [], "it is no case"
    assert item in page(world, "zhangsan", "GET", "/supervision/complaints/mine").text
    assert page(world, "supervisor1", "GET", f"/supervision/cases/{row['case_id']}").status_code == 200
    done = {"result": "窗口确实没有收件，已责成改正。", "rule": "SUP-Y01"}
    assert page(world, "supervisor1", "POST", f"{address}/answer", data={**done, "result": " "}).status_code == 422
    assert page(world, "supervisor1", "POST", f"{address}/answer", data={**done, "rule": "SUP-Y07"}).status_code == 422, "a rule that is not opened by hand"
    assert world.rows("supervision", "warnings") == []
    assert page(world, "supervisor1", "POST", f"{address}/answer", data=done).status_code == 303
    assert page(world, "supervisor1", "POST", f"{address}/answer", data=done).status_code == 409
    (card,) = world.rows("supervision", "warnings")
    assert (card["rule"], card["department"], card["by_hand"]) == ("SUP-Y01", "market-regulation", True)
    assert f"/supervision/cards/{card['id']}" in page(world, "supervisor1", "GET", address).text
    assert "登记投诉" in page(world, "market-head", "GET", f"/supervision/cards/{card['id']}").text, "what the card stands on"


def test_a_complaint_about_an_item_that_nobody_answers_is_yellow(world: World) -> None:
    """Given five working days without an answer about an item, SUP-Y09 stands for its department; rows are rebuilt the same."""
    assert as_visitor(world, text=TEXT, item="food-operation-licence").status_code == 303
    world.advance("2026-03-10 09:00")
    (card,) = [row for row in world.rows("supervision", "warnings") if row["rule"] == "SUP-Y09"]
    assert card["department"] == "market-regulation"
    service = world.window.services["supervision"]
    before = {view.name: world.rows("supervision", view.name) for view in service.database.views}
    rebuild(service)
    assert {name: world.rows("supervision", name) for name in before} == before


def test_one_s_own_complaints_have_their_pages(world: World) -> None:
    """Given more complaints than a page, the complainant finds each once, newest first."""
    case, now = UUID(world.accepted()), world.now()
    supervision: Any = world.window.services["supervision"]
    for _ in range(PAGE + 2):
        supervision.register_complaint(case, "WEB", TEXT, SYSTEM, now, world.subject("zhangsan"))
    first = page(world, "zhangsan", "GET", "/supervision/complaints/mine").text
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = page(world, "zhangsan", "GET", following).text
    seen = [re.findall(r'href="/supervision/complaints/([0-9a-f-]{36})"', one) for one in (first, second)]
    assert [len(one) for one in seen] == [PAGE, 2]
    assert len(set(seen[0] + seen[1])) == PAGE + 2
