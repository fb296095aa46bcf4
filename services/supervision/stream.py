"""Supervision as a Faust app: workers share the lanes, the leader sweeps the deadlines, each minute's flow lives in a table rebuilt from its changelog."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import faust
from faust.types import StreamT
from mode import Service as Component
from prometheus_client import Gauge

from contracts import envelope as wire
from contracts.envelope import LANES, Malformed
from services.chassis.kafka.listener import Listener
from services.chassis.timers import Timers

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
KEPT = timedelta(hours=2)
MOST_AT_ONCE = 1000
LONGEST_WAIT = 0.5
SHOW_SECONDS = 5.0
SESSION_SECONDS = 10.0

FLOW = "onewindow_flow_events"
_flow = Gauge(FLOW, "public events heard in the minute that ended last, as the workers of supervision counted them", ["type"])


def create_stream(listener: Listener, timers: Timers, *, address: str, prefix: str, topics: Sequence[str], replicas: int = 1) -> faust.App:
    """Give the Faust app of one worker. `topics` are those whose flow is counted."""
    app = faust.App(
        f"{prefix}-supervision-stream",
        broker=f"kafka://{address}",
        store="memory://",
        topic_partitions=LANES,
        topic_replication_factor=replicas,
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=1.0,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        web_enabled=False,
    )
    _hear(app, listener)
    _sweep_as_leader(app, timers)
    _count_flow(app, topics)
    return app


def _hear(app: faust.App, listener: Listener) -> None:
    @app.service
    class Hearing(Component):
        """Hears below Faust's own streams, hundreds of events a transaction, as a part of the worker (ADR 0006)."""

        async def on_start(self) -> None:
            await listener.start()

        async def on_stop(self) -> None:
            await listener.stop()


def _sweep_as_leader(app: faust.App, timers: Timers) -> None:
    @app.timer(interval=SWEEP_SECONDS, on_leader=True)  # type: ignore[untyped-decorator]
    async def sweep() -> None:
        try:
            await asyncio.to_thread(timers.sweep)
        except Exception:
            # A timer that raises would never fire again, in a worker that looks alive.
            logger.exception("the deadlines are swept again")


def _count_flow(app: faust.App, topics: Sequence[str]) -> None:
    # Faust's own windows need the event at hand, and a batch has none: the minute is part of the key. A batch spans
    # partitions, too: a count is kept by its key, not by the partition of an event.
    flow = app.Table("flow", default=int, use_partitioner=True)
    heard = app.topic(*topics, value_serializer="raw", value_type=bytes)

    @app.agent(heard)
    async def count(stream: StreamT[bytes]) -> None:
        async for batch in stream.take(MOST_AT_ONCE, within=LONGEST_WAIT):
            for key, number in Counter(_keys(batch)).items():
                flow[key] += number

    @app.timer(interval=SHOW_SECONDS)  # type: ignore[untyped-decorator]
    async def show() -> None:
        now = datetime.now(UTC)
        last, oldest = _minute(now - timedelta(minutes=1)), _minute(now - KEPT)
        for key, number in list(flow.items()):
            minute, _, kind = key.partition(" ")
            if minute == last:
                _flow.labels(kind).set(number)
            elif minute < oldest:
                flow.pop(key)


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def _keys(batch: Sequence[Any]) -> list[str]:
    keys = []
    for body in batch:
        try:
            envelope = wire.from_bytes(body)
        except Malformed:
            # The inbox keeps it as a dead letter; here it is nothing to count.
            continue
        keys.append(f"{_minute(envelope.recorded)} {envelope.type}")
    return keys
