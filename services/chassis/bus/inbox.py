"""What a service hears: each public event has its effects once, and one that cannot be read is kept with the reason."""

import logging
from collections import Counter
from collections.abc import Sequence
from threading import Lock

from contracts import envelope as wire
from contracts.envelope import Envelope, Malformed
from contracts.registry import PublicEvent, UnknownTypeError
from services.chassis.bus import letters
from services.chassis.bus.delivery import deliver
from services.chassis.bus.reasons import reason_of
from services.chassis.metrics import EVENTS_HEARD
from services.chassis.service import Service, Transaction
from services.chassis.timekeeping import Now
from services.kernel.trace import NO_TRACE, caused_by

logger = logging.getLogger(__name__)


class Inbox:
    """Delivers batches to one service, one at a time."""

    def __init__(self, service: Service, now: Now) -> None:
        self._service = service
        self.hears = service.hears
        self._now = now
        self._lock = Lock()
        self.gaps: dict[str, Envelope] = {}
        """The lanes in which something is missing, with the first event that came too early."""

    def deliver(self, batch: Sequence[bytes]) -> None:
        """Let the service hear the events of a batch, in one transaction; returns only when all is stored.

        Raises `NewerVersionError` where an event is newer than this program: the lane must wait for an upgrade, not lose it.
        """
        deliver(self._service.name, batch, self._hear, self._keep)

    def _hear(self, batch: Sequence[bytes]) -> None:
        with self._lock:
            self._hear_alone(batch)

    def _hear_alone(self, batch: Sequence[bytes]) -> None:
        transaction = Transaction(self._service)
        reached = self._service.recorder.trackings()
        envelopes: list[Envelope] = []
        heard: Counter[str] = Counter()
        for body in batch:
            envelope = wire.from_bytes(body)
            name, position = tracking_name(envelope), envelope.position
            last = reached.get(name, 0)
            if position <= last:
                continue
            if not envelope.follows(last):
                self._miss(name, envelope)
                continue
            self.gaps.pop(name, None)
            envelopes.append(envelope)
            heard[name] += 1
            reached[name] = position
            transaction.track(name, position)
        if envelopes:
            transaction.read(*self._service.needed(envelopes))
        for envelope in envelopes:
            if (event := _read(envelope)) is not None:
                with caused_by(envelope.trace or NO_TRACE):
                    self._service.policy(event, envelope, transaction)
        transaction.commit()
        for name in heard:
            EVENTS_HEARD.labels(self._service.name, name.partition("#")[0]).inc(heard[name])

    def _miss(self, name: str, envelope: Envelope) -> None:
        # Not heard and not tracked: its source says it again after what is missing (relay.check, `onewindow relay --from`).
        if self.gaps.setdefault(name, envelope) is envelope:
            logger.error("%s misses events of %s before %s", self._service.name, name, envelope.id, extra={"case": str(envelope.subject)})

    def _keep(self, body: bytes, error: Exception) -> None:
        with self._lock:
            self._keep_alone(body, error)

    def _keep_alone(self, body: bytes, error: Exception) -> None:
        transaction = Transaction(self._service)
        try:
            envelope = wire.from_bytes(body)
        except Malformed:
            if letters.is_kept(self._service.database, body):
                return
        else:
            transaction.track(tracking_name(envelope), envelope.position)
        transaction.change(letters.kept(self._service.database, body, reason_of(error), self._now()))
        transaction.commit()


def tracking_name(envelope: Envelope) -> str:
    """Give the name under which the lane of a stream is tracked, such as `intake#7`."""
    return f"{envelope.service}#{envelope.lane}"


def _read(envelope: Envelope) -> PublicEvent | None:
    try:
        return envelope.event()
    except UnknownTypeError:
        return None
