"""A department's own system, as journeys play it: it reports the steps of its cases, with their true times, as CloudEvents."""

from datetime import datetime
from typing import Any

from tests.world import World, at

SYSTEM, ITEM = "housing-system", "construction-permit"
OPINION = "材料齐全，建议准予。"
STAGES = ("handle", "review", "approve")
WAY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("application-received", "2026-03-02 09:10", {"item": ITEM, "applicant": "a-17", "applicant_kind": "LEGAL_PERSON"}),
    ("application-accepted", "2026-03-02 15:00", {}),
    ("stage-signed", "2026-03-03 10:00", {"stage": "handle", "officer": "o-3", "approves": True, "opinion": OPINION}),
    ("stage-signed", "2026-03-04 10:00", {"stage": "review", "officer": "o-2", "approves": True, "opinion": OPINION}),
    ("stage-signed", "2026-03-05 10:00", {"stage": "approve", "officer": "o-1", "approves": True, "opinion": OPINION}),
    ("case-decided", "2026-03-05 10:01", {"outcome": "GRANTED", "officer": "o-1", "grounds": "《中华人民共和国建筑法》第八条"}),
)
"""A case in good order."""


def event(number: str, step: str, moment: datetime | str, data: dict[str, Any], report: str = "") -> dict[str, Any]:
    """Give one report as a CloudEvent."""
    happened = at(moment) if isinstance(moment, str) else moment
    return {
        "specversion": "1.0",
        "id": report or f"{number}/{step}/{data.get('stage', '')}",
        "source": "/departments/housing",
        "type": f"gov.onewindow.department.{step}.v1",
        "subject": number,
        "time": happened.isoformat(),
        "data": data,
    }


def way(number: str = "2026-0001") -> list[dict[str, Any]]:
    """Give the reports of a case in good order."""
    return [event(number, step, moment, data) for step, moment, data in WAY]


def reported(world: World, *events: dict[str, Any], by: str = SYSTEM) -> list[dict[str, Any]]:
    """Report over HTTP, settle, and give the receipts."""
    answer = world.do(by, "POST", "/intake/api/reports", json=list(events), headers={"Content-Type": "application/cloudevents-batch+json"})
    world.settle()
    receipts: list[dict[str, Any]] = answer["receipts"]
    return receipts
