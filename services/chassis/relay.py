"""The notification log of a service is its outbox: the relay says each event in public, in order, at least once."""

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread

from eventsourcing.persistence import IntegrityError, Notification, Tracking

from contracts import envelope as wire
from services.chassis.service import Service

logger = logging.getLogger(__name__)
BATCH = 500
POLL_SECONDS = 1.0
POSITION = "relay"

Send = Callable[[Sequence[bytes]], None]
"""Carries a batch to everyone who hears; returns only when it is safe to forget it."""


class Relay:
    """Reads the log of one service after its own position and hands the public events on."""

    def __init__(self, service: Service, send: Send) -> None:
        self._service = service
        self._send = send
        self._stop = Event()
        self._thread: Thread | None = None

    def step(self) -> bool:
        """Relay one batch; say whether there may be more."""
        recorder = self._service.recorder
        position = recorder.max_tracking_id(POSITION) or 0
        notifications = recorder.select_notifications(position, BATCH, inclusive_of_start=False)
        if not notifications:
            return False
        if batch := [body for n in notifications if (body := to_bytes(self._service, n)) is not None]:
            self._send(batch)
        try:
            recorder.insert_tracking(Tracking(POSITION, notifications[-1].id))
        except IntegrityError:
            # A second relay was faster; whoever hears drops what came twice.
            logger.info("another relay of %s is ahead", self._service.name)
        return True

    def start(self) -> None:
        """Relay in a thread of its own until `stop`."""
        self._thread = Thread(target=self._run, name=f"relay-{self._service.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and stop."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        recorder = self._service.recorder
        while not self._stop.is_set():
            try:
                if not self.step():
                    recorder.wait_for_news(recorder.max_tracking_id(POSITION) or 0, POLL_SECONDS)
            except Exception:
                logger.exception("the relay of %s tries again", self._service.name)
                self._stop.wait(POLL_SECONDS)


def to_bytes(service: Service, notification: Notification) -> bytes | None:
    """Give the public form of a stored event, None where it is private."""
    event = service.mapper.to_domain_event(notification)
    public = service.publish(event)
    if public is None:
        return None
    return wire.to_bytes(
        wire.wrap(
            public,
            service=service.name,
            subject=service.subject(event),
            position=notification.id,
            happened=event.happened,  # type: ignore[attr-defined]
            recorded=event.timestamp,  # type: ignore[attr-defined]
            actor=event.actor,  # type: ignore[attr-defined]
        )
    )
