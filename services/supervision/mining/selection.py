"""Which cases an event log has, and their histories as they were known at a moment, read some at a time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from services.chassis.rebuild import Progress, folded, read, untold
from services.supervision import views
from services.supervision.application import Supervision
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.seeing import picture_of
from services.supervision.history import history_of
from services.supervision.mining.steps import CaseTold, case_told


class AskedError(ValueError):
    """A log that cannot be: says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The cases received in a period, of an item and a department, all where none is named; as known at a moment, where one is named.

    Which cases these are follows from what is known now; of a late correction of their receipt nothing is undone by `as_of`.
    `reach` are the departments whose cases may be read, all where none is named.
    """

    first: date | None = None
    last: date | None = None
    item: str = ""
    department: str = ""
    as_of: datetime | None = None
    reach: Sequence[str] = ()

    def check(self, departments: Collection[str]) -> None:
        """Raise `AskedError` where nothing can be meant by it."""
        if self.first and self.last and self.last < self.first:
            raise AskedError("截止日期不能早于起始日期。")
        if self.department and self.department not in departments:
            raise AskedError(f"没有部门 {self.department}。")

    def chosen(self, supervision: Supervision) -> list[UUID]:
        """Give the ids of these applications and cases, what was received first first; what has no known receipt is of no period."""
        table = supervision.database.table("cases").c
        query = select(table.id).order_by(table.received_on.is_(None), table.received_on, table.id)
        if self.reach:
            query = query.where(views.cases.handled_by(supervision.database, self.reach))
        if self.first:
            query = query.where(table.received_on >= self.first)
        if self.last:
            query = query.where(table.received_on <= self.last)
        for column, value in ((table.department, self.department), (table.item, self.item)):
            if value:
                query = query.where(column == value)
        with supervision.database.reading.connect() as connection:
            return list(connection.execute(query).scalars())


def cases_told(supervision: Supervision, cases: Sequence[UUID], as_of: datetime | None = None, progress: Progress = untold) -> Iterator[CaseTold]:
    """Tell cases one by one; one of which nothing was recorded by then is left out."""
    done = 0
    for some in read(supervision, cases):
        about = views.disagreements.of_cases(supervision.database, [UUID(str(case)) for case in some])
        streams: dict[UUID, list[Sequence[object]]] = {}
        for stored in read(supervision, list(about)):
            for disagreement, events in folded(supervision, stored):
                streams.setdefault(about[disagreement.id], []).append(events)
        for file, events in folded(supervision, some):
            assert isinstance(file, CaseFile)  # noqa: S101 - only these have a row among the cases
            history = history_of(file.id, file.picture.item, file.facts.values(), [events, *streams.get(file.id, ())], as_of)
            if history:
                known = file.facts.values() if as_of is None else [fact for fact in file.facts.values() if fact.recorded <= as_of]
                yield case_told(file.id, picture_of(known), history)
        done += len(some)
        progress(done, len(cases))
