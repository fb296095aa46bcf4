"""A fact is what another service said of a case. Facts are a set: folded in one order, whatever the order of their arrival."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
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
_Stream = tuple[int, str, int, int]


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


def in_order(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Give facts by when they happened, each source's own order kept, the same for every order of arrival.

    What a department reported has no order but that of its times; the order of the law decides between equal ones.
    """
    streams: dict[_Stream, list[Fact]] = {}
    for fact in facts:
        streams.setdefault(_stream(fact), []).append(fact)
    heap: list[tuple[datetime, int, int, int]] = []
    ordered = [sorted(stream, key=lambda fact: fact.position) for _, stream in sorted(streams.items())]
    for number, stream in enumerate(ordered):
        heap.append((stream[0].happened, number, 0, number))
    heapq.heapify(heap)
    while heap:
        _, rank, index, number = heapq.heappop(heap)
        stream = ordered[number]
        yield stream[index]
        if index + 1 < len(stream):
            heapq.heappush(heap, (stream[index + 1].happened, rank, index + 1, number))


def _stream(fact: Fact) -> _Stream:
    rank = SOURCES.index(fact.source) if fact.source in SOURCES else len(SOURCES)
    if fact.reported is None:
        return rank, fact.source, -1, 0
    return rank, fact.source, STEPS.index(fact.name) if fact.name in STEPS else len(STEPS), fact.position
