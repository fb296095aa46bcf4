"""Where the time comes from: the system's clock, or a virtual one for tests and simulations. Domains get it as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock

Now = Callable[[], datetime]


def system_now() -> datetime:
    """Give the time of this machine, in UTC."""
    return datetime.now(UTC)


class VirtualTime:
    """A clock that stands until it is set forward; it never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._lock = Lock()

    def __call__(self) -> datetime:
        """Give the virtual time."""
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Set the clock forward to `moment`; raise `ValueError` where that lies in its past."""
        with self._lock:
            if moment < self._now:
                msg = f"virtual time cannot go back from {self._now} to {moment}"
                raise ValueError(msg)
            self._now = moment
