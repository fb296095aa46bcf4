"""A backup is restored. It comes last: what was acknowledged after the backup is gone at intake, and known to those who heard of it."""

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]


def test_a_backup_is_restored_at_a_random_moment(district: District, tmp_path: Path) -> None:
    """Given a backup taken while applications came in, after its restore every application of it is kept, nothing is doubled, and work goes on.

    What was acknowledged after the backup is lost with the machine that was lost; what others heard of it does no harm.
    """
    topology = district.topology
    with district.applying() as before:
        safe = list(before)
        topology.run("backup", str(tmp_path / "saved"))
        district.more(before)
    district.settle()
    for process in topology.services.values():
        process.stop()
    topology.run("restore", str(tmp_path / "saved"))
    topology.start_services(*topology.services)
    with district.applying() as after:
        district.more(after)
    district.settle()
    kept = {str(row["id"]) for row in district.rows("intake", "applications")}
    assert set(safe) | set(after) <= kept, "what the backup had and what came after it"
    supervised = Counter(str(row["id"]) for row in district.rows("supervision", "cases"))
    assert all(supervised[one] == 1 for one in kept), "supervision knows each, once"
    district.check_views()
