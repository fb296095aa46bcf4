"""Guessing is slowed down: after some wrong passwords for a name, further tries wait."""

from dataclasses import dataclass, field

FREE_TRIES = 8
WINDOW_SECONDS = 300
MOST_NAMES = 10_000


@dataclass(slots=True)
class Throttle:
    """Counts failures by name within a window of five minutes."""

    _failures: dict[str, list[float]] = field(default_factory=dict)

    def allows(self, name: str, now: float) -> bool:
        """Say whether another try is allowed now."""
        return len([moment for moment in self._failures.get(name, []) if now - moment < WINDOW_SECONDS]) < FREE_TRIES

    def failed(self, name: str, now: float) -> None:
        """Count a failure."""
        if len(self._failures) >= MOST_NAMES:
            self._failures = {kept: moments for kept, moments in self._failures.items() if now - moments[-1] < WINDOW_SECONDS}
        self._failures[name] = [moment for moment in self._failures.get(name, []) if now - moment < WINDOW_SECONDS] + [now]

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name."""
        self._failures.pop(name, None)
