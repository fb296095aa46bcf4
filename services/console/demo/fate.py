"""What the seed decides for every application of the simulated month: what happens, and how many working days later."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random

from services.console.demo.client import Client
from services.console.demo.script import Step
from services.kernel.calendar import SHANGHAI, WorkingDayCalendar


class Fate:
    """Draws from one source of chance, so that the same seed gives the same month; `at` schedules a step."""

    def __init__(self, client: Client, calendar: WorkingDayCalendar, seed: int, at: Callable[[datetime, Step], None]) -> None:
        self.client = client
        self.calendar = calendar
        self.random = Random(seed)  # noqa: S311 - a simulation
        self.at = at
        self.counts: Counter[str] = Counter()
        """How often what happened."""
        self.online: dict[str, str] = {}
        """Who applied for a case by the own account."""

    def moment(self, day: date) -> datetime:
        """Give a moment in the office hours of a day."""
        return datetime.combine(day, time(9), SHANGHAI) + timedelta(minutes=self.random.randrange(0, 470))

    def later(self, working_days: float) -> datetime:
        """Give a moment so many working days from now: within hours, or in the office hours of a later day."""
        if working_days < 0.3:  # noqa: PLR2004 - the same afternoon
            return self.client.now + timedelta(minutes=self.random.randrange(10, 90))
        return self.moment(self.calendar.add(self.client.now.astimezone(SHANGHAI).date(), max(1, round(working_days))))

    def handover(self) -> datetime:
        """Give the moment at which a department fetches the paper: after lunch, or the next morning."""
        local = self.client.now.astimezone(SHANGHAI)
        if local.hour < 12:  # noqa: PLR2004 - noon
            return datetime.combine(local.date(), time(13, 30), SHANGHAI)
        return datetime.combine(self.calendar.add(local.date(), 1), time(9, 5), SHANGHAI)

    def chance(self, share: float) -> bool:
        """Say whether something happens that happens in this share of all cases."""
        return self.random.random() < share
