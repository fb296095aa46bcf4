"""Killed at an exact moment: between commit and publish, after publish before the mark, in the middle of a batch; a lock or a frozen broker holds it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from services.chassis.kafka.topics import last_positions
from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]


@contextmanager
def held(district: District, service: str, table: str) -> Iterator[None]:
    """Let nobody write to a table of a service; everybody reads on."""
    with district.engine(service).connect() as connection:
        connection.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
        yield
        connection.rollback()


def waits(district: District, service: str) -> bool:
    """Say whether a transaction of a service stands before a lock."""
    query = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE datname = current_database() AND NOT granted"
    with district.engine(service).connect() as connection:
        return bool(connection.execute(text(query)).scalar())


def stored(district: District) -> int:
    """Give intake's newest position."""
    with district.engine("intake").connect() as connection:
        return int(connection.execute(text("SELECT max(position) FROM events")).scalar() or 0)


def marked(district: District) -> int:
    """Give how far intake's relay says that it said everything."""
    return next(int(row["position"]) for row in district.rows("intake", "tracking") if row["name"] == "relay")


def said(district: District) -> int:
    """Give the newest position that the broker has of intake."""
    return max(asyncio.run(last_positions(district.topology.kafka.address, "onewindow.intake")).values())


def test_killed_between_commit_and_publish(district: District) -> None:
    """Given a broker that answers nobody, an application is acknowledged and intake killed before it could say so; it says so at its return."""
    district.check([district.submitted("before")])
    broker = district.topology.kafka.process
    broker.freeze()
    try:
        application = district.submitted("between")
        assert stored(district) > marked(district)
        district.topology.services["intake"].kill()
    finally:
        broker.thaw()
    district.topology.start_services("intake")
    district.check([application])


def test_killed_after_publish_before_the_mark(district: District) -> None:
    """Given an event that the broker has, and a relay killed before it could note that, it is said twice and heard once."""
    district.check([district.submitted("before-the-mark")])
    with held(district, "intake", "tracking"):
        application = district.submitted("after")
        district.eventually(lambda: said(district) >= stored(district), "the broker has it")
        assert marked(district) < stored(district)
        district.topology.services["intake"].kill()
    district.topology.start_services("intake")
    district.check([application])


def test_killed_in_the_middle_of_a_batch(district: District) -> None:
    """Given a batch whose events are inserted and whose views are not yet, both workers are killed; the batch is heard as a whole at their return."""
    district.check([district.submitted("before-the-batch")])
    with held(district, "supervision", "cases"):
        applications = [district.submitted(f"batch-{number}") for number in range(10)]
        district.eventually(lambda: waits(district, "supervision"), "a batch is under way")
        for name in ("stream1", "stream2"):
            district.topology.services[name].kill()
    district.topology.start_services("stream1", "stream2")
    district.check(applications)
