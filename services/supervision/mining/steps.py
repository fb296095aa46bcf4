"""A case as an event log has it: its history step by step, each with who acted by reference, and nothing that names anybody (AUD-04, SEC-02)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kernel.aggregate import SYSTEM
from services.supervision.domain.picture import Picture
from services.supervision.history import SOURCE, HistoryEntry
from services.supervision.mining.activities import ACTIVITIES, STAGE, TYPES, Activity, code_of
from services.supervision.sentences import told

Data = Mapping[str, Any]
Value = str | int | bool
UNNAMED = frozenset({"complaint-registered"})
"""Who complained is told to nobody outside supervision."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a case. `word` is what it is called, `activity` what it is a moment of, `instance` which of several of that."""

    id: str
    code: str
    word: str
    activity: str
    transition: str
    instance: str
    happened: datetime
    recorded: datetime
    source: str
    resource: str
    department: str
    fields: Mapping[str, Value]
    warning: str = ""
    """The light or card that it is about."""

    @property
    def stage(self) -> str:
        """The stage that it is about, by its code; for most there is none."""
        return str(self.fields.get("stage", ""))

    @property
    def certificate(self) -> str:
        """The number of the result that it is about; for most there is none."""
        return str(self.fields.get("certificate", ""))


@dataclass(frozen=True, slots=True)
class CaseTold:
    """A case with its steps, in the domain's own order: that of cause and effect, also between those of the same moment."""

    id: UUID
    picture: Picture
    steps: tuple[Step, ...]
    stages: Mapping[str, tuple[str, str]]
    """The name and the department of each stage that its steps speak of, by code."""


def case_told(case: UUID, picture: Picture, history: Iterable[HistoryEntry]) -> CaseTold:
    """Give a case as it is told by its history."""
    teller = _Teller(picture)
    steps = tuple(teller.steps(history))
    return CaseTold(case, picture, steps, {one.stage: teller.stages.get(one.stage, (one.stage, picture.department)) for one in steps if one.stage})


@dataclass(slots=True)
class _Teller:
    picture: Picture
    stages: dict[str, tuple[str, str]] = field(default_factory=dict)
    begun: Counter[str] = field(default_factory=Counter)
    answering: dict[str, str] = field(default_factory=dict)
    """The department that answers for a card, or was asked about a complaint."""

    def __post_init__(self) -> None:
        for stage in self.picture.item.get("stages", ()):
            self.stages[stage["code"]] = stage["name"], stage["department"]

    def steps(self, history: Iterable[HistoryEntry]) -> Iterator[Step]:
        for entry in history:
            code, data = code_of(entry.name), entry.data
            if code in {"stage-entered", "stage-signed"}:
                self.stages[data["stage"]] = data["name"], data["department"]
            if entry.source == SOURCE and "department" in data:
                self.answering[_subject_of(entry)] = data["department"]
            known = ACTIVITIES[code]
            called = self._called(known, data)
            yield Step(
                id=entry.event,
                code=code,
                word=known.word,
                activity=called,
                transition="reassign" if data.get("previous") else known.transition,
                instance=self._instance(known, called, entry) if known.of else "",
                happened=entry.happened,
                recorded=entry.recorded,
                source=entry.source,
                resource="" if code in UNNAMED else str(data.get("officer") or entry.actor),
                department=self._department(known, entry),
                fields=_fields(known, data),
                warning=entry.evidence if entry.source == SOURCE and "rule" in data else "",
            )

    def _called(self, known: Activity, data: Data) -> str:
        if known.of == STAGE:
            return f"「{self.stages.get(data['stage'], (data['stage'],))[0]}」{STAGE}"
        return "视为受理" if data.get("deemed") else known.of or known.word

    def _instance(self, known: Activity, called: str, entry: HistoryEntry) -> str:
        if entry.source == SOURCE:
            return _subject_of(entry)
        if "stop" in entry.data:
            return str(entry.data["stop"])
        if known.transition == "schedule" or (known.transition == "start" and known.of != STAGE):
            self.begun[called] += 1
        return str(max(self.begun[called], 1))

    def _department(self, known: Activity, entry: HistoryEntry) -> str:
        if not known.official or entry.actor == SYSTEM.subject:
            return ""
        if entry.source == SOURCE:
            return self.answering.get(_subject_of(entry), "")
        of_stage = self.stages.get(entry.data.get("stage", ""))
        return str(entry.data.get("department") or (of_stage[1] if of_stage else self.picture.department))


def _subject_of(entry: HistoryEntry) -> str:
    """Give the complaint, light or card that an entry of supervision's own is about."""
    return str(entry.data.get("complaint", entry.evidence))


def _fields(known: Activity, data: Data) -> dict[str, Value]:
    """Give the fields of an activity that its event has, as what they are declared to be."""
    said = {**data, "certificate": data.get("number"), "message": told(data["template"]) if "template" in data else None}
    return {name: said[name] for name in known.fields if isinstance(said.get(name), TYPES[name])}
