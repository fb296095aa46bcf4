"""Supervision alone, on a clock that a test moves."""

from datetime import datetime
from pathlib import Path
from typing import Any

from services.chassis.bus.inbox import Inbox
from services.chassis.clock.calendars import load_calendars
from services.chassis.timekeeping import VirtualTime
from services.chassis.timers import Timers
from services.supervision import views
from services.supervision.application import Supervision
from tests.databases import open_database
from tests.services.service_parts import SEALER
from tests.world import rows


class Bureau:
    """Supervision alone, on a clock that the test moves."""

    def __init__(self, folder: Path, start: datetime) -> None:
        self.now = VirtualTime(start)
        self.service = Supervision(open_database(folder, "supervision", views.tables()), load_calendars(), self.now, SEALER)
        self.inbox = Inbox(self.service, self.now)
        self.timers = Timers(self.service, self.now)

    def sweep_to(self, moment: datetime) -> None:
        """Move the clock and fire what is due, until nothing is."""
        self.now.advance_to(max(moment, self.now()))
        for _ in range(50):
            if not self.timers.sweep():
                return
        raise AssertionError("looks never end")

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Give the whole state of the views."""
        return {view.name: rows(self.service, view.name) for view in self.service.database.views}

    def standing(self) -> list[tuple[Any, ...]]:
        """Give what stands or was mended, leaving out what was raised and taken back on the way."""
        names = ("case_id", "rule", "clock", "level", "day", "statutory", "state", "rectified", "department", "officer")
        # A light keeps the due day for which it was lit, also where an extension moves it by less than puts the light out.
        due = {row["id"]: row["due"] for row in rows(self.service, "warnings") if row["level"] != "LIGHT"}
        return sorted(
            (*(str(row[name]) for name in names), str(due.get(row["id"])))
            for row in rows(self.service, "warnings")
            if row["stands"] or row["state"] == "RECTIFIED"
        )
