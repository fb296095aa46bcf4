"""The database's disk is full: what cannot be stored is refused; or the broker's: it waits. What was acknowledged stays, and with room again all goes on."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from services.console.local.postgres import USER
from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]
FILLING = "INSERT INTO events (originator_id, originator_version, topic, state) SELECT gen_random_uuid(), 1, 'x', repeat('x', 1000)::bytea"


@contextmanager
def full(district: District) -> Iterator[None]:
    """Let no file of the database server grow beyond the log of intake, as on a full disk: for the log itself there is no room any more."""
    with district.topology.postgres.connection("intake") as connection:
        # Beyond the size of the write-ahead log's files, which is set at the beginning.
        connection.execute("ALTER TABLE events SET (autovacuum_enabled = off)")
        with connection.transaction(force_rollback=True):
            connection.execute(f"{FILLING} FROM generate_series(1, 2000)")
        connection.execute("CHECKPOINT")
        (size,) = connection.execute("SELECT pg_relation_size('events')").fetchone() or (0,)
        _limit(district, str(size))
        try:
            yield
        finally:
            _limit(district, "unlimited")
            connection.execute("ALTER TABLE events RESET (autovacuum_enabled)")


def _limit(district: District, size: str) -> None:
    """Limit the size of files for the server and everyone whom it started; its children to come inherit that."""
    postgres = district.topology.postgres
    with postgres.connection() as connection:
        processes = [postgres.process.id, *(pid for (pid,) in connection.execute("SELECT pid FROM pg_stat_activity"))]
    # As the server's own user, who may.
    limit_files(size, *processes, user=USER if os.geteuid() == 0 else None)


def limit_files(size: str, *processes: int, user: str | None = None) -> None:
    """Let processes write no file beyond a size: for them, there is no more room. One that ended meanwhile needs no limit."""
    for process in processes:
        done = subprocess.run(["prlimit", f"--pid={process}", f"--fsize={size}:"], capture_output=True, text=True, check=False, user=user)  # noqa: S603, S607
        assert done.returncode == 0 or "No such process" in done.stderr, done.stderr


def refused(district: District) -> bool:
    """Say whether an application is refused; it must be told so, and then is nowhere."""
    try:
        district.clients.apply(f"full-{uuid4()}")
    except AssertionError:
        return True
    return False


def test_the_databases_disk_is_full(district: District) -> None:
    """Given a database that can store no more events, commands are refused and leave nothing; with room again, nothing acknowledged is lost."""
    with district.working():
        district.more()
        with full(district):
            district.eventually(lambda: refused(district), "an application is refused")
            assert refused(district)
        district.more()
    district.check()


def test_the_brokers_disk_is_full(district: District) -> None:
    """Given a broker that can write no more, and gives up, applications are acknowledged as before; started again with room, it is told everything."""
    kafka = district.topology.kafka
    with district.working():
        district.more()
        lanes = (district.topology.folder / "kafka" / "log").glob("onewindow.intake-*/*.log")
        limit_files(str(max(lane.stat().st_size for lane in lanes)), kafka.process.id)
        district.eventually(lambda: not kafka.process.alive(), "the broker gives up")
        district.more(30)
        assert district.marked("intake") < district.stored("intake"), "nothing of it is taken for said"
        kafka.start()
    district.check()
