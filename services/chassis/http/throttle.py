"""Guessing is slowed down: after some wrong tries for a name, such as a password or the secret of a receipt, further ones wait."""

from dataclasses import dataclass, field
from threading import Lock

FREE_TRIES = 8
WINDOW_SECONDS = 300
MOST_NAMES = 10_000


@dataclass(slots=True)
class Throttle:
    """Counts failures by name within a window of five minutes."""

    _failures: dict[str, list[float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def allows(self, name: str, now: float) -> bool:
        """Say whether another try is allowed now."""
        with self._lock:
            return len(self._recent(name, now)) < FREE_TRIES

    def failed(self, name: str, now: float) -> None:
        """Count a failure."""
        with self._lock:
            if len(self._failures) >= MOST_NAMES:
                self._failures = {kept: moments for kept in self._failures if (moments := self._recent(kept, now))}
            self._failures[name] = [*self._recent(name, now), now]

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name."""
        with self._lock:
            self._failures.pop(name, None)

    def _recent(self, name: str, now: float) -> list[float]:
        return [moment for moment in self._failures.get(name, []) if now - moment < WINDOW_SECONDS]
