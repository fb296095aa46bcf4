"""What is asked again and again is found by an index: lists in each of their orders, and what falls due (CLK-05)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from services.chassis.service import Service
from services.chassis.timers import Timers
from tests.journeys.test_lists import SORTED
from tests.world import World, at, world_at

LISTS = [
    *SORTED,
    ("supervisor1", "/supervision/api/warnings", {"raised": "raised", "rule": "rule", "number": "number"}),
    ("market-head", "/supervision/api/warnings", {"raised": "raised"}),
    ("zhangsan", "/notification/api/messages", {}),
    (None, "/workflow/published", {"published": "", "decided": "", "number": ""}),
    ("market-handler", "/intake/offline", {"registered": "", "approved": "", "number": ""}),
]


@pytest.fixture(name="world", scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory, lasting_connection: dict[str, str]) -> Iterator[World]:
    with world_at(tmp_path_factory.mktemp("district"), at("2026-03-02 09:00"), again=False, **lasting_connection) as world:
        yield world


@contextmanager
def asked(service: Service) -> Iterator[list[tuple[str, Any]]]:
    """Note every question to the database of a service."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, parameters))

    # Of SQLite, both are one.
    engines = {engine.pool: engine for engine in (service.database.reading, service.database.engine)}.values()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield found
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


WHOLE_TABLE = re.compile(r"^SCAN (?!.*INDEX)|Seq Scan")
"""A step that reads a table from end to end, in the words of SQLite or PostgreSQL."""
BY_DUE = re.compile(r"SEARCH timers USING INDEX timers_by_due \(due<\?\)|Index Scan using timers_by_due on timers +Index Cond: \(due <= ")


def plan(service: Service, statement: str, parameters: Any) -> list[str]:
    """Give the steps by which the database answers."""
    with service.database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        # It reads small tables whole, unless it may not where an index serves the question.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", parameters)]


@pytest.mark.parametrize(("username", "path", "orders"), LISTS)
def test_no_list_reads_a_whole_table(world: World, username: str | None, path: str, orders: dict[str, str]) -> None:
    """Given any list in any of its orders, its rows come by an index, in the order of one or from what an index found."""
    service = world.window.services[path.split("/")[1]]
    for sort in [None, *(f"{sign}{name}" for name in orders for sign in ("", "-"))]:
        with asked(service) as statements:
            answer = world.call(username, "GET", path, params={"sort": sort} if sort else {}, headers={"Accept": "*/*"})
        assert answer.is_success
        listed = [one for one in statements if "LIMIT" in one[0]]
        assert listed
        steps = [step for statement, parameters in listed for step in plan(service, statement, parameters)]
        assert [step for step in steps if WHOLE_TABLE.search(step)] == [], (sort, steps)


def test_what_is_not_due_costs_nothing(tmp_path: Path, connection: dict[str, str]) -> None:
    """Given thousands of clocks that run, a sweep finds what is due by an index, and with nothing due it asks once and reads nothing (CLK-05)."""
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        service = world.window.services["supervision"]
        timers = service.database.table("timers")
        later = [{"kind": "look", "subject": uuid4(), "due": world.now() + timedelta(hours=number)} for number in range(1, 5_001)]
        with service.database.engine.begin() as stored:
            stored.execute(timers.insert(), later)
        with asked(service) as statements:
            assert Timers(service, world.now).sweep() == 0
        ((statement, parameters),) = statements
        with service.database.engine.connect() as asking:
            assert asking.exec_driver_sql(statement, parameters).all() == []
        steps = plan(service, statement, parameters)
        assert BY_DUE.search(" ".join(steps)), steps
