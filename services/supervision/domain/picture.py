"""The picture of a case that its facts make: what it is, how far it is, who holds it, and its clocks (CLK-04)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.kernel.calendar import local_day
from services.kernel.clock import ClockFacts, Extension, Stop
from services.supervision.domain.facts import Fact, in_order


@dataclass(slots=True)
class StageSeen:
    """A stage as it was entered, with who held it since when, and when it was signed or reopened."""

    code: str
    name: str
    department: str
    role: str
    limit: int
    entered: datetime
    ended: datetime | None = None
    holders: list[tuple[datetime, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ClockSeen:
    """A clock of the case, and the events that set it."""

    name: str
    facts: ClockFacts
    evidence: tuple[str, ...]


@dataclass(slots=True)
class Picture:
    """All that supervision knows of a case. Empty fields were not heard of yet."""

    number: str = ""
    item: dict[str, Any] = field(default_factory=dict)
    channel: str = ""
    window: str | None = None
    applicant: str = ""
    received: datetime | None = None
    received_on: date | None = None
    acceptance_limit: int = 5
    commitment: bool = False
    answered_on: date | None = None
    notices: int = 0
    accepted: datetime | None = None
    deemed: bool = False
    refused: datetime | None = None
    clock_start: date | None = None
    stages: list[StageSeen] = field(default_factory=list)
    stops: dict[str, Stop] = field(default_factory=dict)
    extension: Extension | None = None
    outcome: str | None = None
    decided: datetime | None = None
    decided_on: date | None = None
    withdrawn_on: date | None = None
    delivered: datetime | None = None
    evidence: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def department(self) -> str:
        """The department that is responsible for the item."""
        return str(self.item.get("department", ""))

    @property
    def state(self) -> str:
        """How far the case is."""
        if self.withdrawn_on is not None:
            return "WITHDRAWN"
        if self.decided is not None:
            return "DECIDED"
        if self.refused is not None:
            return "NOT_ACCEPTED"
        if self.accepted is not None:
            return "OPEN"
        return "CORRECTION" if self.answered_on is not None else "RECEIVED"

    @property
    def ended_on(self) -> date | None:
        """The day on which the case's clocks end."""
        return self.decided_on or self.withdrawn_on

    def open_stages(self, moment: datetime) -> list[StageSeen]:
        """Give the stages that were open at a moment."""
        return [stage for stage in self.stages if stage.entered <= moment and (stage.ended is None or stage.ended > moment)]

    def responsible(self, moment: datetime) -> tuple[str, str | None]:
        """Give the department and the officer, if any held it, responsible at a moment."""
        for stage in self.open_stages(moment):
            held = [officer for since, officer in stage.holders if since <= moment]
            return stage.department, held[-1] if held else None
        return self.department, None

    def clocks(self) -> list[ClockSeen]:
        """Give the clocks of the case that the facts have started."""
        clocks = []
        if self.received_on is not None:
            answered = self.answered_on or (local_day(self.accepted) if self.accepted else None) or (local_day(self.refused) if self.refused else None)
            answered = answered or self.withdrawn_on
            facts = ClockFacts(self.received_on, self.acceptance_limit, decided=max(answered, self.received_on) if answered else None)
            clocks.append(ClockSeen("acceptance", facts, self._evidence("application-received")))
        if self.clock_start is not None and self.item:
            clocks.extend(self._case_clock(name, int(self.item[f"{name}_limit"])) for name in ("promised", "statutory"))
        return clocks

    def clock(self, name: str) -> ClockSeen | None:
        """Give one clock of the case."""
        return next((clock for clock in self.clocks() if clock.name == name), None)

    def _case_clock(self, name: str, limit: int) -> ClockSeen:
        start = self.clock_start
        assert start is not None  # noqa: S101 - the caller looked
        ended = max(self.ended_on, start) if self.ended_on else None
        stops = tuple(sorted(self.stops.values(), key=lambda stop: (stop.begin, stop.event))) if limit else ()
        extensions = (self.extension,) if self.extension and limit and self.extension.on >= start else ()
        names = ("application-accepted", "clock-stopped", "clock-resumed", "limit-extended", "case-decided", "case-withdrawn")
        return ClockSeen(name, ClockFacts(start, limit, stops, extensions, ended), self._evidence(*names))

    def _evidence(self, *names: str) -> tuple[str, ...]:
        return tuple(one for name in names for one in self.evidence.get(name, ()))


