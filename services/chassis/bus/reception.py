"""What a door of a service hears from the bus: each batch is taken or kept as letters, and said to be heard only when it is stored."""

from collections.abc import Sequence
from threading import Lock

from services.chassis.bus import letters
from services.chassis.bus.delivery import deliver
from services.chassis.bus.reasons import reason_of
from services.chassis.service import Service, Transaction
from services.chassis.timekeeping import Now
from services.chassis.tracing import new_trace
from services.kernel.trace import caused_by


class Reception:
    """Delivers batches to a door, one at a time."""

    def __init__(self, service: Service, door: str, now: Now) -> None:
        self._service = service
        self._door = door
        self._now = now
        self._lock = Lock()

    def deliver(self, batch: Sequence[bytes]) -> None:
        """Let the door take a batch; returns only when all is stored."""
        deliver(f"{self._service.name} at the door {self._door}", batch, self._hear, self._keep)

    def _hear(self, batch: Sequence[bytes]) -> None:
        with caused_by(new_trace()), self._lock:
            self._service.doors[self._door].hear(batch, self._now())

    def _keep(self, body: bytes, error: Exception) -> None:
        # A door keeps with its reason whatever it knows to be wrong; this is what nobody foresaw.
        with self._lock:
            if letters.is_kept(self._service.database, body, self._door):
                return
            transaction = Transaction(self._service)
            transaction.change(letters.kept(self._service.database, body, reason_of(error), self._now(), door=self._door))
            transaction.commit()
