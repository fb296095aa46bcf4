"""What departments' own systems report of fees, refusals, signatures, forwarding and revocations is supervised like all else (EXC-01, SUP-Y05 to SUP-R09)."""

from typing import Any

from tests.journeys.department import OPINION, event, reported, way
from tests.world import World, at

NUMBER = "2026-0001"


def cards(world: World, rule: str) -> list[dict[str, Any]]:
    """Give the cards of a rule."""
    return [row for row in world.rows("supervision", "warnings") if row["rule"] == rule]


def opened(world: World) -> str:
    """Let the system report a case that it received and accepted; give the case."""
    world.now.advance_to(at("2026-03-02 16:00"))
    case: str = reported(world, *way()[:2])[0]["case"]
    return case


def test_a_fee_off_the_standard_is_red_until_it_is_reported_as_refunded(world: World) -> None:
    """Given a fee of an item without fees, the red card names the officer whom the department names; the refund closes it."""
    case = opened(world)
    fee = {"fee": "f-1", "name": "资料费", "amount": 5000, "receipt": "SF-1", "officer": "o-3"}
    reported(world, event(NUMBER, "fee-charged", "2026-03-02 15:30", fee))
    (card,) = cards(world, "SUP-R09")
    assert (str(card["case_id"]), card["officer"], card["state"], card["detail"]) == (case, "o-3", "ISSUED", "资料费 50.00 元：公布的标准中没有这项收费")
    reported(world, event(NUMBER, "fee-refunded", "2026-03-02 15:50", {"fee": "f-1", "reason": "没有依据"}))
    assert cards(world, "SUP-R09")[0]["state"] == "RECTIFIED"
    history = world.do("auditor", "GET", f"/supervision/api/cases/{case}/history")
    assert {"收费：资料费 50.00 元（票据 SF-1）", "退还收费：没有依据"} <= {entry["sentence"] for entry in history}


def test_a_refusal_without_reasons_is_taken_and_becomes_yellow(world: World) -> None:
    """Given a refusal of acceptance that says no reason, the report is receipted, SUP-Y05 says so, and the refusal is on the verification list."""
    world.now.advance_to(at("2026-03-02 16:00"))
    refused = event(NUMBER, "acceptance-refused", "2026-03-02 15:00", {"notice": "BYSL-1", "officer": "o-3"})
    receipts = reported(world, way()[0], refused)
    assert [one["status"] for one in receipts] == ["RECEIVED", "RECEIVED"]
    (card,) = cards(world, "SUP-Y05")
    assert (card["officer"], card["detail"]) == ("o-3", "不予受理的理由：没有")
    assert cards(world, "SUP-Y10") == []
    (listed,) = world.do("supervisor1", "GET", "/supervision/api/verifications")["items"]
    assert listed["kind"] == "ACCEPTANCE_REFUSED"


def test_signatures_of_the_wrong_office_and_in_the_wrong_order(world: World) -> None:
    """Given an approval signed too early, and by a section head, the office is SUP-R06 at once, the order SUP-R05 a working day after the decision."""
    opened(world)
    world.now.advance_to(at("2026-03-05 16:00"))
    signed = [
        event(NUMBER, "stage-signed", f"2026-03-0{day} 10:00", {"stage": stage, "officer": officer, "role": role, "approves": True, "opinion": OPINION})
        for day, stage, officer, role in ((3, "approve", "o-1", "SECTION_HEAD"), (4, "handle", "o-3", "HANDLER"), (5, "review", "o-2", "SECTION_HEAD"))
    ]
    reported(world, *signed, way()[-1])
    assert [(card["officer"], card["detail"]) for card in cards(world, "SUP-R06")] == [("o-1", "「批准」由科室负责人签署，应由分管领导签署")]
    assert cards(world, "SUP-R05") == [], "until then, others may still be reported that explain it"
    world.advance("2026-03-07 00:00")
    assert {card["detail"] for card in cards(world, "SUP-R05")} == {"「批准」先于「审核」签署"}


def test_a_revocation_is_verified(world: World) -> None:
    """Given a result that the department revoked, the revocation is on the verification list; at fault, its card stands on it (SUP-20)."""
    case = opened(world)
    world.now.advance_to(at("2026-03-09 16:00"))
    issued = event(NUMBER, "certificate-issued", "2026-03-06 09:00", {"number": "XK-1", "name": "施工许可证"})
    reported(world, *way()[2:], issued, event(NUMBER, "certificate-revoked", "2026-03-09 10:00", {"number": "XK-1", "reason": "申请人隐瞒情况"}))
    (row,) = world.do("supervisor1", "GET", "/supervision/api/verifications", params={"kind": "REVOCATION"})["items"]
    assert (row["case_id"], row["department"]) == (case, "housing")
    body = {"reason": "没有撤销的事由。", "rule": "SUP-R10"}
    concluded = world.do("supervisor1", "POST", f"/supervision/api/verifications/{row['evidence']}/conclude", json=body)
    assert world.do("supervisor1", "GET", f"/supervision/api/cards/{concluded['card']}")["finding"]["evidence"] == [row["evidence"]]
