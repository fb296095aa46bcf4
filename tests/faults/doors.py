"""What intake heard at its doors and could not take, and the operator who puts it aside."""

import asyncio
from collections import Counter

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.envelope import LANES
from tests.faults.district import District

KIOSK = "kiosk1"


def is_heard(district: District, door: str) -> bool:
    """Say whether intake told the broker that it has everything that was written to a door."""
    return asyncio.run(_is_heard(district.topology.kafka.address, door))


async def _is_heard(address: str, door: str) -> bool:
    lanes = [TopicPartition(f"onewindow.{door}", lane) for lane in range(LANES)]
    async with AIOKafkaConsumer(bootstrap_servers=address, group_id=f"onewindow-intake-{door}", enable_auto_commit=False) as consumer:
        consumer.assign(lanes)
        ends = await consumer.end_offsets(lanes)
        return all([(await consumer.committed(lane) or 0) == end for lane, end in ends.items()])


def letters(district: District) -> Counter[str]:
    """Give how many letters wait for an operator, by the door."""
    return Counter(str(row["door"]) for row in _waiting(district))


def put_aside(district: District) -> None:
    """Let the operator deal with every letter that waits."""
    for letter in _waiting(district):
        form = {"data": {"note": "演练"}, "headers": {"Accept": "text/html"}}
        answer = district.call("admin", "POST", f"/intake/letters/{letter['id']}/aside", **form)
        assert answer.status_code == 303, answer.text


def _waiting(district: District) -> list[dict[str, object]]:
    return [row for row in district.rows("intake", "dead_letters") if row["replayed"] is None]
