"""Something is held fast in a running district: what a service wants to say, or what it wants to write."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import MetaData, text

from services.chassis.bus.relay import POSITION
from services.chassis.storage.database import Database
from services.chassis.storage.leader import TRUSTED_SECONDS, Leader
from tests.faults.district import District


@contextmanager
def silenced(district: District, service: str) -> Iterator[None]:
    """Take the place of a service's relay: what is stored from now on, nobody says."""
    database = Database(district.topology.postgres.url(service), MetaData(), migrates=False)
    leader = Leader(database, POSITION, longest_silence=0)
    holders = "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE datname = current_database()"

    def leads() -> bool:
        with district.engine(service).connect() as connection:
            connection.execute(text(f"{holders} AND locktype = 'advisory' AND granted"))
        return leader.holds()

    try:
        district.eventually(leads, "the relay's place is free")
        # Whoever led is trusted for a moment longer.
        time.sleep(TRUSTED_SECONDS)
        yield
    finally:
        leader.resign()
        database.close()


@contextmanager
def held(district: District, service: str, statement: str) -> Iterator[None]:
    """Keep a lock in a service's database; everybody reads on."""
    with district.engine(service).connect() as connection:
        connection.execute(text(statement))
        yield
        connection.rollback()


def waits(district: District, service: str) -> bool:
    """Say whether a transaction of a service stands before a lock."""
    return bool(district.number(service, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
