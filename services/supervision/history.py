"""The history of a case over all services, told line by line, each with its papers: what others said, and what supervision made of it (AUD-01)."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.supervision import sentences
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.disagreement import Disagreement
from services.supervision.domain.facts import Fact, in_order
from services.supervision.papers import Paper, papers_of

SOURCE = "supervision"
OWN = (
    CaseFile.YellowLightLit,
    CaseFile.YellowLightWentOut,
    CaseFile.CardIssued,
    CaseFile.CardWithdrawn,
    CaseFile.CardCorrected,
    CaseFile.CardExplained,
    CaseFile.RectificationReported,
    CaseFile.RectificationVerified,
    CaseFile.RectificationRejected,
    CaseFile.CardAppealed,
    CaseFile.AppealDecided,
    CaseFile.ComplaintRegistered,
    CaseFile.ComplaintForwarded,
    CaseFile.ComplaintReturned,
    CaseFile.ComplaintExtensionAsked,
    CaseFile.ComplaintExtended,
    CaseFile.ComplaintAnswered,
    CaseFile.DeadlinesRecomputed,
    Disagreement.Raised,
    Disagreement.Stated,
    Disagreement.Settled,
)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a case's history: who, when it happened, when it was recorded, what, and the event itself (AUD-01).

    `evidence` names what it is about where that is a card or a complaint; `event` is its own id, which no other entry has.
    """

    happened: datetime
    recorded: datetime
    source: str
    name: str
    actor: str
    sentence: str
    is_warning: bool
    evidence: str
    data: dict[str, Any]
    event: str
    papers: tuple[Paper, ...] = ()


def history_of(case: UUID, item: dict[str, Any], facts: Iterable[Fact], streams: Iterable[Sequence[Any]], as_of: datetime | None = None) -> list[HistoryEntry]:
    """Tell facts about a case of an item, and supervision's own streams of events, as they were known at a moment.

    Each stream keeps its own order, that of cause and effect, even where something was entered with an earlier time; between streams, by when it happened.
    """
    told = heapq.merge(_of_facts(case, item, facts), *(_of_own(stream) for stream in streams), key=lambda entry: entry.happened)
    return [entry for entry in told if as_of is None or entry.recorded <= as_of]


def _of_facts(case: UUID, item: dict[str, Any], facts: Iterable[Fact]) -> Iterator[HistoryEntry]:
    for fact in in_order(facts):
        told = {"sentence": sentences.of_fact(fact, item), "is_warning": False, "evidence": fact.evidence, "data": fact.data, "event": fact.evidence}
        yield HistoryEntry(fact.happened, fact.recorded, fact.source, fact.name, fact.actor, **told, papers=papers_of(case, fact))  # type: ignore[arg-type]


def _of_own(events: Iterable[Any]) -> Iterator[HistoryEntry]:
    for one in events:
        if isinstance(one, OWN):
            event: Any = one
            name, said = type(event).__name__, sentences.of_warning(event)
            identity = f"{SOURCE}-{event.originator_id}-{event.originator_version}"
            told = {"is_warning": True, "evidence": _subject_of(event), "data": _evidence_of(event), "event": identity}
            yield HistoryEntry(event.happened, event.timestamp, SOURCE, name, event.actor, said, **told)  # type: ignore[arg-type]


def _subject_of(event: Any) -> str:  # noqa: ANN401 - one of supervision's own
    """Give what names an entry: the warning or the complaint that it is about, else its name. A complaint is evidence by its registration (SUP-Y09)."""
    match event:
        case CaseFile.ComplaintRegistered(complaint=complaint):
            return complaint.id
        case _:
            return str(event.warning) if hasattr(event, "warning") else type(event).__name__


def _evidence_of(event: Any) -> dict[str, Any]:  # noqa: ANN401 - one of supervision's own
    """Give the rule of a light or card and who answers for it, and the evidence that it stands on, or by which it was withdrawn; of a complaint, which."""
    match event:
        case CaseFile.YellowLightLit(finding=finding) | CaseFile.CardIssued(finding=finding):
            return {"rule": finding.rule, "card": finding.level.value, "department": finding.department, "evidence": list(finding.evidence)}
        case CaseFile.CardWithdrawn() | CaseFile.RectificationVerified():
            return {"rule": event.rule, "evidence": list(event.evidence)}
        case CaseFile.ComplaintRegistered(complaint=complaint):
            return {"complaint": complaint.id, "channel": complaint.channel}
        case CaseFile.CardCorrected():
            return {"rule": event.rule, "department": event.department}
        case CaseFile.ComplaintForwarded():
            return {"complaint": event.complaint, "department": event.department}
        case CaseFile.ComplaintExtended():
            return {"complaint": event.complaint, "days": event.days}
        case Disagreement.Settled():
            return {"agreed": event.agreed}
        case _:
            return {name: getattr(event, name) for name in ("rule", "complaint") if hasattr(event, name)}
