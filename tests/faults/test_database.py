"""While the database is away, nothing is acknowledged; when it is back, work goes on where it stood."""

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]


def test_the_database_is_restarted(district: District) -> None:
    """Given a database server that goes down and comes up while applications come in, nothing acknowledged is lost, and all goes on."""
    with district.applying() as acknowledged:
        district.topology.postgres.stop()
        district.topology.postgres.start()
        district.more(acknowledged)
    district.check(acknowledged)


def test_connections_are_cut(district: District) -> None:
    """Given an operator who ends every connection, also those that listen and those that lead, each service connects again."""
    with district.applying() as acknowledged:
        for _ in range(3):
            with district.topology.postgres.connection() as connection:
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname <> 'postgres'")
            district.more(acknowledged)
    district.check(acknowledged)


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
