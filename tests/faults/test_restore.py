"""A backup is restored. It comes last: what was acknowledged after the backup is gone at intake, and known to those who heard of it."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]


def test_a_backup_is_restored_at_a_random_moment(district: District, tmp_path: Path, chance: random.Random) -> None:
    """Given a backup taken while applications came in, after its restore every application of it is kept, nothing is doubled, and work goes on.

    What was acknowledged after the backup is lost with the machine that was lost; what others heard of it does no harm.
    """
    topology, ledger = district.topology, district.clients.ledger
    with district.working():
        district.more()
        time.sleep(chance.uniform(0, 2))
        safe = set(ledger.applications)
        topology.run("backup", str(tmp_path / "saved"))
        district.more()
    district.settle()
    for process in topology.services.values():
        process.stop()
    topology.run("restore", str(tmp_path / "saved"))
    topology.start_services(*topology.services)
    before = set(ledger.applications)
    with district.working():
        # What others heard of the lost cases, and a number that one of them had, must not keep any new case from its way.
        district.more(10, 2)
    district.settle()
    kept = {str(row["id"]) for row in district.rows("intake", "applications")}
    assert safe | (ledger.applications - before) <= kept, "what the backup had and what came after it"
    supervised = Counter(str(row["id"]) for row in district.rows("supervision", "cases"))
    assert all(supervised[one] == 1 for one in kept), "supervision knows each, once"
    numbers = Counter(row["number"] for row in district.rows("supervision", "cases"))
    assert set(numbers.values()) == {1}, "no number is given twice"
    district.check_views()
