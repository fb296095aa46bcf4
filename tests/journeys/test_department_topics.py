"""A department hears from a topic of its own what its feed says, and nobody else can read that (EXC-01, SEC-02)."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError
from typer.testing import CliRunner

from services.chassis.bus.senders import Senders
from tests.journeys.department import reported, way
from tests.journeys.hearing import AFTERWARDS, HOUSING, MARKET, Departments, reviewed, system_of
from tests.patience import PATIENCE
from tests.real_parts import RealParts
from tests.world import World

pytestmark = pytest.mark.connected


@pytest.fixture(name="connection")
def _connection(connected: dict[str, str]) -> dict[str, str]:
    return connected


@pytest.fixture(name="departments")
def _departments(world: World, run: CliRunner, tmp_path: Path, parts: RealParts, connection: dict[str, str]) -> Departments:
    return Departments(world, run, tmp_path, parts, connection["topics"])


def lag(departments: Departments, service: str, department: str) -> tuple[str, str]:
    """Give how many events wait for a department, and how long, as Prometheus is told."""
    lines = httpx.get(f"{departments.world.address}/metrics", timeout=PATIENCE).text.splitlines()
    told = f'{{department="{department}",service="{service}"}} '
    events, seconds = (next(line for line in lines if line.startswith(f"onewindow_department_lag_{unit}{told}")) for unit in ("events", "seconds"))
    return events.partition(told)[2], seconds.partition(told)[2]


def test_a_topic_holds_what_the_feed_gives_and_nothing_else(departments: Departments) -> None:
    """Given cases of two departments, each hears in its topic byte for byte what its feeds give, in their order, and none of the other's."""
    departments.admit(HOUSING, MARKET)
    departments.two_cases()
    said = {one: departments.heard(one) for one in (HOUSING, MARKET)}
    subjects = {one: {msgspec.json.decode(body)["subject"] for bodies in said[one].values() for body in bodies} for one in said}
    assert len(subjects[HOUSING]) == len(subjects[MARKET]) == 1
    assert subjects[HOUSING] != subjects[MARKET]
    assert said[MARKET].keys() >= {"intake", "workflow", "certificates"}
    assert said == {one: departments.fed(one) for one in (HOUSING, MARKET)}


def test_who_is_consulted_in_a_joint_review_hears_of_it(departments: Departments) -> None:
    """Given a joint review of planning in which housing is asked, and not the market, housing hears of it in its topic as in its feed (EXC-01, FLW-04)."""
    departments.admit(HOUSING, MARKET)
    case = reviewed(departments.world)
    said = departments.heard(HOUSING)
    assert {msgspec.json.decode(body)["subject"] for body in said["workflow"]} == {case}
    assert said == departments.fed(HOUSING)
    assert departments.heard(MARKET) == departments.fed(MARKET) == {}


def test_a_group_goes_on_where_it_stopped(departments: Departments) -> None:
    """Given a system that heard everything and comes back later, it hears what was said since, and nothing of before."""
    departments.admit(HOUSING)
    departments.world.advance(AFTERWARDS)
    for number in ("2026-0001", "2026-0002"):
        reported(departments.world, *way(number))
        told = [msgspec.json.decode(body)["data"]["number"] for body in departments.heard(HOUSING)["intake"]]
        assert told == [number] * len(way())


def test_nobody_reads_the_topic_of_another(departments: Departments) -> None:
    """Given two departments, neither reads the other's topic, nor its own in a group of another's, and neither writes there."""
    departments.admit(HOUSING, MARKET)
    departments.two_cases()
    housing = system_of(HOUSING)
    with pytest.raises(TopicAuthorizationFailedError):
        departments.heard(MARKET, by=housing, group=departments.topic(HOUSING))
    for group in (departments.topic(MARKET), departments.topic("housing-two"), departments.topic("x").replace(".for-x", "-workflow")):
        with pytest.raises(GroupAuthorizationFailedError):
            departments.heard(HOUSING, group=group)
    with pytest.raises(TopicAuthorizationFailedError):
        asyncio.run(_say(departments.topic(HOUSING), departments.access[housing]))
    assert departments.heard(HOUSING, group=f"{departments.topic(HOUSING)}.archive") == departments.fed(HOUSING)


async def _say(topic: str, how: dict[str, Any]) -> None:
    producer = AIOKafkaProducer(**how)
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"{}")
    finally:
        await producer.stop()


def test_who_is_admitted_for_another_department_or_withdrawn_loses_what_was_allowed(departments: Departments, tmp_path: Path) -> None:
    """Given a system that moves to another department, it reads that one's topic alone; once withdrawn it reads nothing, and nobody is told for it."""
    departments.admit(HOUSING, MARKET)
    departments.two_cases()
    housing = system_of(HOUSING)
    departments.admit_as(housing, "--subject", "s-1", "--role", "DEPARTMENT", "--department", MARKET)
    assert departments.heard(MARKET, by=housing) == departments.fed(MARKET)
    with pytest.raises(TopicAuthorizationFailedError):
        departments.heard(HOUSING, group=departments.topic(MARKET))
    assert Senders(tmp_path / "senders").hearing() == {MARKET}
    for name in (housing, system_of(MARKET)):
        assert departments.command("sender", name, "--withdraw").exit_code == 0
        with pytest.raises(KafkaError):
            departments.heard(MARKET, by=name)
    assert Senders(tmp_path / "senders").hearing() == set()


def test_who_comes_late_hears_everything(departments: Departments) -> None:
    """Given a case that went its whole way before its department was admitted, it hears of it from the beginning; until then, that it waits is told."""
    departments.two_cases()
    departments.admit(MARKET)
    stored = departments.world.window.services["intake"].recorder.max_notification_id()
    waiting, seconds = lag(departments, "intake", MARKET)
    assert waiting == f"{stored}.0"
    assert float(seconds) > 0
    departments.world.settle()
    assert lag(departments, "intake", MARKET) == ("0.0", "0.0")
    everything = departments.heard(MARKET)
    assert everything == departments.fed(MARKET)
    assert everything.keys() >= {"intake", "workflow", "certificates"}


def test_an_operator_lets_it_be_said_again(departments: Departments) -> None:
    """Given `onewindow relay --from 0 --department`, that department alone is told everything of the service anew; who was not admitted is refused."""
    departments.admit(HOUSING, MARKET)
    departments.two_cases()
    before = {one: departments.heard(one) for one in (HOUSING, MARKET)}
    done = departments.command("relay", "intake", "--from", "0", "--department", MARKET)
    assert done.exit_code == 0, done.output
    assert departments.heard(MARKET) == {"intake": before[MARKET]["intake"]}
    assert departments.heard(HOUSING) == {}
    assert departments.command("relay", "intake", "--from", "0", "--department", "planning").exit_code == 1


def test_a_name_that_makes_no_topic_is_refused(departments: Departments, tmp_path: Path) -> None:
    """Given a department whose code has a dot, its groups could be another's: it is not admitted, and gets no password."""
    password = tmp_path / "password"
    options = ["--subject", "s-1", "--role", "DEPARTMENT", "--department", f"{HOUSING}.two", "--password", str(password)]
    done = departments.command("sender", "two-system", str(tmp_path / "key.pem"), *options)
    assert done.exit_code == 1
    assert "housing.two" in done.output
    assert not password.exists()
    assert Senders(tmp_path / "senders").hearing() == set()
