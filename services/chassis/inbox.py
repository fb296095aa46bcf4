"""What a service hears: each public event has its effects once, and one that cannot be read is kept with the reason."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock

from eventsourcing.persistence import IntegrityError, OperationalError
from sqlalchemy import exc

from contracts import envelope as wire
from contracts.envelope import Envelope, Malformed
from contracts.registry import NewerVersionError, PublicEvent, UnknownTypeError
from services.chassis import letters
from services.chassis.metrics import EVENTS_HEARD
from services.chassis.service import Service, Transaction
from services.chassis.timekeeping import Now

logger = logging.getLogger(__name__)
LONGEST_PAUSE = 30.0
PASSING = (OperationalError, IntegrityError, exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""What is wrong with the database or the race for it, never with an event: a lost connection, a full disk, a lost race."""


class Inbox:
    """Delivers batches to one service, one at a time."""

    def __init__(self, service: Service, now: Now) -> None:
        self._service = service
        self._now = now
        self._lock = Lock()
        self.gaps: dict[str, Envelope] = {}
        """The lanes in which something is missing, with the first event that came too early."""

    def deliver(self, batch: Sequence[bytes]) -> None:
        """Let the service hear the events of a batch, in one transaction; returns only when all is stored.

        Raises `NewerVersionError` where an event is newer than this program: the lane must wait for an upgrade, not lose it.
        """
        until_stored(self._service.name, lambda: self._deliver(batch))

    def _deliver(self, batch: Sequence[bytes]) -> None:
        try:
            with self._lock:
                self._hear(batch)
        except (*PASSING, NewerVersionError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one event, the next ones must be heard
            self._single_out(batch, error)

    def _single_out(self, batch: Sequence[bytes], error: Exception) -> None:
        """Let the good events of a batch through and keep the bad one."""
        if len(batch) > 1:
            for body in batch:
                self._deliver([body])
        else:
            logger.error("%s cannot handle an event, kept as a dead letter: %s", self._service.name, error, extra={"case": _case_of(batch[0])})
            with self._lock:
                self._keep(batch[0], error)

    def _hear(self, batch: Sequence[bytes]) -> None:
        transaction = Transaction(self._service)
        reached: dict[str, int] = {}
        heard: Counter[str] = Counter()
        for body in batch:
            envelope = wire.from_bytes(body)
            name = tracking_name(envelope)
            if name not in reached:
                reached[name] = self._service.recorder.max_tracking_id(name) or 0
            if envelope.position <= reached[name]:
                continue
            if not envelope.follows(reached[name]):
                self._miss(name, envelope)
                continue
            self.gaps.pop(name, None)
            if (event := _read(envelope)) is not None:
                self._service.policy(event, envelope, transaction)
            heard[name] += 1
            reached[name] = envelope.position
            transaction.track(name, envelope.position)
        transaction.commit()
        for name in heard:
            EVENTS_HEARD.labels(self._service.name, name.partition("#")[0]).inc(heard[name])

    def _miss(self, name: str, envelope: Envelope) -> None:
        # Not heard and not tracked: its source says it again after what is missing (relay.check, `onewindow relay --from`).
        if self.gaps.setdefault(name, envelope) is envelope:
            logger.error("%s misses events of %s before %s", self._service.name, name, envelope.id, extra={"case": str(envelope.subject)})

    def _keep(self, body: bytes, error: Exception) -> None:
        transaction = Transaction(self._service)
        try:
            envelope = wire.from_bytes(body)
        except Malformed:
            if letters.is_kept(self._service.database, body):
                return
        else:
            transaction.track(tracking_name(envelope), envelope.position)
        transaction.change(letters.kept(self._service.database, body, f"{type(error).__name__}: {error}", self._now()))
        transaction.commit()


def until_stored(name: str, act: Callable[[], None]) -> None:
    """Try again what the database or a race keeps from being stored: it mends itself, and giving up would acknowledge what is not there."""
    pause = 0.05
    while True:
        try:
            act()
        except PASSING as error:
            logger.warning("delivery to %s is tried again: %s", name, error)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            return


def tracking_name(envelope: Envelope) -> str:
    """Give the name under which the lane of a stream is tracked, such as `intake#7`."""
    return f"{envelope.service}#{envelope.lane}"


def _case_of(body: bytes) -> str | None:
    with suppress(Malformed):
        return str(wire.from_bytes(body).subject)
    return None


def _read(envelope: Envelope) -> PublicEvent | None:
    try:
        return envelope.event()
    except UnknownTypeError:
        return None
