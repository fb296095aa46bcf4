"""While the database is away, nothing is acknowledged; when it is back, work goes on where it stood."""

import pytest

from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]


def test_the_database_is_restarted(district: District) -> None:
    """Given a database server that goes down and comes up while applications come in, nothing acknowledged is lost, and all goes on."""
    with district.working():
        district.more()
        district.topology.postgres.stop()
        district.topology.postgres.start()
        district.more()
    district.check()


def test_connections_are_cut(district: District) -> None:
    """Given an operator who ends every connection, also those that listen and those that lead, each service connects again."""
    with district.working():
        for _ in range(3):
            district.more()
            with district.topology.postgres.connection() as connection:
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname <> 'postgres'")
        district.more()
    district.check()
