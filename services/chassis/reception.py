"""What a door of a service hears from the bus: each batch is taken or kept as letters, and said to be heard only when it is stored."""

from collections.abc import Sequence
from threading import Lock

from services.chassis.inbox import until_stored
from services.chassis.letters import Door
from services.chassis.timekeeping import Now


class Reception:
    """Delivers batches to a door, one at a time."""

    def __init__(self, name: str, door: Door, now: Now) -> None:
        self._name = name
        self._door = door
        self._now = now
        self._lock = Lock()

    def deliver(self, batch: Sequence[bytes]) -> None:
        """Let the door take a batch; returns only when all is stored."""
        until_stored(self._name, lambda: self._take(batch))

    def _take(self, batch: Sequence[bytes]) -> None:
        with self._lock:
            self._door.hear(batch, self._now())
