"""A fact is what another service said of a case. Facts are a set: folded in one order, whatever the order of their arrival."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SOURCES = ("intake", "workflow", "certificates", "notification")
"""In the order in which they come where two facts happened at the same moment."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One public event. `name` is its type without prefix and version, such as `application-received`; `evidence` names it on a card."""

    source: str
    position: int
    name: str
    happened: datetime
    recorded: datetime
    actor: str
    data: dict[str, Any]

    @property
    def evidence(self) -> str:
        """The event's id on the bus."""
        return f"{self.source}-{self.position}"


def in_order(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Give facts by when they happened, each source's own order kept, the same for every order of arrival."""
    streams: dict[str, list[Fact]] = {}
    for fact in facts:
        streams.setdefault(fact.source, []).append(fact)
    heap: list[tuple[datetime, int, int, int]] = []
    ordered = [sorted(stream, key=lambda fact: fact.position) for _, stream in sorted(streams.items(), key=lambda pair: _rank(pair[0]))]
    for number, stream in enumerate(ordered):
        heap.append((stream[0].happened, number, 0, number))
    heapq.heapify(heap)
    while heap:
        _, rank, index, number = heapq.heappop(heap)
        stream = ordered[number]
        yield stream[index]
        if index + 1 < len(stream):
            heapq.heappush(heap, (stream[index + 1].happened, rank, index + 1, number))


def _rank(source: str) -> tuple[int, str]:
    return (SOURCES.index(source) if source in SOURCES else len(SOURCES), source)
