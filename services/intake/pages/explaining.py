"""The acceptance clock of an application as pages show it: when it is due, what is left, and why."""

from dataclasses import dataclass, replace
from datetime import date

from services.intake.application import Intake
from services.intake.domain.application import Application, ApplicationState
from services.kernel.calendar import local_day
from services.kernel.clock import ExplainedDay, Reckoning, explain, reckon


@dataclass(frozen=True, slots=True)
class ShownClock:
    """A clock as of a day, with its explanation."""

    said: Reckoning
    days: tuple[ExplainedDay, ...]
    runs: bool


def acceptance(intake: Intake, application: Application, today: date) -> ShownClock:
    """Give the acceptance clock of an application."""
    facts = application.acceptance_clock()
    runs = application.state in {ApplicationState.RECEIVED, ApplicationState.CORRECTED}
    if not runs:
        facts = replace(facts, decided=max(local_day(application.modified_on), facts.start))
    day = max(today, facts.start)
    return ShownClock(reckon(facts, intake.calendar, day), tuple(explain(facts, intake.calendar, day)), runs)
