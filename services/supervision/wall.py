"""What the wall shows at one moment: asked by a thousand viewers, read from the database once a second."""

import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from services.supervision import views
from services.supervision.application import Supervision
from services.supervision.figures import figures_of

FRESH_SECONDS = 1.0
MOST = 12
COUNTS = ("received", "accepted", "finished", "in_hand", "overdue")


class Wall:
    """Keeps the last answer for a second; whoever asks meanwhile gets the same."""

    def __init__(self, supervision: Supervision, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._supervision = supervision
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: tuple[date, float, dict[str, Any]] | None = None
        self.reads = 0
        """How often the database was asked."""

    def shown(self, today: date, *, anew: bool = False) -> dict[str, Any]:
        """Give today's flow, what is in hand, its lights, and the warnings that stand, by department: at most a second old, or read `anew`."""
        with self._lock:
            kept = self._kept
            if anew or kept is None or kept[0] != today or self._monotonic() - kept[1] >= FRESH_SECONDS:
                kept = self._kept = (today, self._monotonic(), self._read(today))
                self.reads += 1
            return kept[2]

    def _read(self, today: date) -> dict[str, Any]:
        database = self._supervision.database
        position = self._supervision.recorder.max_notification_id() or 0
        found = figures_of(database, today, today, "department")
        standing, _ = views.warnings(database, standing=True)
        return {
            "position": position,
            "totals": {name: sum(getattr(one, name) for one in found) for name in COUNTS},
            "lights": views.lights(database),
            "departments": [{"department": one.key, **{name: getattr(one, name) for name in COUNTS}} for one in found],
            "warnings": [_warning(row) for row in standing[:MOST]],
        }


def _warning(row: views.Row) -> dict[str, Any]:
    """Give a warning as JSON has it: the page carries the first answer within itself."""
    said = {name: row[name] for name in ("number", "item_name", "level", "title", "department")}
    return {**said, "id": str(row["id"]), "case_id": str(row["case_id"]), "due": row["due"].isoformat() if row["due"] else None}
