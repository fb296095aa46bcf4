"""A killed process loses nothing that was acknowledged, and nothing happens twice (safety); what waits is done soon after (liveness)."""

import time

import pytest

from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]


def test_a_case_walks_through_all_processes(district: District) -> None:
    """Given every service in a process of its own, an application becomes a case, is signed and decided, and its certificate is made."""
    case = district.accepted()
    district.decided(case)
    district.eventually(lambda: any(str(row["case_id"]) == case for row in district.rows("certificates", "results")), "a certificate is made")
    district.eventually(lambda: _state(district, case) == "DECIDED", "supervision knows the decision")
    district.check([case])


def _state(district: District, case: str) -> str:
    return next(str(row["state"]) for row in district.rows("supervision", "cases") if str(row["id"]) == case)


@pytest.mark.parametrize("name", ["intake", "workflow", "stream1", "notification", "certificates", "supervision"])
def test_a_service_killed_while_it_works(district: District, name: str) -> None:
    """Given applications that keep coming in, a SIGKILL of a service in the middle and its restart lose and double nothing."""
    with district.applying() as acknowledged:
        district.topology.services[name].kill()
        time.sleep(1)
        district.topology.start_services(name)
        district.more(acknowledged)
    district.check(acknowledged)


def test_a_worker_that_hangs_loses_its_lanes_to_the_other(district: District) -> None:
    """Given a worker of supervision that is frozen with its connections open, the other hears its lanes in under 15 seconds; thawed, it does no harm."""
    with district.applying() as acknowledged:
        district.topology.services["stream1"].freeze()
        frozen = time.monotonic()
        district.more(acknowledged, 20)
        known = list(acknowledged)
        district.eventually(lambda: _supervised(district) >= set(known), "the other worker hears all lanes", 15 - (time.monotonic() - frozen) + 5)
        district.topology.services["stream1"].thaw()
        district.more(acknowledged)
    district.check(acknowledged)


def _supervised(district: District) -> set[str]:
    return {str(row["id"]) for row in district.rows("supervision", "cases")}


def test_workers_that_come_and_go(district: District) -> None:
    """Given a worker of supervision that is killed and started again and again, what is heard is heard once."""
    with district.applying() as acknowledged:
        for name in ("stream1", "stream2", "stream1"):
            district.topology.services[name].kill()
            time.sleep(2)
            district.topology.start_services(name)
            time.sleep(2)
    district.check(acknowledged)


def test_two_relays_do_no_harm(district: District) -> None:
    """Given a second process of intake, its relay waits for the first to die and takes over; nothing is said out of order."""
    second = district.topology.another("intake")
    try:
        with district.applying() as acknowledged:
            district.topology.services["intake"].kill()
            before = _relayed(district)
            district.eventually(lambda: _relayed(district) >= before, "the second relay takes over")
            district.topology.start_services("intake")
            district.more(acknowledged)
        district.check(acknowledged)
    finally:
        second.stop()


def _relayed(district: District) -> int:
    return next(int(row["position"]) for row in district.rows("intake", "tracking") if row["name"] == "relay")
