"""What falls due is seen by supervision's workers whatever happens to them: no warning is lost or doubled, and each bears its lawful moment."""

import random
from collections import Counter
from datetime import date, datetime, time, timedelta
from functools import cache
from math import inf
from time import sleep

import pytest

from services.chassis.storage.database import EPOCH
from services.kernel.calendar import SHANGHAI
from services.notification.domain.gathering import PastCard, past_card_id
from tests.faults.district import District
from tests.faults.overdue import overdue
from tests.faults.safety import same

pytestmark = [pytest.mark.connected, pytest.mark.slow]
WORKERS = ("stream1", "stream2")
SWEEPS_EVERY = 10.0
"""A worker whose last sweep is older does not sweep: the leader does so each second."""


def warnings_of(district: District, cases: list[str]) -> list[tuple[str, ...]]:
    """Give every light and card of some cases: what it is, and when it was lawfully raised."""
    lasting, dated = ("case_id", "rule", "clock", "level", "stands", "state"), ("day", "due", "raised")
    # A card for lateness is dated by the moment at which the report came in.
    return [
        tuple(str(row[name]) for name in (lasting if row["rule"] == "SUP-Y10" else lasting + dated))
        for row in district.rows("supervision", "warnings")
        if str(row["case_id"]) in cases
    ]


def sweepers(district: District) -> list[str]:
    """Give the workers that swept the deadlines just now."""
    return [name for name in WORKERS if _age(district, name) < SWEEPS_EVERY]


def _age(district: District, name: str) -> float:
    shown = district.figures(name, "onewindow_progress_age_seconds")
    return min((age for labels, age in shown if labels["part"] == "timers-supervision"), default=inf)


@cache
def _expected(district: District) -> tuple[tuple[str, ...], ...]:
    """Give the lights and cards of one overdue case that is reported while nothing is wrong, without its id."""
    (case,) = overdue(district, 1)
    district.settle()
    return tuple(sorted(row[1:] for row in warnings_of(district, [case])))


def check_warned(district: District, cases: list[str]) -> None:
    """Given overdue cases, each has the lights and cards that it has where nothing is wrong, and its leader is told of each once."""
    district.check()
    expected = _expected(district)
    same("each case has its lights and cards", warnings_of(district, cases), [(case, *one) for case in cases for one in expected])
    leader = "LEADER@housing"
    told = Counter((str(row["case_id"]), row["event"]) for row in district.rows("notification", "messages") if row["mailbox"] == leader)
    assert set(told.values()) <= {1}, "SAFETY, doubled: the leader is told once"
    warnings = [row for row in district.rows("supervision", "warnings") if str(row["case_id"]) in cases]
    # A light of weeks ago reminds nobody, and a card of then is gathered for the morning (ADR 0023).
    reached = [case for case, _ in told if case in cases] + [str(row["case_id"]) for row in warnings if row["level"] == "LIGHT"]
    with district.opened("notification") as (notification,):
        for row in warnings:
            gathered = [event for event in notification.events.get(past_card_id(str(row["id"]))) if isinstance(event, PastCard.Issued)]
            reached += [str(row["case_id"]) for event in gathered if leader in event.recipients]
    same("the leader is told of each card", reached, [case for case in cases for _ in expected])


def test_each_warning_bears_its_lawful_moment(district: District) -> None:
    """Given a case reported forty days late, its red cards were raised at the end of the lawful day, whenever the deadlines were swept (CLK-05)."""
    (case,) = overdue(district, 1)
    check_warned(district, [case])
    clocks = district.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["clocks"]
    reds = {row["clock"]: row for row in district.rows("supervision", "warnings") if str(row["case_id"]) == case and row["rule"] == "SUP-R01"}
    assert set(reds) == {"promised", "statutory"}
    for name, red in reds.items():
        midnight = datetime.combine(date.fromisoformat(clocks[name]["due"]) + timedelta(days=1), time(), SHANGHAI)
        assert EPOCH + timedelta(microseconds=red["raised"]) == midnight


def test_one_worker_sweeps(district: District, chance: random.Random) -> None:
    """Given two workers, one sweeps the deadlines; where it is killed the other does, and what fell due meanwhile is seen."""
    district.eventually(lambda: len(sweepers(district)) == 1, "one worker sweeps")
    (leader,) = sweepers(district)
    (other,) = set(WORKERS) - {leader}
    cases = overdue(district, 3)
    sleep(chance.uniform(0, 1))
    district.topology.services[leader].kill()
    cases += overdue(district, 3)
    district.eventually(lambda: sweepers(district) == [other], "the other sweeps")
    check_warned(district, cases)
    district.topology.start_services(leader)
    district.eventually(lambda: len(sweepers(district)) == 1, "one worker sweeps")


def test_both_are_down_while_deadlines_pass(district: District, chance: random.Random) -> None:
    """Given deadlines that pass while no worker runs, the first that is back sees them all, each as of its true time."""
    for name in WORKERS:
        district.topology.services[name].kill()
    cases = overdue(district, 5)
    district.topology.start_services(chance.choice(WORKERS))
    check_warned(district, cases)


def test_the_sweeping_worker_hangs(district: District) -> None:
    """Given a worker that is frozen while it sweeps, the other takes over; thawed with its work half done, it doubles nothing."""
    district.eventually(lambda: len(sweepers(district)) == 1, "one worker sweeps")
    (leader,) = sweepers(district)
    (other,) = set(WORKERS) - {leader}
    cases = overdue(district, 10)
    with district.topology.services[leader].frozen():
        cases += overdue(district, 3)
        district.eventually(lambda: sweepers(district) == [other], "the other sweeps")
        cases += overdue(district, 3)
        district.settle()
    check_warned(district, cases)


def test_workers_come_and_go_while_deadlines_pass(district: District, chance: random.Random) -> None:
    """Given workers that are killed and started again every few seconds while deadlines pass, no warning is lost or doubled."""
    cases = []
    for _ in range(3):
        name = chance.choice(WORKERS)
        cases += overdue(district, 3)
        sleep(chance.uniform(0, 2))
        district.topology.services[name].kill()
        cases += overdue(district, 3)
        sleep(chance.uniform(0, 3))
        district.topology.start_services(name)
    check_warned(district, cases)
