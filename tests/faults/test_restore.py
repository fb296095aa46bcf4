"""A backup is restored. It comes last: what was acknowledged after the backup is gone at intake, and known to those who heard of it."""

import random
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.faults.district import District
from tests.faults.holding import silenced
from tests.faults.ledger import Ledger
from tests.faults.safety import check_safety

pytestmark = [pytest.mark.connected, pytest.mark.slow]


def test_a_backup_is_restored_at_a_random_moment(district: District, tmp_path: Path, chance: random.Random) -> None:
    """Given a backup taken while applications came in, and a machine lost in the middle of work, each application of the backup is kept, nothing is doubled.

    What was acknowledged after the backup is lost with the machine that was lost; what others heard of it does no harm. Whatever is applied for after the
    restore goes its way to the end, once, as if nothing had been.
    """
    topology, lost = district.topology, district.clients.ledger
    with district.working():
        district.more()
        time.sleep(chance.uniform(0, 2))
        safe = set(lost.applications)
        topology.run("backup", str(tmp_path / "saved"))
        topology.services["notification"].kill()
        district.more()
    with silenced(district, "intake"):
        with district.clients.working(decides=False):
            district.more()
        assert {"intake relays", "notification hears intake"} <= set(district.distances()), "when it is lost, some is unsaid and some unheard"
        for process in topology.services.values():
            process.kill()
    topology.run("restore", str(tmp_path / "saved"))
    topology.start_services(*topology.services)
    district.clients.ledger = ledger = Ledger()
    with district.working():
        # What others heard of the lost cases, and a number that one of them had, must not keep any new case from its way.
        district.more(10, 2)
    district.settle()
    old = lost.applications | lost.reports.keys() | lost.refused.keys()
    check_safety(lambda service, table: [row for row in district.rows(service, table) if _case(row) not in old], ledger)
    kept = {str(row["id"]) for row in district.rows("intake", "applications")}
    assert safe | ledger.applications <= kept, "what the backup had and what came after it"
    supervised = Counter(str(row["id"]) for row in district.rows("supervision", "cases"))
    assert all(supervised[one] == 1 for one in kept), "supervision knows each, once"
    numbers = Counter(row["number"] for row in district.rows("supervision", "cases"))
    assert set(numbers.values()) == {1}, "no number is given twice"
    district.check_views()


def _case(row: Mapping[str, Any]) -> str:
    return str(row.get("case_id", row["id"]))
