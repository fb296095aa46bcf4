"""A card as the slow models know it, the clock whose breach brings it, counted day by day, and the red card that follows a yellow one (SUP-R02)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.chassis.clock.calendars import load_calendars
from tests.domain.clock_model import Fact, Model
from tests.domain.lives import DAY, END

CALENDAR = load_calendars().newest


@dataclass(frozen=True)
class Card:
    """A card: its rule and the kind of its clock, the day, who answers for it, whether it is of the statutory limit, and the day on which it was mended."""

    rule: str
    clock: str
    day: date
    department: str
    officer: str | None
    statutory: bool = False
    mended: date | None = None


@dataclass(frozen=True)
class Clock:
    """A clock of a life, and the rule that its breach breaks. `over` ends it, `mended` is what puts it right."""

    rule: str
    name: str
    start: datetime
    limit: int
    over: datetime | None
    mended: datetime | None
    stops: tuple[Fact, ...] = ()
    extensions: tuple[Fact, ...] = ()

    def answer(self) -> dict[str, Any]:
        """Count it day by day until the end."""
        over = None if self.over is None else max(self.over.date(), self.start.date())
        return Model(CALENDAR.is_working, self.start.date(), self.limit, list(self.stops), list(self.extensions), over).answer(END.date())


def next_working_day(day: date) -> date:
    """Give the working day after a day."""
    day += DAY
    while not CALENDAR.is_working(day):
        day += DAY
    return day


def day_of(moment: datetime | None) -> date | None:
    """Give the day of a moment, if there is one."""
    return None if moment is None else moment.date()


def with_escalated(cards: Iterable[Card]) -> set[Card]:
    """Add the red card of every yellow one that was not mended by the end of the next working day."""
    known = set(cards)
    return known | {_escalated(card) for card in known if _is_escalated(card)}


def _is_escalated(card: Card) -> bool:
    if not card.rule.startswith("SUP-Y"):
        return False
    last = next_working_day(card.day)
    return last < END.date() and (card.mended is None or card.mended > last)


def _escalated(card: Card) -> Card:
    return Card("SUP-R02", "rectification", next_working_day(card.day) + DAY, card.department, card.officer, mended=card.mended)
