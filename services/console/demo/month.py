"""The simulated month: each application draws its fate from the seed and plays it out, step by step, on the virtual clock."""

import heapq
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from services.console.demo.applications import Applications
from services.console.demo.cases import Cases
from services.console.demo.client import Client
from services.console.demo.fate import Fate
from services.console.demo.incidents import Incidents
from services.console.demo.oversight import Oversight
from services.console.demo.reports import Reports
from services.console.demo.results import Results
from services.console.demo.script import LEAST_DAYS, Alter, Step
from services.kernel.calendar import SHANGHAI, WorkingDayCalendar


class Month:
    """Plays applications from `first` for so many days. The same seed and first day give the same month."""

    def __init__(self, client: Client, calendar: WorkingDayCalendar, seed: int, first: date, days: int, applications: int, alter: Alter | None = None) -> None:
        self._client = client
        self._last = first + timedelta(days=days - 1)
        self._queue: list[tuple[datetime, int, Step]] = []
        self._steps = 0
        fate = Fate(client, calendar, seed, self._at)
        self.counts = fate.counts
        arriving = Applications(fate, Cases(fate, Results(fate)), f"demo-{seed}-{first}")
        working = [day for offset in range(days) if calendar.is_working(day := first + timedelta(days=offset))]
        for number in range(applications):
            self._at(fate.moment(fate.random.choice(working)), arriving.arrival(number))
        if days >= LEAST_DAYS:
            Incidents(client, calendar, seed, first, self._at, alter).schedule()
            Oversight(client, calendar, seed, first, self._at).schedule()
            Reports(client, calendar, seed, first, self._at).schedule()

    def play(self, tell: Callable[[datetime], None]) -> None:
        """Play to the end of the month; `tell` hears the virtual time of each step."""
        end = datetime.combine(self._last, time(23, 59), SHANGHAI)
        while self._queue and self._queue[0][0] <= end:
            moment, _, step = heapq.heappop(self._queue)
            self._client.advance(max(moment, self._client.now))
            step()
            tell(moment)
        self._client.advance(max(end, self._client.now))

    def _at(self, moment: datetime, step: Step) -> None:
        self._steps += 1
        heapq.heappush(self._queue, (moment, self._steps, step))
