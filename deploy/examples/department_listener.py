"""A department's own system hears from its topic what concerns it: with aiokafka, whose API every Kafka client has in its own words.

python department_listener.py onewindow.example.gov:9094 housing-system housing-system.password housing

It prints each event once, in a line, with the id of the report that it answers, if any; it goes on where it had stopped, until it is stopped.
See docs/integration.md.
"""

import asyncio
import json
import sys
from pathlib import Path

from aiokafka import AIOKafkaConsumer


async def main(broker: str, name: str, password: str, department: str) -> None:
    """Hear for ever."""
    topic = f"onewindow.for-{department}"
    consumer = AIOKafkaConsumer(
        topic,
        group_id=topic,
        bootstrap_servers=broker,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=name,
        sasl_plain_password=password,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    # A real system keeps these with what it stores, in one transaction.
    known: set[str] = set()
    await consumer.start()
    try:
        async for message in consumer:
            event = json.loads(message.value)
            if event["id"] not in known:
                known.add(event["id"])
                print(event["id"], event["type"], event["subject"], event["data"].get("report", ""), flush=True)
            await consumer.commit()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    at, who, file, code = sys.argv[1:]
    asyncio.run(main(at, who, Path(file).read_text(encoding="utf-8"), code))
