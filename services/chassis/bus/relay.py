"""The notification log of a service is its outbox: the relay says each event in public, in order, at least once."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from eventsourcing.persistence import IntegrityError, Notification, Tracking

from contracts import envelope as wire
from contracts.registry import PublicEvent
from services.chassis.service import Service
from services.kernel.trace import NO_TRACE

logger = logging.getLogger(__name__)
BATCH = 2000
"""For each there is a wait for the broker and one for the database, however few there are in it."""
POSITION = "relay"


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
    """Reads the log of one service after its own position, kept under its name, and hands the public events on; it says something in these lanes."""

    def __init__(self, service: Service, carrier: Carrier, most: int = BATCH, *, name: str = POSITION, lanes: Sequence[int] = range(wire.LANES)) -> None:
        self.service = service
        self.name = name
        self.most = most
        """How many events a batch has where there are enough."""
        self.lanes = {lane: f"{name}#{lane}" for lane in lanes}
        """The names under which the position of the last event said in each lane is kept."""
        self.through = 0
        """The position through which this relay read."""
        self._carrier = carrier
        self._reader = ThreadPoolExecutor(1, thread_name_prefix=f"{name}-{service.name}-ahead")
        self._ahead: Future[_Batch] | None = None
        """The batch after the last one, which was full."""

    def step(self) -> int:
        """Relay one batch; give how many events it had."""
        recorder = self.service.recorder
        lanes = recorder.trackings(self.name)
        position = lanes.pop(self.name, 0)
        if not position:
            lanes = dict.fromkeys(self.lanes.values(), 0)
        batch = self._next(position, lanes)
        self.through = batch.through
        if batch.size == self.most:
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
            recorder.mark([Tracking(self.name, batch.through), *moved], position)
        except IntegrityError:
            logger.info("another relay (%s) of %s is ahead, or it is to say something again", self.name, self.service.name)
        return batch.size

    def _next(self, position: int, lanes: Mapping[str, int]) -> _Batch:
        """Give the batch that was read ahead, where it begins as far as was said; it does not after a failure, or where somebody went back."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and (batch := ahead.result())[:2] == (position, lanes):
            return batch
        return self._read(position, lanes)

    def _read(self, position: int, lanes: Mapping[str, int]) -> _Batch:
        notifications = self.read(position)
        reached = dict(lanes)
        messages = self.messages(notifications, reached)
        return _Batch(position, lanes, len(notifications), notifications[-1].id if notifications else position, reached, messages)

    def read(self, position: int) -> Sequence[Notification]:
        """Give the next events after a position, as far as they may be said."""
        return self.service.recorder.select_notifications(position, self.most, inclusive_of_start=False)

    def messages(self, notifications: Sequence[Notification], reached: dict[str, int]) -> list[Message]:
        """Give what of these is said, and note how far each lane is then."""
        return [message for one in notifications if (message := self._message(one, reached)) is not None]

    def check(self) -> int | None:
        """Look whether the carrier lost what it had acknowledged; if so, go back and say again from there. Gives that position."""
        lanes = self.service.recorder.trackings(self.name)
        kept = self._carrier.kept()
        lost = [kept[lane] for lane in kept if kept[lane] < lanes.get(self.lanes[lane], 0)]
        if not lost:
            return None
        self._go_back(min(lost))
        return min(lost)

    def _go_back(self, position: int) -> None:
        logger.error("the tail of what %s said (%s) was lost; it is said again from %s on", self.service.name, self.name, position)
        # Somebody may want to hear what comes before that, too.
        self.service.recorder.rewind(self.name, position, only_back=True)
        self.through = position

    def _message(self, notification: Notification, reached: dict[str, int]) -> Message | None:
        event = self.service.mapper.to_domain_event(notification)
        public = self.service.publish(event)
        if public is None:
            return None
        subject = self.service.subject(event)
        lane = wire.lane_of(subject)
        name = self.lanes[lane]
        body = wire.to_bytes(_wrapped(self.service, event, public, subject, notification.id, reached.get(name)))
        reached[name] = notification.id
        return Message(lane, notification.id, body)

    def close(self) -> None:
        """Read ahead no more."""
        self._reader.shutdown()


def rewind(service: Service, position: int, name: str = POSITION) -> None:
    """Let a relay say again what comes after a position; whoever heard it drops it."""
    # What came before in each lane is not known there: the first event of each says nothing about it.
    service.recorder.rewind(name, position)


def to_envelope(service: Service, notification: Notification) -> wire.Envelope | None:
    """Give the public form of a stored event, None where it is private."""
    event = service.mapper.to_domain_event(notification)
    public = service.publish(event)
    return None if public is None else _wrapped(service, event, public, service.subject(event), notification.id)


def to_bytes(service: Service, notification: Notification) -> bytes | None:
    """Give the public form of a stored event in bytes, None where it is private."""
    envelope = to_envelope(service, notification)
    return None if envelope is None else wire.to_bytes(envelope)


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
