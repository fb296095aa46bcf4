"""Random complaints about the handling of a case: registered while it goes on, given more time, answered, or left lying."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hypothesis import strategies as st

from services.kernel.actor import Actor, Role
from services.supervision.application import Supervision
from tests.domain.lives import DAY, START

FIRST, SECOND = (Actor(name, "监察员", frozenset({Role.SUPERVISOR})) for name in ("supervisor-1", "supervisor-2"))
Act = tuple[datetime, Callable[[Supervision], object]]
"""What somebody does in supervision, and when."""


@dataclass(frozen=True)
class Complained:
    """A complaint, registered so many days after the receipt of the case; extended and answered by days from there, None for what never happens."""

    text: str
    day: int
    extension: int | None = None
    days: int = 0
    answer: int | None = None

    @property
    def registered(self) -> datetime:
        """When it was registered: in the evening, after all that happens to a case on a day."""
        return START.replace(hour=20) + DAY * self.day

    @property
    def extended(self) -> datetime | None:
        """When more time was approved."""
        return None if self.extension is None else self.registered.replace(minute=20) + DAY * self.extension

    @property
    def answered(self) -> datetime | None:
        """When it had its result."""
        return None if self.answer is None else self.registered.replace(minute=40) + DAY * self.answer

    def acts(self, case: UUID) -> list[Act]:
        """Give what supervisors do about it."""
        acts: list[Act] = [(self.registered, lambda service: service.register_complaint(case, "TELEPHONE", self.text, FIRST, self.registered))]
        if (extended := self.extended) is not None:
            acts.append((extended, lambda service: self._extend(service, case, extended)))
        if (answered := self.answered) is not None:
            acts.append((answered, lambda service: service.answer_complaint(case, self._identity(service, case), "已经查明", FIRST, answered)))
        return acts

    def _extend(self, service: Supervision, case: UUID, moment: datetime) -> None:
        identity = self._identity(service, case)
        service.ask_for_extension(case, identity, self.days, "情况复杂", FIRST, moment)
        service.approve_extension(case, identity, SECOND, moment)

    def _identity(self, service: Supervision, case: UUID) -> str:
        return next(one.id for one in service.file(case).complaints.values() if one.text == self.text)


@st.composite
def complaints(draw: st.DrawFn) -> tuple[Complained, ...]:
    """Draw the complaints about one case. More time is approved before the answer, in time or too late to count."""
    drawn = []
    for number in range(draw(st.integers(0, 2))):
        extension = draw(st.none() | st.integers(0, 10))
        answer = draw(st.none() | st.integers(extension or 0, 24))
        drawn.append(Complained(f"推诿 {number}", draw(st.integers(0, 20)), extension, draw(st.integers(1, 10)), answer))
    return tuple(drawn)
