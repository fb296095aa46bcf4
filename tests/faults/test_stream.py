"""The workers of supervision share what they do: one leads and is seen to, and each minute's flow is whole, whoever counted it."""

import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.faults.district import District

pytestmark = [pytest.mark.connected, pytest.mark.slow]
RECEIVED = "gov.onewindow.intake.application-received.v1"
LONGEST_COUNT = 150.0


def sweepers(district: District) -> list[str]:
    """Give the workers that say that they sweep the deadlines."""
    shown = {name: district.figures(name, "onewindow_progress_age_seconds") for name in district.topology.workers}
    return [name for name, parts in shown.items() if "timers-supervision" in {labels["part"] for labels, _ in parts}]


def test_a_worker_that_leads_no_more_does_not_look_as_if_it_hung(district: District) -> None:
    """Given a leader that is frozen until another leads and then thawed, one of them sweeps, and the other is not said to hang."""
    district.eventually(lambda: len(sweepers(district)) == 1, "one worker leads")
    (first,) = sweepers(district)
    (other,) = set(district.topology.workers) - {first}
    with district.topology.services[first].frozen():
        district.eventually(lambda: other in sweepers(district), "the other leads")
    district.eventually(lambda: len(sweepers(district)) == 1, "one worker leads, and none looks as if it hung")


def shown(district: District) -> float:
    """Give how many applications were received in the last minute, as the workers counted them together."""
    counted = [one for name in district.topology.workers for one in district.figures(name, "onewindow_flow_events")]
    return sum(number for labels, number in counted if labels["type"] == RECEIVED)


def stored(district: District) -> Counter[str]:
    """Give how many applications intake recorded in each minute."""
    return Counter(datetime.fromtimestamp(row["received"] / 1_000_000, UTC).strftime("%H:%M") for row in district.rows("intake", "applications"))


def test_the_flow_of_a_minute_is_whole_though_a_worker_died_in_it(district: District) -> None:
    """Given a worker that is killed in the middle of a minute, those that live show all that was received in it: its part comes from the table."""
    with district.working():
        while not 10 <= int(time.strftime("%S")) < 30:
            time.sleep(0.5)
        minute = time.strftime("%H:%M", time.gmtime())
        district.more()
        district.topology.services["stream1"].kill()
        district.more()
    district.eventually(lambda: time.strftime("%H:%M", time.gmtime()) != minute, "the minute is over", LONGEST_COUNT)
    assert stored(district)[minute] >= 10
    district.eventually(lambda: shown(district) == stored(district)[minute], "the flow of the minute is whole", LONGEST_COUNT)
