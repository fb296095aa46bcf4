"""Intake is killed while kiosks and departments' systems write to it over the bus: all is taken once, and what is wrong is kept and told once."""

import itertools
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.intake.domain.department_case import department_case_id
from tests.faults.district import District
from tests.faults.doors import KIOSK, is_heard, letters, put_aside
from tests.faults.holding import held, waits
from tests.faults.test_moments import kill
from tests.journeys.department import ITEM, SYSTEM, event
from tests.journeys.doors import jws, produce, submission

pytestmark = [pytest.mark.connected, pytest.mark.slow]
VIEWS = {"departments": "department_cases", "kiosks": "applications"}
"""What each door writes."""
WRONG = {"departments": 2, "kiosks": 3}
"""How many messages cannot be taken of those that come in at each door."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Doors:
    """Both doors, and the keys of those who write to them."""

    district: District
    keys: dict[str, str]

    def write(self, door: str) -> list[str]:
        """Send what is right and what is wrong, everything twice, and give the numbers for which a kiosk is to have a receipt."""
        number = f"bus-{next(_numbers)}"
        if door == "kiosks":
            good = submission(self.district, number)
            self._put(door, KIOSK, good, {**good, "time": "noon"}, {**good, "id": f"{number}-b", "data": {}}, number)
            return [number]
        now, ledger, case = self.district.now(), self.district.clients.ledger, str(department_case_id("housing", number))
        applicant = {"item": ITEM, "applicant": "a-17", "applicant_kind": "LEGAL_PERSON"}
        received = event(number, "application-received", now - timedelta(minutes=2), applicant)
        accepted = event(number, "application-accepted", now - timedelta(minutes=1), {})
        malformed = {**event(number, "case-decided", now, {}, f"{number}-malformed"), "time": "noon"}
        incomplete = event(number, "case-decided", now, {}, f"{number}-incomplete")
        self._put(door, SYSTEM, received, malformed, accepted, incomplete)
        ledger.reported(case, received, accepted)
        ledger.refused[case] |= {malformed["id"], incomplete["id"]}
        return []

    def _put(self, door: str, sender: str, *events: Any) -> None:
        bodies = [jws(sender, self.keys[sender], one) for one in events]
        produce(self.district.topology.kafka.address, f"onewindow.{door}", *bodies, *bodies)

    def stored(self, door: str) -> int:
        """Give how much intake has of a door."""
        return self.district.number("intake", f"SELECT count(*) FROM {VIEWS[door]}")  # noqa: S608 - our own names

    def check(self, numbers: Iterable[str], *written: str) -> None:
        """Given doors to which was written, what was right has its receipt, what was wrong is kept, each once, and everything else holds."""
        expected = Counter({door: WRONG[door] for door in written})
        self.district.eventually(lambda: all(is_heard(self.district, door) for door in VIEWS), "everything is heard")
        self.district.settle()
        assert letters(self.district) == expected, "SAFETY, doubled: what is wrong"
        for number in numbers:
            receipt = self.district.do(KIOSK, "GET", f"/intake/api/kiosks/receipts/{number}")
            self.district.clients.ledger.applications.add(receipt["id"])
        put_aside(self.district)
        self.district.check()


@pytest.fixture(name="doors", scope="module")
def _doors(running: District, admitted: Path) -> Doors:
    """Given a kiosk and the system of housing, whose keys are known."""
    return Doors(running, {name: (admitted / f"{name}.pem").read_text() for name in (KIOSK, SYSTEM)})


def test_killed_in_the_middle_of_a_batch_of_each_door(district: District, doors: Doors) -> None:
    """Given good, wrong and doubled messages that intake begins to store at both doors, it is killed; all is taken at the return, once."""
    with held(district, "intake", f"LOCK TABLE {', '.join(VIEWS.values())} IN SHARE ROW EXCLUSIVE MODE"):
        numbers = [number for door in VIEWS for number in doors.write(door)]
        district.eventually(lambda: waits(district, "intake"), "a batch is under way")
        names = kill(district, "intake")
    district.topology.start_services(*names)
    doors.check(numbers, *VIEWS)


@pytest.mark.parametrize("door", VIEWS)
def test_killed_after_storing_before_the_broker_knows(district: District, doors: Doors, door: str) -> None:
    """Given messages that intake stored and could not yet say that it had, it is killed; they are delivered again, and nothing comes of that."""
    before = doors.stored(door)
    with ExitStack() as stack:
        with held(district, "intake", f"LOCK TABLE {VIEWS[door]} IN SHARE ROW EXCLUSIVE MODE"):
            numbers = doors.write(door)
            district.eventually(lambda: waits(district, "intake"), "a batch is under way")
            stack.enter_context(district.topology.kafka.process.frozen())
        district.eventually(lambda: doors.stored(door) > before, "it is stored")
        names = kill(district, "intake")
    district.topology.start_services(*names)
    doors.check(numbers, door)
