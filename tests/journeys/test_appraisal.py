"""The appraisal of a period from what happened in it: scores, deductions with their cards, months that flag a department (SUP-26, SUP-27)."""

from typing import Any

from tests.world import World

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


def asked(world: World, what: str, username: str = "supervisor1", **query: str) -> list[dict[str, Any]]:
    """Ask for the appraisal or the accountability of March."""
    found: list[dict[str, Any]] = world.do(username, "GET", f"/supervision/api/{what}", params={**MARCH, **query})
    return found


def test_cards_cost_and_flag(world: World) -> None:
    """Given two overdue cases of one department, it loses points with the cards that show it, and its month is flagged; another department keeps all."""
    world.accepted()
    world.accepted()
    world.advance("2026-03-31 20:00")
    found = {one["key"]: one for one in asked(world, "appraisal")}
    market = found["market-regulation"]
    assert found["health"]["total"] == 100
    assert market["total"] == 100 - sum(one["points"] for one in market["deductions"]) < 100
    assert {one["criterion"] for one in market["deductions"]} >= {"time"}
    assert all(mark["number"] for one in market["deductions"] for mark in one["marks"])
    (month,) = asked(world, "accountability")
    assert (month["department"], month["flagged"]) == ("market-regulation", True)
    assert [one["key"] for one in asked(world, "appraisal", "market-leader")] == ["market-regulation"], "officers see their own"
    assert world.call("supervisor1", "GET", "/supervision/api/appraisal", params={"from": "2026-03-31", "to": "2026-03-01"}).status_code == 422


def test_one_failure_is_one_violation(world: World) -> None:
    """Given one case that passed both limits, the department answers for one violation; with the first card exempted, for the statutory one still (ADR 10)."""
    world.accepted()
    world.advance("2026-03-31 20:00")
    (month,) = asked(world, "accountability")
    assert ([len(month[kind]) for kind in ("confirmed", "further")], month["flagged"]) == ([1, 1], False)
    (promised,) = month["confirmed"]
    path = f"/supervision/api/cards/{promised['id']}/appeal"
    world.act("market-leader", path, {"ground": "FORCE_MAJEURE", "statement": "全区停电"})
    world.act("supervisor1", f"{path}/decide", {"exempted": True, "reason": "属实"})
    (month,) = asked(world, "accountability")
    assert [len(month[kind]) for kind in ("confirmed", "further", "exempted")] == [1, 0, 1]
    page = world.call("supervisor1", "GET", "/supervision/appraisal", params=MARCH, headers={"Accept": "text/html"}).text
    assert "一次违规只计一次" in page


def test_page_and_file(world: World) -> None:
    """Given the page, it shows scores and what cost them; the file opens in a spreadsheet."""
    world.accepted()
    world.advance("2026-03-20 09:00")
    page = world.call("supervisor1", "GET", "/supervision/appraisal", params=MARCH, headers={"Accept": "text/html"})
    assert "市场监管局的扣分" in page.text
    file = world.call("supervisor1", "GET", "/supervision/appraisal.csv", params=MARCH)
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert file.text.splitlines()[0].endswith("合计")


def test_officers_are_scored_and_satisfaction_counts(world: World) -> None:
    """Given an officer's overdue case and a low review of another's decision, each loses what shows it, and the page draws the scores."""
    decided = world.accepted()
    world.decided(decided)
    late = world.accepted()
    world.act("market-handler", f"/workflow/api/cases/{late}/stages/handle/take")
    for stage, level in (("RESULT", 2), ("ACCEPTANCE", 5)):
        world.do("zhangsan", "POST", f"/intake/api/applications/{decided}/reviews", json={"stage": stage, "level": level, "tags": []})
    world.advance("2026-03-20 09:00")
    found = {one["key"]: one for one in asked(world, "appraisal", by="officer")}
    handler, leader = found[world.subject("market-handler")], found[world.subject("market-leader")]
    assert {mark["number"] for one in handler["deductions"] for mark in one["marks"]} == {
        row["number"] for row in world.rows("supervision", "cases") if str(row["id"]) == late
    }
    assert handler["kept"]["satisfaction"] == 10
    assert (leader["kept"]["satisfaction"], [one["why"] for one in leader["deductions"] if not one["marks"]]) == (5, ["好差评 2 次，满意 1 次"])
    market = {one["key"]: one for one in asked(world, "appraisal")}["market-regulation"]
    assert market["kept"]["satisfaction"] == 5
    page = world.call("supervisor1", "GET", "/supervision/appraisal", params=MARCH, headers={"Accept": "text/html"}).text
    assert "合计得分" in page
    assert page.count("ow-bars__value") == len(asked(world, "appraisal"))
