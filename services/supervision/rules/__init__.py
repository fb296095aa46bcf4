"""The rules of electronic supervision, one file for each family; each is pure: `(picture, calendar, day) -> findings`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding, Level
from services.supervision.rules import limits


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its code, level, title, the article that it enforces, how it is detected, what counts as rectified, and its version."""

    code: str
    level: Level
    title: str
    article: str
    detected: str
    rectified: str
    version: int
    find: Callable[[Picture, WorkingDayCalendar, date], Iterable[Finding]]


RULES = (
    Rule("SUP-L01", Level.LIGHT, limits.LIGHT_TITLE, limits.LIGHT_ARTICLE, limits.LIGHT_DETECTED, limits.LIGHT_RECTIFIED, limits.VERSION, limits.light),
    Rule("SUP-R01", Level.RED, limits.RED_TITLE, limits.RED_ARTICLE, limits.RED_DETECTED, limits.RED_RECTIFIED, limits.VERSION, limits.red_card),
)


def rule(code: str) -> Rule:
    """Give a rule by its code; raise `KeyError`."""
    return {one.code: one for one in RULES}[code]


def findings(picture: Picture, calendar: WorkingDayCalendar, day: date) -> list[Finding]:
    """Give everything that the rules find of a case as of a day."""
    return [finding for one in RULES for finding in one.find(picture, calendar, day)]
