"""A fact is what another service said of a case. Facts are a set: folded in one order, whatever the order of their arrival."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

SOURCES = ("intake", "workflow", "certificates", "notification")
"""In the order in which they come where two facts happened at the same moment."""


STEPS = (
    "application-received",
    "correction-notice-issued",
    "corrections-submitted",
    "application-accepted",
    "acceptance-refused",
    "fee-charged",
    "fee-refunded",
    "stage-signed",
    "clock-stopped",
    "clock-resumed",
    "limit-extended",
    "case-decided",
    "preliminary-opinion-forwarded",
    "decision-published",
    "certificate-issued",
    "result-delivered",
    "result-archived",
    "certificate-revoked",
    "application-withdrawn",
)
"""The order of the law, which decides between reported steps of the same moment."""
LOG_ALTERED = "log-altered"
"""That the log of a service is not as a checkpoint has it: told by the operator's verification, by no service."""
MOST_NAMED = 20
_RANKS = {source: rank for rank, source in enumerate(SOURCES)}
_STEPS = {step: rank for rank, step in enumerate(STEPS)}
_Stream = tuple[int, str, int, int]
_position = attrgetter("position")


@dataclass(frozen=True, slots=True)
class Fact:
    """One public event. `name` is its type without prefix and version, such as `application-received`; `evidence` names it on a card.

    What a department's own system reported has the day in `reported` on which that system joined: its facts arrive in any order, and those of
    before are history.
    """

    source: str
    position: int
    name: str
    happened: datetime
    recorded: datetime
    actor: str
    data: dict[str, Any]
    reported: date | None = None

    @property
    def evidence(self) -> str:
        """The event's id on the bus."""
        return f"{self.source}-{self.position}"


def altered_events(data: Mapping[str, Any]) -> str:
    """Say which events of a log are not as a checkpoint has them, the first few of them by position."""
    positions = data["positions"]
    named = "、".join(str(one) for one in positions[:MOST_NAMED])
    return f"{data['service']} 服务的事件流有 {len(positions)} 个事件被改动、删除或者插入：位置 {named}{'等' if len(positions) > MOST_NAMED else ''}"


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Give facts by when they happened, each source's own order kept, the same for every order of arrival.

    What a department reported has no order but that of its times; the order of the law decides between equal ones.
    """
    streams: dict[_Stream, list[Fact]] = {}
    for fact in facts:
        streams.setdefault(_stream(fact), []).append(fact)
    told: list[tuple[datetime, int, int, Fact]] = []
    for rank, (_, stream) in enumerate(sorted(streams.items())):
        stream.sort(key=_position)
        latest = stream[0].happened
        for index, fact in enumerate(stream):
            # What a source said later comes later, though it says that it happened earlier.
            latest = max(latest, fact.happened)
            told.append((latest, rank, index, fact))
    told.sort()
    return [fact for _, _, _, fact in told]


def _stream(fact: Fact) -> _Stream:
    rank = _RANKS.get(fact.source, len(SOURCES))
    if fact.reported is None:
        return rank, fact.source, -1, 0
    return rank, fact.source, _STEPS.get(fact.name, len(STEPS)), fact.position
