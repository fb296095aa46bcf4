"""The clocks of machines are a day apart: work goes on meanwhile, and when they are right again, everything is as it would have been."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.envelope import LANES, lane_of
from tests.faults.clocks import clocks_apart
from tests.faults.district import District
from tests.faults.overdue import overdue
from tests.faults.test_warnings import check_warned

pytestmark = [pytest.mark.connected, pytest.mark.slow]
DAY = timedelta(days=1)
COUNTS = "onewindow-supervision-stream-flow-changelog"
AHEAD = {"stream1": DAY, "certificates": DAY, "stream2": -DAY}
"""Two workers of one service, with all other machines in the middle between them; and one who has something to say."""


def told(district: District) -> set[str]:
    """Give the cases whose applicants were told that their certificate can be fetched."""
    return {str(row["case_id"]) for row in district.rows("notification", "messages") if row["template"] == "pickup-notice-issued"}


def counted(district: District) -> dict[int, int]:
    """Give how far each lane of the table is written from which the workers of supervision have their counts again."""

    async def ends() -> dict[int, int]:
        consumer = AIOKafkaConsumer(bootstrap_servers=district.topology.kafka.address)
        await consumer.start()
        try:
            found = await consumer.end_offsets([TopicPartition(COUNTS, lane) for lane in range(LANES)])
        finally:
            await consumer.stop()
        return {lane.partition: end for lane, end in found.items()}

    return asyncio.run(ends())


def test_clocks_of_machines_a_day_apart(district: District) -> None:
    """Given processes on machines a day ahead and a day behind, cases go their way from one to the other; with the clocks right, nothing shows of it."""
    clients = district.clients
    with clocks_apart(district, AHEAD):
        with district.working():
            district.more(10, 3)
        decided = clients.ledger.decided
        district.eventually(lambda: told(district) >= decided, "what was said a day ahead is heard")
        district.eventually(lambda: district.supervised() >= clients.ledger.applications, "supervision hears all")
        before = counted(district)
        lanes = {lane_of(UUID(clients.apply(f"apart-{number}"))) for number in range(LANES)}
        district.eventually(lambda: lanes <= {lane for lane, end in counted(district).items() if end > before[lane]}, "what both workers count is kept")
        cases = overdue(district, 3)
        district.eventually(lambda: {str(row["case_id"]) for row in district.rows("supervision", "warnings")} >= set(cases), "overdue cases are seen")
    check_warned(district, cases)
