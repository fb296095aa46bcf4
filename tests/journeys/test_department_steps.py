"""Every step that a department can report has its effect on the case, over HTTP and over the bus (EXC-01): stops, extensions, corrections, every end."""

from typing import Any

import pytest

from services.kernel.actor import Role
from tests.journeys.department import ITEM, OPINION, SYSTEM, event, reported
from tests.journeys.doors import admitted, jws, put
from tests.world import World, at

RECEIVED = ("application-received", "2026-03-02 09:10", {"item": ITEM, "applicant": "a-17", "applicant_kind": "LEGAL_PERSON"})
STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    RECEIVED,
    ("correction-notice-issued", "2026-03-03 09:10", {"notice": "n-1", "defects": [{"material": "drawings", "name": "施工图", "reason": "缺章"}]}),
    ("corrections-submitted", "2026-03-04 09:10", {}),
    ("application-accepted", "2026-03-05 09:10", {}),
    ("clock-stopped", "2026-03-06 09:10", {"stop": "s-1", "procedure": "HEARING", "expected_days": 3, "reason": "听证", "notice": "g-1"}),
    ("clock-resumed", "2026-03-10 09:10", {"stop": "s-1"}),
    ("stage-signed", "2026-03-10 10:00", {"stage": "handle", "officer": "o-3", "approves": True, "opinion": OPINION}),
    ("limit-extended", "2026-03-11 09:10", {"days": 5, "reason": "情况复杂", "approved_by": "o-9"}),
    ("stage-signed", "2026-03-11 10:00", {"stage": "review", "officer": "o-2", "approves": True, "opinion": OPINION}),
    ("stage-signed", "2026-03-12 10:00", {"stage": "approve", "officer": "o-1", "approves": True, "opinion": OPINION}),
    ("case-decided", "2026-03-12 10:01", {"outcome": "GRANTED", "officer": "o-1", "grounds": "《中华人民共和国建筑法》第八条"}),
    ("decision-published", "2026-03-13 10:01", {}),
    ("certificate-issued", "2026-03-13 10:02", {"number": "c-1", "name": "建筑工程施工许可证"}),
    ("result-delivered", "2026-03-16 10:01", {"number": "c-1"}),
    ("result-archived", "2026-03-17 09:01", {"number": "c-1", "sheet": "j-1"}),
)
DUE = "2026-03-19"
"""Four promised days and five more from 4 March, when the materials were complete: 5; stopped on 6 and 9; 10 to 13; 16 to 19."""
ENDS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("acceptance-refused", {"notice": "b-1", "reasons": "不属于本机关职权范围"}, "NOT_ACCEPTED"),
    ("application-withdrawn", {}, "WITHDRAWN"),
)


def case_of(world: World, number: str) -> dict[str, Any]:
    """Give what supervision knows of a case by the department's number."""
    return next(row for row in world.rows("supervision", "cases") if row["number"] == number)


def test_every_step_has_its_effect(world: World) -> None:
    """Given a case with every step of a whole life, its due day, its end and each sentence of its history follow from them."""
    world.now.advance_to(at("2026-03-17 16:00"))
    receipts = reported(world, *(event("2026-0100", step, moment, data) for step, moment, data in STEPS))
    assert [one["status"] for one in receipts] == ["RECEIVED"] * len(STEPS)
    case = case_of(world, "2026-0100")
    assert (case["state"], case["outcome"], str(case["accepted_on"]), str(case["due"]), case["late"]) == ("DECIDED", "GRANTED", "2026-03-04", DUE, False)
    clocks = world.do("supervisor1", "GET", f"/supervision/api/cases/{receipts[0]['case']}")["clocks"]
    ended = {"acceptance", "acceptance:2", "promised", "statutory", "publication", "certificate", "archiving"}
    assert {name: clocks[name]["state"] for name in ended} == dict.fromkeys(ended, "DECIDED")
    history = world.do("auditor", "GET", f"/supervision/api/cases/{receipts[0]['case']}/history")
    told = [entry["name"] for entry in history if entry["actor"] == history[0]["actor"]]
    assert told == [step for step, _, _ in STEPS]
    assert [row for row in world.rows("supervision", "warnings") if row["rule"] != "SUP-Y10" and row["level"] == "RED" and row["stands"]] == []


def test_a_step_about_a_result_leaves_the_case_its_number(world: World) -> None:
    """Given a step about a result that is heard of before all others of its case, the case has the department's number, not the result's."""
    world.now.advance_to(at("2026-03-17 16:00"))
    about = [(step, data) for step, _, data in STEPS if "number" in data] + [("certificate-revoked", {"number": "c-1", "reason": "申请人骗取"})]
    assert len(about) == 4
    receipts = reported(world, *(event(f"2026-010{place}", step, "2026-03-13 10:02", data) for place, (step, data) in enumerate(about)))
    cases = [world.do("supervisor1", "GET", f"/supervision/api/cases/{receipt['case']}")["number"] for receipt in receipts]
    assert cases == [f"2026-010{place}" for place in range(len(about))]


@pytest.mark.parametrize(("step", "data", "state"), ENDS)
def test_a_case_may_end_before_a_decision(world: World, step: str, data: dict[str, Any], state: str) -> None:
    """Given an application that was refused acceptance, or withdrawn, its case is over and no clock runs any more."""
    world.now.advance_to(at("2026-03-03 16:00"))
    receipts = reported(world, event("2026-0101", *RECEIVED), event("2026-0101", step, "2026-03-03 09:10", data))
    assert case_of(world, "2026-0101")["state"] == state
    clocks = world.do("supervisor1", "GET", f"/supervision/api/cases/{receipts[0]['case']}")["clocks"]
    assert [name for name, clock in clocks.items() if clock["state"] == "RUNNING"] == []


def test_many_whole_lives_over_the_bus(world: World) -> None:
    """Given many cases with every step that come over the bus, each is taken, and each has the same end and due day."""
    private = admitted(world, SYSTEM, Role.DEPARTMENT)
    world.now.advance_to(at("2026-03-17 16:00"))
    numbers = [f"2026-{number:04}" for number in range(40)]
    put(world, "departments", *(jws(SYSTEM, private, event(number, step, moment, data)) for step, moment, data in STEPS for number in numbers))
    cases = {row["number"]: (row["state"], str(row["due"])) for row in world.rows("supervision", "cases") if row["channel"] == "DEPARTMENT"}
    assert cases == dict.fromkeys(numbers, ("DECIDED", DUE))
    assert world.rows("intake", "dead_letters") == []
