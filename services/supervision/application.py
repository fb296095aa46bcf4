"""Supervision hears every other service's events, looks when a clock is due, and raises what the rules find."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from services.chassis.database import Change, Database
from services.chassis.service import NotFound, Service, Transaction
from services.chassis.timekeeping import Now
from services.kernel.aggregate import SYSTEM
from services.kernel.calendar import Calendars, WorkingDayCalendar, local_day
from services.supervision import sentences, views
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.facts import Fact, in_order
from services.supervision.domain.picture import Picture, picture_of
from services.supervision.publishing import to_public
from services.supervision.rules import findings

_NOT_OF_A_CASE = frozenset({"item-revision-published", "item-withdrawn", "authority-granted"})
_WARNINGS = (CaseFile.YellowLightLit, CaseFile.YellowLightWentOut, CaseFile.CardIssued, CaseFile.CardWithdrawn)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a case's history: who, when it happened, when it was recorded, what, and the event itself (AUD-01)."""

    happened: datetime
    recorded: datetime
    source: str
    name: str
    actor: str
    sentence: str
    is_warning: bool
    evidence: str
    data: dict[str, Any]


class Supervision(Service):
    """The supervision service."""

    name = "supervision"

    def __init__(self, database: Database, calendars: Calendars, now: Now) -> None:
        self._calendars = calendars
        self._now = now
        super().__init__(database)

    @property
    def calendar(self) -> WorkingDayCalendar:
        """The calendar by which deadlines are computed."""
        return self._calendars.newest

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Add the fact to its case's file. Nothing is raised before the next look; what proves wrong is put out and withdrawn."""
        name = envelope.type.split(".")[-2]
        if name in _NOT_OF_A_CASE:
            return
        now = self._now()
        file = transaction.find(CaseFile, envelope.subject)
        if file is None:
            file = CaseFile.open_file(envelope.subject, envelope.time, now)
            transaction.add(file)
        data = event.model_dump(mode="json")
        file.hear(Fact(envelope.service, envelope.position, name, envelope.time, envelope.recorded, envelope.actor, data), now)
        if any(warning.stands for warning in file.warnings.values()):
            file.retract(findings(file.picture, self.calendar, local_day(now)), now)

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:  # noqa: ARG002 - true times are in the facts
        """Ask the rules, and raise what they find, as of when it began to hold."""
        if kind != "look":
            return
        file = transaction.get(CaseFile, subject)
        found = findings(file.picture, self.calendar, local_day(now))
        before = file.version
        file.raise_new(found, now)
        file.retract(found, now)
        if file.version == before:
            file.record(CaseFile.Looked, SYSTEM, now, on=local_day(now))

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002 - rows are whole
        """Give the rows of a case file."""
        return views.project(self.database, self.calendar, aggregate)

    def publish(self, event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of supervision's events
        """Say a light or card in public."""
        return to_public(event)

    def file(self, case: UUID) -> CaseFile:
        """Give the file of a case; raise `NotFound`."""
        return Transaction(self).get(CaseFile, case)

    def picture(self, case: UUID, as_of: datetime | None = None) -> Picture:
        """Give the picture of a case, by all that was recorded up to a moment."""
        facts = [fact for fact in self.file(case).facts.values() if as_of is None or fact.recorded <= as_of]
        if not facts:
            raise NotFound(case)
        return picture_of(facts)

    def history(self, case: UUID, as_of: datetime | None = None) -> list[HistoryEntry]:
        """Give the whole history of a case over all services, as it was known at a moment (AUD-01)."""
        file = self.file(case)
        entries = [
            HistoryEntry(fact.happened, fact.recorded, fact.source, fact.name, fact.actor, sentences.of_fact(fact), False, fact.evidence, fact.data)  # noqa: FBT003
            for fact in in_order(file.facts.values())
        ]
        for stored in self.events.get(case):
            event: Any = stored
            if isinstance(event, _WARNINGS):
                evidence = {"evidence": list(event.finding.evidence)} if isinstance(event, CaseFile.YellowLightLit | CaseFile.CardIssued) else {}
                name = type(event).__name__
                sentence = sentences.of_warning(event)
                entries.append(HistoryEntry(event.happened, event.timestamp, self.name, name, event.actor, sentence, True, str(event.warning), evidence))  # noqa: FBT003
        known = [entry for entry in entries if as_of is None or entry.recorded <= as_of]
        # The order in which facts were folded is causal within a service; between services, by when it happened.
        return sorted(known, key=lambda entry: entry.happened)
