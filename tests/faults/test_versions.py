"""One service is renewed before the others: what they cannot read yet waits in its lane, seen by everybody, and is read when they are renewed."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import msgspec
import pytest

from contracts.envelope import lane_of
from tests.faults.district import HEARS, District
from tests.faults.newer import NEWER, RECEIVED
from tests.faults.saying import in_other_words

pytestmark = [pytest.mark.connected, pytest.mark.slow]
HEARING = ("workflow", "certificates", "notification", "stream1", "stream2")
"""The processes that hear intake."""


def newer(body: bytes) -> bytes:
    """Give what a renewed intake says of an application it received; of everything else it says what it always did."""
    event = msgspec.json.decode(body)
    if event["type"] != f"{RECEIVED}.v1":
        return body
    return msgspec.json.encode({**event, "type": NEWER, "data": {**event["data"], "desk": "3"}})


def halted(district: District) -> dict[str, float]:
    """Give how many lanes of intake's wait for a newer program, by the service that cannot hear them."""
    found: dict[str, float] = {}
    for process in HEARING:
        for labels, lanes in district.figures(process, "onewindow_inbox_halted"):
            if lanes:
                found[labels["service"]] = found.get(labels["service"], 0) + lanes
    return found


def in_lane(district: District, lane: int, *, other: bool = False) -> str:
    """Apply until an application is in a lane, or in any other, and give it."""
    while True:
        application = district.clients.apply(str(uuid4()))
        if (lane_of(UUID(application)) == lane) is not other:
            return application


@contextmanager
def renewed_in_the_end(district: District) -> Iterator[None]:
    """Let those who hear intake run a newer program after this, for good: nobody goes back."""
    try:
        yield
    finally:
        for name in HEARING:
            process = district.topology.services[name]
            process.stop()
            process.command[process.command.index("services.console.cli")] = "tests.faults.newer"
        district.topology.start_services(*HEARING)


def test_a_newer_version_halts_its_lane_until_the_program_is_renewed(district: District) -> None:
    """Given an event in a version that nobody knows, its lane alone waits, each service that hears it says so, and renewed they hear all that waited."""
    clients = district.clients
    hearers = {name for name, hears in HEARS.items() if "intake" in hears}
    with renewed_in_the_end(district):
        with in_other_words(district, "intake", newer):
            first = clients.apply(str(uuid4()))
        lane = lane_of(UUID(first))
        district.eventually(lambda: halted(district) == dict.fromkeys(hearers, 1), "everybody who hears it says that a lane waits for a newer program")
        behind = clients.accept(in_lane(district, lane))
        other = clients.accept(in_lane(district, lane, other=True))
        clients.until_answered(lambda: clients.decide(other), lambda: False)
        district.eventually(lambda: other in {str(row["case_id"]) for row in district.rows("certificates", "results")}, "another case goes its way to the end")
        assert not {first, behind} & district.supervised(), "SAFETY: nothing in the lane is heard before what waits there"
        assert halted(district) == dict.fromkeys(hearers, 1), "SAFETY: one lane alone waits, and is not passed over"
        assert district.hanging(*HEARING) == {}, "LIVENESS: who waits does not hang"
    district.check()
    assert halted(district) == {}, "LIVENESS: no lane waits any more"
