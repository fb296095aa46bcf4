"""Cases that a department's own system reports long after their limits passed: all their lights and cards are due at once, on the clock of this machine."""

import itertools
from datetime import datetime, time, timedelta
from typing import Any

from services.chassis.timekeeping import system_now
from services.kernel.calendar import SHANGHAI
from tests.faults.district import District
from tests.journeys.department import ITEM, SYSTEM, event

RECEIVED_ON = (system_now() - timedelta(days=40)).astimezone(SHANGHAI).date()
"""One day for all, so that cases that are reported around midnight are alike."""
_numbers = itertools.count(1)


def overdue(district: District, number: int) -> list[str]:
    """Report so many cases, received and accepted forty days ago and never decided, and give their ids."""
    applicant = {"item": ITEM, "applicant": "a-17", "applicant_kind": "LEGAL_PERSON"}
    events: list[dict[str, Any]] = []
    for _ in range(number):
        name = f"overdue-{next(_numbers)}"
        received, accepted = (datetime.combine(RECEIVED_ON, time(hour, 10), SHANGHAI) for hour in (9, 15))
        events += [event(name, "application-received", received, applicant), event(name, "application-accepted", accepted, {})]
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    receipts = district.do(SYSTEM, "POST", "/intake/api/reports", json=events, headers=headers)["receipts"]
    assert {receipt["status"] for receipt in receipts} == {"RECEIVED"}
    for receipt, one in zip(receipts, events, strict=True):
        district.clients.ledger.reported(receipt["case"], one)
    return sorted({receipt["case"] for receipt in receipts})
