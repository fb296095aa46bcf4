"""A department's own system reports over the bus: with aiokafka and joserfc, for which every language has libraries of its own.

python department_sender.py onewindow.example.gov:9094 housing-system housing-system.pem housing-system.password < events.jsonl

It signs each line, which is a CloudEvent, sends it, and prints its id once the bus has it for good; whatever was not printed is sent again.
What came of it is heard by department_listener.py: step-reported or report-refused, each with that id. See docs/integration.md.
"""

import asyncio
import json
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer
from joserfc import jws
from joserfc.jwk import ECKey


async def main(broker: str, name: str, key: ECKey, password: str) -> None:
    """Send what comes in."""
    producer = AIOKafkaProducer(
        bootstrap_servers=broker,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=name,
        sasl_plain_password=password,
        enable_idempotence=True,
    )
    await producer.start()
    try:
        for line in sys.stdin:
            event = json.loads(line)
            signed = jws.serialize_compact({"alg": "ES256", "kid": name}, line.strip(), key)
            await producer.send_and_wait("onewindow.departments", signed.encode(), key=event["subject"].encode())
            print(event["id"], flush=True)
    finally:
        await producer.stop()


if __name__ == "__main__":
    at, who, key_file, password_file = sys.argv[1:]
    private = ECKey.import_key(Path(key_file).read_text(encoding="utf-8"))
    asyncio.run(main(at, who, private, Path(password_file).read_text(encoding="utf-8")))
