"""What must have happened in a district so that each of its pages has something to show, and the addresses of the things in it."""

from collections.abc import Mapping
from typing import Any

from tests.journeys.doors import put
from tests.world import COMPANY, World

ITEM = "food-operation-licence"


def told(world: World) -> Mapping[str, str]:
    """Let it happen, in a world that stands at 2 March 2026, and give what is named in addresses."""
    names = _applied(world)
    case, decided = names["case"], names["decided"]
    path = f"/workflow/api/cases/{case}"
    stop = world.act("market-handler", f"{path}/stops", {"procedure": "INSPECTION", "expected_days": 3, "reason": "现场检验"})["stops"][0]
    world.settle()
    names["stop"], names["stop_notice"] = stop["id"], stop["notice"]
    number = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["number"]
    _said(world, case, number)
    put(world, "departments", b"rubbish")
    check = world.do("supervisor1", "POST", "/supervision/api/spot-checks", json={"size": 3, "first": "2026-03-01", "last": "2026-03-31"})
    world.advance("2026-03-10 09:00")
    red = next(row for row in world.rows("supervision", "warnings") if row["rule"] == "SUP-R01" and str(row["case_id"]) == names["overdue"])
    world.act("market-head", f"/supervision/api/cards/{red['id']}/explain", {"text": "承办人因公外出，没有及时移交。"})
    yellow = world.do("supervisor1", "POST", f"/supervision/api/cases/{case}/cards", json=_by_hand(world, case))["id"]
    world.act("market-head", f"/supervision/api/cards/{yellow}/report", {"text": "已经整改，补齐卷宗。"})
    appealed = world.do("supervisor1", "POST", f"/supervision/api/cases/{decided}/cards", json=_by_hand(world, decided))["id"]
    world.act("market-head", f"/supervision/api/cards/{appealed}/appeal", {"ground": "FORCE_MAJEURE", "statement": "暴雨停电，系统中断。"})
    finding = {"month": "2026-03", "department": "market-regulation", "measure": "SUPERVISION_ADVICE", "reason": "两件没有按规定办理。"}
    world.do("supervisor1", "POST", "/supervision/api/accountability/findings", json=finding)
    names["fresh"] = world.applied(key="fresh")["id"]

    def first(service: str, table: str, column: str) -> str:
        return str(world.rows(service, table)[0][column])

    names |= {"red": str(red["id"]), "yellow": yellow, "appealed": appealed, "check": check["id"]}
    names["result"] = next(row["number"] for row in world.rows("certificates", "results") if str(row["case_id"]) == decided)
    names["complaint"] = first("supervision", "complaints", "id")
    names["review"] = first("supervision", "reviews", "evidence")
    names["disagreement"] = first("supervision", "disagreements", "id")
    names["verification"] = first("supervision", "to_verify", "evidence")
    names["authority"] = first("workflow", "authorities", "id")
    names["letter"] = first("intake", "dead_letters", "id")
    return names


def _applied(world: World) -> dict[str, str]:
    """Let people apply, and departments answer."""
    names = {"deemed": world.applied(key="deemed")["id"]}
    incomplete = world.applied(materials=world.materials(ITEM, world.handed_in(), without="floor-plan"), key="incomplete")["id"]
    world.act("market-handler", f"/intake/api/applications/{incomplete}/correction-notices", {"defects": {"floor-plan": "缺少平面图"}})
    refused = world.applied("public-venue-hygiene", key="refused")["id"]
    world.act("health-handler", f"/intake/api/applications/{refused}/refuse", {"reason": "申请事项依法不需要取得行政许可。"})
    names |= {"incomplete": incomplete, "refused": refused, "case": world.accepted(), "overdue": world.accepted(), "decided": world.accepted()}
    world.decided(names["decided"])
    world.signed(names["overdue"], "handle", "market-handler")
    world.registered("chengda-agent", COMPANY)
    return names


def _said(world: World, case: str, number: str) -> None:
    """Let people mark, complain and disagree."""
    mark = {"stage": "ACCEPTANCE", "level": 1, "tags": ["ATTITUDE"]}
    world.do("zhangsan", "POST", f"/intake/api/applications/{case}/reviews", json=mark)
    for username, path, form in (
        ("zhangsan", "complain", {"number": number, "text": "窗口没有一次性告知需要补正的材料。", "name": "yes"}),
        ("clerk1", "disagreements", {"number": number, "matter": "材料已经齐全，承办人仍要求补交。"}),
    ):
        answer = world.call(username, "POST", f"/supervision/{path}", headers={"Accept": "text/html"}, follow_redirects=False, data=form)
        assert answer.status_code == 303, answer.text
    world.settle()


def _by_hand(world: World, case: str) -> dict[str, Any]:
    """Give a card that a supervisor issues on the first thing known of a case."""
    history = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}/history")
    return {"rule": "SUP-Y12", "evidence": [history[0]["evidence"]], "detail": "卷宗缺少交接记录。"}
