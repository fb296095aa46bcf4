"""What pages show of an application: its history, what is missing, and its clocks with the reason of each day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.intake.application import Intake
from services.intake.domain.application import Application
from services.intake.domain.facts import ApplicationState
from services.intake.domain.form import missing_materials
from services.intake.pages.telling import STEPS, step_of, tell, to_collect
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


def shown(intake: Intake, application: Application, today: date, letters: str) -> dict[str, Any]:
    """Give what the page of an application needs; `letters` is the address of its documents, empty where they may not be opened."""
    return {
        "application": application,
        "acceptance": acceptance(intake, application, today),
        "promised": promised(intake, application, today),
        "missing": [material for material in application.item.materials if material.code in missing_materials(application.item, application.materials)],
        "history": tell(intake.history(application.id), letters),
        "steps": STEPS,
        "step": step_of(application),
        "collect": to_collect(application),
        "over": application.state in {ApplicationState.NOT_ACCEPTED, ApplicationState.WITHDRAWN} or _is_withdrawn(application),
    }


def _is_withdrawn(application: Application) -> bool:
    return any(step.kind == "case-withdrawn" for step in application.progress)