def picture_of(facts: Iterable[Fact]) -> Picture:
    """Fold the facts of a case, in whatever order they are given."""
    picture = Picture()
    for fact in in_order(facts):
        picture.evidence[fact.name] = (*picture.evidence.get(fact.name, ()), fact.evidence)
        see = _SEEN.get(fact.name)
        if see is not None:
            see(picture, fact)
    return picture


def _received(picture: Picture, fact: Fact) -> None:
    data = fact.data
    picture.number, picture.item, picture.channel, picture.window = data["number"], data["item"], data["channel"], data.get("window")
    picture.applicant = data["applicant"]["reference"]
    picture.received, picture.received_on = fact.happened, date.fromisoformat(data["received_on"])
    picture.acceptance_limit, picture.commitment = data["acceptance_limit"], data["commitment"]


def _noticed(picture: Picture, fact: Fact) -> None:
    picture.notices += 1
    picture.answered_on = picture.answered_on or local_day(fact.happened)


def _accepted(picture: Picture, fact: Fact) -> None:
    data = fact.data
    picture.number, picture.item, picture.channel = data["number"], data["item"], data["channel"]
    picture.accepted, picture.deemed, picture.clock_start = fact.happened, data["deemed"], date.fromisoformat(data["clock_start"])


def _refused(picture: Picture, fact: Fact) -> None:
    picture.refused = fact.happened


def _withdrawn(picture: Picture, fact: Fact) -> None:
    picture.withdrawn_on = local_day(fact.happened)
    _end_stages(picture, fact)


def _entered(picture: Picture, fact: Fact) -> None:
    data = fact.data
    picture.stages.append(StageSeen(data["stage"], data["name"], data["department"], data["role"], data["limit"], fact.happened))


def _assigned(picture: Picture, fact: Fact) -> None:
    for stage in reversed(picture.stages):
        if stage.code == fact.data["stage"] and stage.ended is None:
            stage.holders.append((fact.happened, fact.data["officer"]))
            return


def _signed(picture: Picture, fact: Fact) -> None:
    _end_stages(picture, fact, fact.data["stage"])


def _rolled_back(picture: Picture, fact: Fact) -> None:
    _end_stages(picture, fact, *fact.data["reopened"])


def _end_stages(picture: Picture, fact: Fact, *codes: str) -> None:
    for stage in picture.stages:
        if stage.ended is None and (not codes or stage.code in codes):
            stage.ended = fact.happened


def _stopped(picture: Picture, fact: Fact) -> None:
    data = fact.data
    known = picture.stops.get(data["stop"])
    begin = date.fromisoformat(data["from_day"])
    picture.stops[data["stop"]] = Stop(begin, known.end if known else None, data["procedure"], data["notice"])


def _resumed(picture: Picture, fact: Fact) -> None:
    stop = picture.stops.get(fact.data["stop"])
    if stop is not None:
        picture.stops[fact.data["stop"]] = Stop(stop.begin, date.fromisoformat(fact.data["to_day"]), stop.kind, stop.event)


def _extended(picture: Picture, fact: Fact) -> None:
    picture.extension = Extension(date.fromisoformat(fact.data["granted_on"]), fact.data["days"])


def _decided(picture: Picture, fact: Fact) -> None:
    picture.decided, picture.outcome = fact.happened, fact.data["outcome"]
    picture.decided_on = date.fromisoformat(fact.data["decided_on"])


def _delivered(picture: Picture, fact: Fact) -> None:
    picture.delivered = fact.happened


_SEEN = {
    "application-received": _received,
    "correction-notice-issued": _noticed,
    "application-accepted": _accepted,
    "acceptance-refused": _refused,
    "application-withdrawn": _withdrawn,
    "stage-entered": _entered,
    "officer-assigned": _assigned,
    "stage-signed": _signed,
    "case-rolled-back": _rolled_back,
    "clock-stopped": _stopped,
    "clock-resumed": _resumed,
    "limit-extended": _extended,
    "case-decided": _decided,
    "case-withdrawn": _withdrawn,
    "result-delivered": _delivered,
}
