"""What the wall shows at one moment: asked by a thousand viewers, read from the database once a second."""

import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from services.chassis.storage.rows import Row
from services.supervision import views
from services.supervision.application import Supervision

FRESH_SECONDS = 1.0
MOST = 20
"""More of the gravest warnings than any screen holds."""


class Wall:
    """Keeps the last answer for a second; whoever asks meanwhile gets the same. `name` tells who sits at a window."""

    def __init__(self, supervision: Supervision, name: Callable[[str], str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._supervision = supervision
        self._name = name
        self._monotonic = monotonic
        self._counts = {by: views.cases.of_day(supervision.database, by) for by in ("department", "window")}
        self._lock = threading.Lock()
        self._kept: tuple[date, float, dict[str, Any]] | None = None
        self.reads = 0
        """How often the database was asked."""

    def shown(self, today: date, *, anew: bool = False) -> dict[str, Any]:
        """Give today's flow, what is in hand against its limit by department and window, and the warnings that stand: at most a second old, or read `anew`."""
        with self._lock:
            kept = self._kept
            if anew or kept is None or kept[0] != today or self._monotonic() - kept[1] >= FRESH_SECONDS:
                kept = self._kept = (today, self._monotonic(), self._read(today))
                self.reads += 1
            return kept[2]

    def _read(self, today: date) -> dict[str, Any]:
        database = self._supervision.database
        position = self._supervision.recorder.max_notification_id() or 0
        departments = self._of_today(today, "department")
        windows = self._of_today(today, "window")
        counted = (*views.cases.COUNTED, "in_hand")
        return {
            "position": position,
            "day": today.isoformat(),
            "totals": {name: sum(one[name] for one in departments.values()) for name in counted},
            "departments": [{"department": key, **one} for key, one in _gravest_first(departments)],
            "windows": [{"window": key, "name": self._name(key), **one} for key, one in _gravest_first(windows)],
            "standing": views.warnings.standing(database),
            "warnings": [_warning(row) for row in views.warnings.gravest(database, MOST)],
        }

    def _of_today(self, today: date, by: str) -> dict[str, dict[str, int]]:
        """Give today's flow and what is in hand, by department or window."""
        found = {key: dict(zip(views.cases.COUNTED, numbers, strict=True)) for key, *numbers in self._counts[by].rows({"day": today}) if any(numbers)}
        return {key: {**one, "in_hand": sum(one[light] for light in views.cases.LIGHTS)} for key, one in found.items()}


def _gravest_first(counted: dict[str, dict[str, int]]) -> list[tuple[str, dict[str, int]]]:
    return sorted(counted.items(), key=lambda one: (-one[1]["RED"], -one[1]["YELLOW"], -one[1]["in_hand"], one[0]))


def _warning(row: Row) -> dict[str, Any]:
    """Give a warning as JSON has it: the page carries the first answer within itself."""
    said = {name: row[name] for name in ("number", "item_name", "level", "title", "department")}
    return {
        **said,
        "id": str(row["id"]),
        "case_id": str(row["case_id"]),
        "due": row["due"].isoformat() if row["due"] else None,
        "raised": row["raised"].isoformat(),
    }
