"""What is heard of a case or of an item is added to the file as a set of facts, which make its picture; nothing is ever taken out."""

from datetime import datetime
from functools import cached_property
from typing import Self
from uuid import UUID

from services.kernel.aggregate import SYSTEM, RecordedAggregate
from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.complaint import Complaint
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture
from services.supervision.domain.recomputing import DeadlineChange, changes_of
from services.supervision.domain.seeing import picture_of
from services.supervision.domain.warnings import RaisedWarning


class HeardFile(RecordedAggregate, part_of="supervision.CaseFile"):
    """The file with its facts, their picture, and the clocks in it by each version of the calendar."""

    class Opened(RecordedAggregate.Created):
        """The case was heard of for the first time."""

    class FactHeard(RecordedAggregate.Event):
        """Another service said something of the case."""

        fact: Fact

        def apply(self, aggregate: "HeardFile") -> None:
            """Add it to the set."""
            aggregate.facts[self.fact.evidence] = self.fact
            aggregate.forget_picture()

    class DeadlinesRecomputed(RecordedAggregate.Event):
        """A new version of the calendar came; what is due on another day by it."""

        calendar: str
        previous: str
        changes: tuple[DeadlineChange, ...]
        department: str
        officer: str | None

        def apply(self, aggregate: "HeardFile") -> None:
            """List it."""
            aggregate.calendar = self.calendar
            aggregate.recomputed = (*aggregate.recomputed, self)

    def __init__(self) -> None:
        self.facts: dict[str, Fact] = {}
        self.warnings: dict[UUID, RaisedWarning] = {}
        self.complaints: dict[str, Complaint] = {}
        self.recomputed: tuple[HeardFile.DeadlinesRecomputed, ...] = ()
        self.calendar: str | None = None
        """By which version of the calendar it was folded anew, None where it never was."""

    @cached_property
    def picture(self) -> Picture:
        """The picture that all facts make, whatever the order in which they were heard."""
        picture = picture_of(self.facts.values())
        picture.complaints, picture.cards = self.complaints, self.warnings
        return picture

    def forget_picture(self) -> None:
        """Fold again when next asked."""
        vars(self).pop("picture", None)

    @classmethod
    def open_file(cls, case: UUID, happened: datetime, now: datetime) -> Self:
        """Open the file of a case."""
        return cls.begin(cls.Opened, case, SYSTEM, now, happened=happened)

    def hear(self, fact: Fact, now: datetime) -> None:
        """Add a fact; one that was heard before changes nothing."""
        if fact.evidence not in self.facts:
            self.record(self.FactHeard, SYSTEM, now, happened=fact.happened, fact=fact)

    def reckon_anew(self, before: WorkingDayCalendar, after: WorkingDayCalendar, now: datetime) -> None:
        """Record what is due on another day by a new version of the calendar."""
        department, officer = self.picture.responsible(now)
        by = {"calendar": after.id, "previous": before.id, "department": department, "officer": officer}
        self.record(self.DeadlinesRecomputed, SYSTEM, now, changes=tuple(changes_of(self.picture.clocks(), before, after, now)), **by)  # type: ignore[arg-type]
