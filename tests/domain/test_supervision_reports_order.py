"""What a department's own system reports may arrive in any order: the case and its cards are the same in the end (EXC-01)."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st

from contracts import envelope, intake
from services.supervision.domain.facts import STEPS
from tests.domain.bureau import Bureau
from tests.domain.lives import APPLICANT, DAY, DEPARTMENT, END, ITEM, Life, lives
from tests.examples import property_on_both
from tests.world import rows

CASE = UUID(int=1)
JOINED = date(2026, 1, 1)


Report = tuple[datetime, intake.StepReported]
"""When a step was done, and what intake says of it."""


def reports_of(life: Life) -> list[Report]:
    """Give what a department's system would report of a life."""
    reports: list[Report] = []
    for _, moment, _, event in life.events(CASE):
        step = re.sub(r"(?<!^)(?=[A-Z])", "-", type(event).__name__).lower().replace("case-withdrawn", "application-withdrawn")
        if step not in STEPS:
            continue
        data = {name: value for name, value in event.model_dump(mode="json").items() if name not in {"item", "applicant", "number", "materials"}}
        if step == "application-received":
            data |= {"applicant": APPLICANT.reference, "applicant_kind": APPLICANT.kind}
        item = ITEM if step == "application-received" else None
        said = intake.StepReported(
            department=DEPARTMENT, number="2026-0001", report=f"{step}-{len(reports)}", step=step, data=data, item=item, system_since=JOINED
        )
        reports.append((moment, said))
    return reports


def stream_of(reports: Iterable[Report]) -> list[bytes]:
    """Give intake's stream where the reports arrive in this order, all on the last day."""
    return [
        envelope.to_bytes(
            envelope.wrap(said, service="intake", subject=CASE, position=position, happened=moment, recorded=END, actor="system-of-the-department")
        )
        for position, (moment, said) in enumerate(reports, 1)
    ]


def seen(bureau: Bureau) -> tuple[list[dict[str, Any]], list[tuple[str, ...]]]:
    """Give the case, and its lights and cards that stand or were mended, without the ids that tell in which order they came."""
    names = ("rule", "level", "day", "due", "department", "officer", "statutory", "state", "rectified", "raised", "detail")
    return rows(bureau.service, "cases"), sorted(
        tuple(str(row[name]) for name in names) for row in rows(bureau.service, "warnings") if row["stands"] or row["state"] == "RECTIFIED"
    )


@pytest.mark.slow
@property_on_both(60, lives(), st.data())
def test_reports_may_come_in_any_order(life: Life, data: st.DataObject) -> None:
    """Given a life that a department reports, whatever the order, with looks between, the case and its cards are those of the lawful order."""
    reports = reports_of(life)
    mixed = data.draw(st.permutations(reports))
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        plain, shuffled = Bureau(Path(one), END), Bureau(Path(other), END)
        plain.inbox.deliver(stream_of(reports))
        for body in stream_of(mixed):
            shuffled.inbox.deliver([body])
            shuffled.sweep_to(shuffled.now())
        for bureau in (plain, shuffled):
            bureau.sweep_to(END + DAY * 10)
        assert seen(shuffled) == seen(plain)
        for bureau in (plain, shuffled):
            bureau.service.close()
