"""The clocks of an application as pages show them: when they are due, what is left, and why."""

from dataclasses import dataclass
from datetime import date

from services.intake.application import Intake
from services.intake.domain.application import Application
from services.intake.domain.facts import ApplicationState
from services.kernel.clock import ClockFacts, ExplainedDay, Reckoning, explain, reckon


@dataclass(frozen=True, slots=True)
class ShownClock:
    """A clock as of a day, with its explanation."""

    facts: ClockFacts
    said: Reckoning
    days: tuple[ExplainedDay, ...]


def acceptance(intake: Intake, application: Application, today: date) -> ShownClock | None:
    """Give the acceptance clock of an application, none while it does not run."""
    if application.state not in {ApplicationState.RECEIVED, ApplicationState.CORRECTED}:
        return None
    return _shown(intake, application.acceptance_clock(), today)


def promised(intake: Intake, application: Application, today: date) -> ShownClock | None:
    """Give the clock of the case against the promised limit, none before acceptance and after a withdrawal."""
    facts = application.promised_clock()
    return None if facts is None else _shown(intake, facts, today)


def _shown(intake: Intake, facts: ClockFacts, today: date) -> ShownClock:
    day = max(today, facts.start)
    return ShownClock(facts, reckon(facts, intake.calendar, day), tuple(explain(facts, intake.calendar, day)))
