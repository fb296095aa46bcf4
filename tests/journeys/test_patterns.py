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


def test_a_stop_on_the_last_day_but_one(world: World) -> None:
    """Given a stop with two working days left, nothing is listed; with one left, it is, with its day."""
    early, late = world.accepted(), world.accepted()
    body = {"procedure": "INSPECTION", "expected_days": 3, "reason": "现场核查"}
    world.advance("2026-03-05 10:00")
    world.act("market-handler", f"/workflow/api/cases/{early}/stops", body)
    world.settle()
    assert listed(world, "STOP_BEFORE_EXPIRY") == []
    world.advance("2026-03-06 10:00")
    world.act("market-handler", f"/workflow/api/cases/{late}/stops", body)
    world.settle()
    (row,) = listed(world, "STOP_BEFORE_EXPIRY")
    assert (row["case_id"], row["weight"], row["detail"]) == (late, 1, "只剩 1 个工作日时暂停计时")


def test_corrections_that_are_asked_for_again(world: World) -> None:
    """Given one correction, nothing is listed; asked for a second time, that one is, with who asked."""
    case = world.applied()["id"]
    path = f"/intake/api/applications/{case}"
    world.act("market-handler", f"{path}/correction-notices", {"defects": {"floor-plan": "缺少操作流程"}})
    world.do("zhangsan", "POST", f"{path}/corrections", json={"materials": [{"code": "floor-plan", "digest": world.handed_in(), "filename": "图.pdf"}]})
    world.settle()
    assert listed(world, "REPEATED_CORRECTION") == []
    again = {"defects": {"floor-plan": "补正的图没有比例"}, "justification": "补正的图仍然不清"}
    world.act("market-handler", f"{path}/correction-notices", again)
    world.settle()
    (row,) = listed(world, "REPEATED_CORRECTION")
    assert (row["case_id"], row["officer"], row["detail"]) == (case, world.subject("market-handler"), "第 2 次要求补正")


def test_what_was_done_offline_without_an_outage(world: World) -> None:
    """Given two approvals that were entered afterwards, the one of an outage is not listed, the other is."""
    lawful = {"item": "food-operation-licence", "approved_on": "2026-03-02", "cause": "OUTAGE", "reason": "系统故障"}
    world.do("market-handler", "POST", "/intake/api/offline-approvals", json=lawful)
    world.settle()
    assert listed(world, "BACK_ENTRY") == []
    world.do("market-handler", "POST", "/intake/api/offline-approvals", json={**lawful, "cause": "APPLICANT_ASKED", "reason": "当面要求"})
    world.settle()
    (row,) = listed(world, "BACK_ENTRY")
    assert (row["department"], row["detail"]) == ("market-regulation", "2026-03-02 线下办理，没有系统故障，2026-03-02 补录")


def test_acceptance_that_was_put_off_until_it_counts(world: World) -> None:
    """Given two applications, the one that was answered in time is not listed; the one that nobody answered is."""
    world.accepted()
    silent = world.applied(key="silent")["id"]
    world.advance("2026-03-09 20:00")
    assert listed(world, "DEEMED_ACCEPTANCE") == []
    world.advance("2026-03-10 00:30")
    (row,) = listed(world, "DEEMED_ACCEPTANCE")
    assert (row["case_id"], row["officer"]) == (silent, None)


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
