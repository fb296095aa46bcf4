"""The notification log of a service is its outbox: the relay says each event in public, in order, at least once."""

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from eventsourcing.persistence import IntegrityError, Notification, Tracking

from contracts import envelope as wire
from contracts.registry import PublicEvent
from services.chassis.leader import Leader
from services.chassis.service import Service
from services.kernel.trace import NO_TRACE

logger = logging.getLogger(__name__)
BATCH = 2000
"""For each there is a wait for the broker and one for the database, however few there are in it."""
POLL_SECONDS = 1.0
CHECK_SECONDS = 30.0
POSITION = "relay"
_LANES = tuple(f"{POSITION}#{lane}" for lane in range(wire.LANES))


class Message(NamedTuple):
    """A public event in bytes, with its lane and its position in the log."""

    lane: int
    position: int
    body: bytes


class _Batch(NamedTuple):
    """So many events of the log after a position, through another, as they are said; and how far each lane was before and is then."""

    after: int
    lanes: Mapping[str, int]
    size: int
    through: int
    reached: Mapping[str, int]
    messages: Sequence[Message]


class Carrier(Protocol):
    """Carries what a service says to everyone who hears."""

    def send(self, batch: Sequence[Message]) -> int | None:
        """Carry a batch; return only when it is safe to forget it.

        Gives a position where it turns out that what was said after that was lost, though it had been acknowledged.
        """
        ...

    def kept(self) -> Mapping[int, int]:
        """Give the last position kept of each lane where that is known; one that lost its tail says less than was sent."""
        ...


class Relay:
    """Reads the log of one service after its own position and hands the public events on.

    Of several relays of a service one works; were there two, whoever hears would drop what comes twice.
    """

    def __init__(self, service: Service, carrier: Carrier, most: int = BATCH) -> None:
        self._service = service
        self._carrier = carrier
        self._most = most
        self._leader = Leader(service.database, POSITION)
        self._stop = Event()
        self._thread: Thread | None = None
        self._reader = ThreadPoolExecutor(1, thread_name_prefix=f"relay-{service.name}-ahead")
        self._ahead: Future[_Batch] | None = None
        """The batch after the last one, which was full."""
        self._through = 0
        """The position through which this relay read."""
        self.round: float | None = None
        """When it last went round, on the monotonic clock."""

    def step(self) -> int:
        """Relay one batch; give how many events it had."""
        recorder = self._service.recorder
        lanes = recorder.trackings(POSITION)
        position = lanes.pop(POSITION, 0)
        if not position:
            lanes = dict.fromkeys(_LANES, 0)
        batch = self._next(position, lanes)
        self._through = batch.through
        if batch.size == self._most:
            # While the broker and the database are waited for, the next one is made ready.
            self._ahead = self._reader.submit(self._read, batch.through, batch.reached)
        if batch.messages:
            lost = self._carrier.send(batch.messages)
            if lost is not None:
                self._go_back(lost)
                return batch.size
        if not batch.size:
            return 0
        # At the first step every lane is written down, so that none is unknown later.
        moved = [Tracking(name, at) for name, at in batch.reached.items() if not position or at != lanes.get(name)]
        try:
            recorder.mark([Tracking(POSITION, batch.through), *moved])
        except IntegrityError:
            logger.info("another relay of %s is ahead", self._service.name)
        return batch.size

    def _next(self, position: int, lanes: Mapping[str, int]) -> _Batch:
        """Give the batch that was read ahead, where it begins as far as was said; it does not after a failure, or where somebody went back."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and (batch := ahead.result())[:2] == (position, lanes):
            return batch
        return self._read(position, lanes)

    def _read(self, position: int, lanes: Mapping[str, int]) -> _Batch:
        notifications = self._service.recorder.select_notifications(position, self._most, inclusive_of_start=False)
        reached = dict(lanes)
        messages = [message for one in notifications if (message := _message(self._service, one, reached)) is not None]
        return _Batch(position, lanes, len(notifications), notifications[-1].id if notifications else position, reached, messages)

    def check(self) -> int | None:
        """Look whether the carrier lost what it had acknowledged; if so, go back and say again from there. Gives that position."""
        lanes = self._service.recorder.trackings(POSITION)
        kept = self._carrier.kept()
        lost = [kept[lane] for lane in kept if kept[lane] < lanes.get(_LANES[lane], 0)]
        if not lost:
            return None
        self._go_back(min(lost))
        return min(lost)

    def _go_back(self, position: int) -> None:
        logger.error("the tail of what %s said was lost; it is said again from %s on", self._service.name, position)
        rewind(self._service, position)
        self._through = position

    def start(self) -> None:
        """Relay in a thread of its own until `stop`."""
        self._thread = Thread(target=self._run, name=f"relay-{self._service.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and stop."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._reader.shutdown()
        self._leader.resign()

    def _run(self) -> None:
        checked = 0.0
        while not self._stop.is_set():
            self.round = time.monotonic()
            try:
                if not self._leader.holds():
                    self._stop.wait(POLL_SECONDS)
                    checked = 0.0
                    continue
                if time.monotonic() - checked > CHECK_SECONDS:
                    self.check()
                    checked = time.monotonic()
                if self.step() < self._most:
                    self._service.recorder.wait_for_news(self._through, POLL_SECONDS)
            except Exception:
                logger.exception("the relay of %s tries again", self._service.name)
                checked = 0.0
                self._stop.wait(POLL_SECONDS)


def rewind(service: Service, position: int) -> None:
    """Let the relay say again what comes after a position; whoever heard it drops it."""
    lanes = service.recorder.trackings(POSITION)
    # What came before in each lane is not known there: the first event of each says nothing about it.
    service.recorder.reset_trackings({POSITION: position}, forget=[name for name in lanes if name != POSITION])


def to_envelope(service: Service, notification: Notification) -> wire.Envelope | None:
    """Give the public form of a stored event, None where it is private."""
    event = service.mapper.to_domain_event(notification)
    public = service.publish(event)
    return None if public is None else _wrapped(service, event, public, service.subject(event), notification.id)


def to_bytes(service: Service, notification: Notification) -> bytes | None:
    """Give the public form of a stored event in bytes, None where it is private."""
    envelope = to_envelope(service, notification)
    return None if envelope is None else wire.to_bytes(envelope)


def _message(service: Service, notification: Notification, reached: dict[str, int]) -> Message | None:
    event = service.mapper.to_domain_event(notification)
    public = service.publish(event)
    if public is None:
        return None
    subject = service.subject(event)
    lane = wire.lane_of(subject)
    name = _LANES[lane]
    body = wire.to_bytes(_wrapped(service, event, public, subject, notification.id, reached.get(name)))
    reached[name] = notification.id
    return Message(lane, notification.id, body)


def _wrapped(
    service: Service,
    event: Any,  # noqa: ANN401 - any of the service's events
    public: PublicEvent,
    subject: UUID,
    position: int,
    previous: int | None = None,
) -> wire.Envelope:
    return wire.wrap(
        public,
        service=service.name,
        subject=subject,
        position=position,
        previous=previous,
        happened=event.happened,
        recorded=event.timestamp,
        actor=event.actor,
        trace=None if event.trace == NO_TRACE else event.trace,
    )
