"""The library is held against what was signed every night, some results at a time, and says so (CER-07, SUP-R08)."""

from datetime import datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from services.kernel.aggregate import SYSTEM, RecordedAggregate
from services.kernel.calendar import SHANGHAI, local_day

INSPECTION = uuid5(NAMESPACE_URL, "urn:onewindow:inspection")
AT_ONCE = 500
"""Results for each transaction, so that new ones are made meanwhile."""
BEGINS = time(2)


class Inspection(RecordedAggregate):
    """The inspections of the library, one after the other."""

    TOPIC = "certificates.Inspection"

    class Begun(RecordedAggregate.Created):
        """There is something to inspect from now on."""

    class Inspected(RecordedAggregate.Event):
        """So many results were inspected, up to `through`, or to the last one where it is none; `altered` are the numbers of those found altered."""

        number: int
        altered: tuple[str, ...]
        through: UUID | None

        def apply(self, aggregate: "Inspection") -> None:
            """Go on from there, or begin anew tomorrow."""
            aggregate.through = self.through

    def __init__(self) -> None:
        self.through: UUID | None = None
        """The last result inspected, where more wait."""

    @classmethod
    def begin_inspecting(cls, now: datetime) -> "Inspection":
        """Inspect every night from now on."""
        return cls.begin(cls.Begun, INSPECTION, SYSTEM, now)

    def note(self, number: int, altered: tuple[str, ...], through: UUID | None, now: datetime) -> None:
        """Note what was inspected."""
        self.record(self.Inspected, SYSTEM, now, number=number, altered=altered, through=through)

    @property
    def next(self) -> datetime:
        """When to go on: at once while more wait, else in the following night."""
        last = self.modified_on
        return last if self.through is not None else datetime.combine(local_day(last) + timedelta(days=1), BEGINS, SHANGHAI)
