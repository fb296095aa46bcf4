"""What is known of an application: by which way it came, how far it is, what was asked for, and what was heard of its case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.kernel.clock import ClockFacts, Extension, Stop


class Channel(StrEnum):
    """By which way an application came in (APP-02)."""

    ONLINE = "ONLINE"
    WINDOW = "WINDOW"
    KIOSK = "KIOSK"


class ApplicationState(StrEnum):
    """How far an application is."""

    RECEIVED = "RECEIVED"
    CORRECTION = "CORRECTION"
    CORRECTED = "CORRECTED"
    ACCEPTED = "ACCEPTED"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing to be corrected: a material's code and name, and what is wrong with it."""

    material: str
    name: str
    reason: str


class ClockEffect(StrEnum):
    """What a step of the case does to its clock."""

    STOPS = "STOPS"
    RESUMES = "RESUMES"
    EXTENDS = "EXTENDS"
    DECIDES = "DECIDES"
    ENDS = "ENDS"


@dataclass(frozen=True, slots=True)
class Progress:
    """What another service said of the case after acceptance, as the applicant may know it.

    Where it moves the clock of the case, `effect` says how, `day` from when, `days` by how many working days, `stop` and `procedure` which stop.
    """

    kind: str
    happened: datetime
    text: str
    effect: ClockEffect | None = None
    day: date | None = None
    days: int = 0
    stop: str = ""
    procedure: str = ""


def case_clock(start: date, limit: int, progress: Iterable[Progress]) -> ClockFacts | None:
    """Give the facts of a case's clock by what was heard of the case; none once it was withdrawn."""
    stops: dict[str, Stop] = {}
    extensions: list[Extension] = []
    decided: date | None = None
    for step in progress:
        if step.day is None:
            continue
        match step.effect:
            case ClockEffect.STOPS:
                stops[step.stop] = Stop(step.day, None, step.procedure, step.stop)
            case ClockEffect.RESUMES if step.stop in stops:
                begun = stops[step.stop]
                stops[step.stop] = Stop(begun.begin, step.day, begun.kind, begun.event)
            case ClockEffect.EXTENDS if step.day >= start:
                extensions.append(Extension(step.day, step.days))
            case ClockEffect.DECIDES:
                decided = step.day
            case ClockEffect.ENDS:
                return None
    # A limit of 0 ends the same day: nothing stops or extends it.
    return ClockFacts(start, limit, tuple(stops.values()), tuple(extensions), decided) if limit else ClockFacts(start, 0, decided=decided)
