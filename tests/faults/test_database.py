"""While the database is away, nothing is acknowledged; when it is back, work goes on where it stood."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from services.chassis.bus.relaying import POLL_SECONDS
from tests.faults.district import District
from tests.faults.holding import held, waits
from tests.world import COMPANY

pytestmark = [pytest.mark.connected, pytest.mark.slow]


def test_the_database_is_restarted(district: District) -> None:
    """Given a database server that goes down and comes up while applications come in, nothing acknowledged is lost, and all goes on."""
    with district.working():
        district.more()
        district.topology.postgres.stop()
        district.topology.postgres.start()
        district.more()
    district.check()


def kill(district: District) -> None:
    """End the database server and all its processes at once: what it had not written to its log is gone."""
    server = district.topology.postgres.process
    children = [int(one) for one in Path(f"/proc/{server.id}/task/{server.id}/children").read_text().split()]
    server.kill()
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    # A server that comes while one of them is left refuses to start.
    district.eventually(lambda: not any(_lives(child) for child in children), "all of the server is gone")


def _lives(process: int) -> bool:
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_database_is_killed(district: District) -> None:
    """Given a database server that is killed while applications come in, everything acknowledged was in its log; what waited for no disk is done again."""
    with district.working():
        district.more(10, 1)
        kill(district)
        district.topology.postgres.start()
        district.more(10, 1)
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


def test_a_slow_transaction_at_a_low_position_hides_nothing(district: District) -> None:
    """Given a process of intake that took positions and does not commit, what another one stores after them waits, and no event of either is skipped."""
    another = district.topology.another("intake")
    try:
        with district.working(), ThreadPoolExecutor(1) as pool:
            district.more(5)
            with held(district, "intake", "LOCK TABLE applications IN SHARE ROW EXCLUSIVE MODE"):
                district.eventually(lambda: waits(district, "intake"), "a transaction took its positions and stands")
                taken, seen = (district.number("intake", query) for query in ("SELECT last_value FROM events_position_seq", "SELECT max(position) FROM events"))
                assert taken > seen, "SAFETY: what is not committed is not seen"
                later = pool.submit(district.at(another).registered, "lisi", COMPANY)
                # The relay looks for news meanwhile.
                time.sleep(3 * POLL_SECONDS)
                assert not later.done(), "SAFETY: nobody stores a higher position while a lower one is open"
                assert max(district.stored("intake"), district.marked("intake")) == seen, "SAFETY: nobody reads past it"
            later.result()
            district.more(5)
    finally:
        another.kill()
    district.check()
