"""A spot check draws cases by chance that anybody can draw again, and records a finding for each (SUP-28)."""

from typing import Any
from uuid import UUID

import pytest

from services.supervision.domain.spot_check import Candidate, digest_of, draw
from tests.world import World

PERIOD = {"first": "2026-03-02", "last": "2026-03-02"}


@pytest.fixture(name="cases")
def _cases(world: World) -> list[str]:
    return [world.accepted() for _ in range(6)]


def drawn(world: World, **changes: Any) -> Any:
    """Draw three cases."""
    return world.do("supervisor1", "POST", "/supervision/api/spot-checks", json={"size": 3, **PERIOD, **changes})


def test_the_draw_can_be_made_again(world: World, cases: list[str]) -> None:
    """Given a draw, its seed and the cases that could be drawn give the same cases to whoever draws them again; another seed gives others."""
    check = drawn(world, seed=7)
    population = [Candidate(UUID(case), "", "", "") for case in reversed(cases)]
    assert [row["case_id"] for row in check["cases"]] == [str(one.case) for one in draw(population, 3, 7)]
    assert (check["population"], check["digest"]) == (6, digest_of(population))
    again = drawn(world, seed=7)
    assert [row["case_id"] for row in again["cases"]] == [row["case_id"] for row in check["cases"]]
    assert len({tuple(row["case_id"] for row in drawn(world, seed=seed)["cases"]) for seed in range(8)}) > 1


def test_findings_are_recorded_once_and_followed_up(world: World, cases: list[str]) -> None:
    """Given drawn cases, what is in order is recorded, what is at fault gets its card, and nothing is found twice or in a case that was not drawn."""
    check = drawn(world)
    one, other, _ = (row["case_id"] for row in check["cases"])
    path = f"/supervision/api/spot-checks/{check['id']}/cases"
    world.do("supervisor1", "POST", f"{path}/{one}", json={"reason": "卷宗齐全。"})
    answered = world.do("supervisor1", "POST", f"{path}/{other}", json={"reason": "缺少现场核查记录。", "rule": "SUP-R05"})
    assert answered["found"] == 2
    rows = {row["case_id"]: row for row in answered["cases"]}
    assert (rows[one]["rule"], rows[other]["rule"]) == (None, "SUP-R05")
    assert [str(card["id"]) for card in world.rows("supervision", "warnings") if card["by_hand"]] == [rows[other]["card"]]
    assert world.call("supervisor1", "POST", f"{path}/{one}", json={"reason": "再查"}).status_code == 409
    left = next(case for case in cases if case not in rows)
    assert world.call("supervisor1", "POST", f"{path}/{left}", json={"reason": "没有抽中"}).status_code == 409
    assert world.call("market-leader", "POST", f"{path}/{one}", json={"reason": "x"}).status_code == 403


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("change", [{"size": 0}, {"size": 201}, {"first": "2026-03-03"}, {"first": "2025-01-01", "last": "2025-01-31"}, {"seed": -1}])
def test_a_draw_that_makes_no_sense_is_refused(world: World, change: dict[str, Any]) -> None:
    """Given no or too many cases, a period that ends before it begins or has no case, the answer says what is wrong, and nothing is drawn."""
    answer = world.call("supervisor1", "POST", "/supervision/api/spot-checks", json={"size": 3, **PERIOD, **change})
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert world.rows("supervision", "spot_checks") == []


@pytest.mark.usefixtures("cases")
def test_the_pages(world: World) -> None:
    """Given the pages, a supervisor draws, records, and sees how far it is; a mistake is shown in its place."""

    def page(method: str, path: str, **options: Any) -> Any:
        return world.call("supervisor1", method, path, headers={"Accept": "text/html"}, follow_redirects=False, **options)

    assert "还没有抽查" in page("GET", "/supervision/spot-checks").text
    assert page("POST", "/supervision/spot-checks", data={"size": "many", **PERIOD}).status_code == 422
    done = page("POST", "/supervision/spot-checks", data={"size": "2", **PERIOD})
    assert done.status_code == 303
    address = done.headers["location"]
    (row, _) = world.rows("supervision", "spot_cases")
    assert page("POST", f"{address}/cases/{row['case_id']}", data={"reason": "", "rule": ""}).status_code == 422
    assert page("POST", f"{address}/cases/{row['case_id']}", data={"reason": "卷宗齐全。", "rule": ""}).status_code == 303
    assert "已检查 1 件，共 2 件" in page("GET", address).text
