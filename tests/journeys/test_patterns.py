"""Remarkable ways of handling are listed with their evidence: a burst of signatures after hours, and not a few of them."""

from typing import Any

from tests.world import World, at


def listed(world: World, kind: str) -> list[dict[str, Any]]:
    """Give what is listed of a kind."""
    found: list[dict[str, Any]] = world.do("supervisor1", "GET", "/supervision/api/patterns", params={"kind": kind})
    return found


def test_a_burst_of_signatures_after_hours(world: World) -> None:
    """Given four signatures of one officer in an evening, nothing is listed; with the fifth, all of them are, each with its case."""
    cases = [world.accepted() for _ in range(5)]
    world.advance("2026-03-02 19:00")
    for case in cases[:4]:
        world.signed(case, "handle", "market-handler")
    assert listed(world, "AFTER_HOURS") == []
    world.signed(cases[4], "handle", "market-handler")
    rows = listed(world, "AFTER_HOURS")
    assert {row["case_id"] for row in rows} == set(cases)
    assert all(row["evidence"].startswith("workflow-") for row in rows)


def test_stops_that_ended_by_themselves_or_with_the_case_or_never(world: World) -> None:
    """Given five short stops of an item, one that the withdrawal ended late and one that still lasts are listed once far longer, with their days."""
    *short, withdrawn, lasting = (world.accepted() for _ in range(7))
    body = {"procedure": "INSPECTION", "expected_days": 3, "reason": "现场核查"}
    stops = {case: world.act("market-handler", f"/workflow/api/cases/{case}/stops", body)["stops"][0]["id"] for case in (*short, withdrawn, lasting)}
    world.advance("2026-03-04 10:00")
    for case in short:
        world.act("market-handler", f"/workflow/api/cases/{case}/stops/{stops[case]}/end", {"result": "合格"})
    world.advance("2026-03-10 10:00")
    assert listed(world, "LONG_STOP") == [], "six days are not more than three times two"
    world.advance("2026-03-11 10:00")
    world.do("zhangsan", "POST", f"/workflow/api/cases/{withdrawn}/withdraw", json={"reason": "不办了"})
    world.advance("2026-03-13 10:00")
    details = {row["case_id"]: row["detail"] for row in listed(world, "LONG_STOP")}
    assert details == {withdrawn: "暂停 7 个工作日，预计 3 个工作日", lasting: "已经暂停 9 个工作日，还没有恢复，预计 3 个工作日"}


def test_the_page_and_who_may_see_it(world: World) -> None:
    """Given a decision right after acceptance, the page lists it; it is for supervision alone."""
    case = world.accepted()
    world.decided(case)
    (row,) = listed(world, "INSTANT_DECISION")
    page = world.call("supervisor1", "GET", "/supervision/patterns", headers={"Accept": "text/html"})
    assert row["number"] in page.text
    assert "受理后即刻决定" in page.text
    assert world.call("market-leader", "GET", "/supervision/api/patterns").status_code == 403
    world.now.advance_to(at("2026-03-02 10:00"))
