"""Supervision as a Faust app: workers share the lanes, the leader sweeps the deadlines, each minute's flow lives in a table rebuilt from its changelog."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Collection, Iterable, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import faust
from faust.types import StreamT
from mode import Service as Component
from prometheus_client import Gauge

from contracts import envelope as wire
from contracts.envelope import LANES, Malformed
from services.chassis.bus.kafka.listener import Listener
from services.chassis.bus.kafka.topics import BY_THE_BROKERS_CLOCK
from services.chassis.timers import Timers

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
KEPT = timedelta(hours=2)
MOST_AT_ONCE = 1000
LONGEST_WAIT = 0.5
SHOW_SECONDS = 5.0
SESSION_SECONDS = 6.0
"""As short as brokers allow: a worker that died or hangs keeps its lanes for so long."""

FLOW = "onewindow_flow_events"
_flow = Gauge(FLOW, "public events heard in the minute that ended last, as the workers of supervision counted them", ["type"])


def create_stream(listener: Listener, timers: Timers, *, address: str, prefix: str, topics: Sequence[str], folder: Path, replicas: int = 1) -> faust.App:
    """Give the Faust app of one worker. `topics` are those whose flow is counted; Faust keeps its own things in the folder."""
    app = faust.App(
        f"{prefix}-supervision-stream",
        broker=f"kafka://{address}",
        store="memory://",
        datadir=folder,
        producer_partitioner=_partition_of,
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
    @app.timer(interval=SWEEP_SECONDS)  # type: ignore[untyped-decorator]
    async def sweep() -> None:
        if not app.is_leader():
            # Whoever led before does not hang: another sweeps.
            timers.round = None
            return
        try:
            await asyncio.to_thread(timers.sweep)
        except Exception:
            # A timer that raises would never fire again, in a worker that looks alive.
            logger.exception("the deadlines are swept again")


def _count_flow(app: faust.App, topics: Sequence[str]) -> None:
    # Faust's own windows need the event at hand, and a batch has none: lane and minute are part of the key.
    flow = app.Table("flow", use_partitioner=True, extra_topic_configs=BY_THE_BROKERS_CLOCK)
    heard = app.topic(*topics, value_serializer="raw", value_type=bytes)

    @app.agent(heard)
    async def count(stream: StreamT[bytes]) -> None:
        async for batch in stream.take(MOST_AT_ONCE, within=LONGEST_WAIT):
            count_batch(flow, batch)

    @app.timer(interval=SHOW_SECONDS)  # type: ignore[untyped-decorator]
    async def show() -> None:
        now = datetime.now(UTC)
        for key in [key for key in flow if _parts(key)[1] < _minute(now - KEPT)]:
            flow.pop(key)
        # What was counted of lanes that others have by now is theirs to show.
        lanes = {one.partition for one in app.consumer.assignment() if one.topic in topics}
        _shown(flow_of(flow, lanes, now - timedelta(minutes=1)))


Flow = MutableMapping[str, list[int]]
"""For each lane, minute and type, how many events were counted, and the position of the last."""


def count_batch(flow: Flow, batch: Iterable[bytes]) -> None:
    """Count events by lane, minute and type; those that come again, after a worker died, are counted already."""
    new: Flow = {}
    for body in batch:
        try:
            envelope = wire.from_bytes(body)
        except Malformed:
            # The inbox keeps it as a dead letter; here it is nothing to count.
            continue
        key = f"{envelope.lane} {_minute(envelope.recorded)} {envelope.type}"
        number, last = new.get(key) or flow.get(key) or (0, 0)
        if envelope.position > last:
            new[key] = [number + 1, envelope.position]
    for key, counted in new.items():
        flow[key] = counted


def flow_of(flow: Flow, lanes: Collection[int], moment: datetime) -> Counter[str]:
    """Give how many events of each type some lanes had in the minute of a moment."""
    found: Counter[str] = Counter()
    for key, (number, _) in list(flow.items()):
        lane, minute, kind = _parts(key)
        if lane in lanes and minute == _minute(moment):
            found[kind] += number
    return found


def _shown(flow: Counter[str]) -> None:
    for metric in _flow.collect():
        for sample in metric.samples:
            if sample.labels["type"] not in flow:
                _flow.remove(sample.labels["type"])
    for kind, number in flow.items():
        _flow.labels(kind).set(number)


def _partition_of(key: bytes, partitions: Sequence[int], _: Sequence[int]) -> int:
    # A lane's counts lie in the partition of the table that moves to another worker with the lane.
    return partitions[_parts(json.loads(key))[0]]


def _parts(key: str) -> tuple[int, str, str]:
    lane, minute, kind = key.split(" ", 2)
    return int(lane), minute, kind


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
