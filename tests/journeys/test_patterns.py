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
