"""The log as checkpoints see it: read page by page, with a mark for each event and a digest for each stretch."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import msgspec
from eventsourcing.persistence import Notification

from services.chassis.audit.lines import MARK_DIGITS
from services.chassis.service import Service

PAGE = 1000

T = TypeVar("T")

_spelled = lru_cache(PAGE)(str)
"""Many events of one aggregate follow one another."""


def marker(algorithm: str) -> Callable[[Notification], str]:
    """Give what gives the mark of an event: the digest of everything stored of it, its position, aggregate, version, type and state."""
    # To look an algorithm up costs more than to begin a digest from a copy.
    blank = hashlib.new(algorithm)

    def mark(event: Notification) -> str:
        # SQLite gives a text where somebody put one.
        state = event.state.encode() if isinstance(event.state, str) else event.state
        digest = blank.copy()
        digest.update(f"{event.id} {_spelled(event.originator_id)} {event.originator_version} {event.topic} {len(state)}\n".encode())
        digest.update(state)
        return digest.hexdigest()[:MARK_DIGITS]

    return mark


def digest(algorithm: str, events: Sequence[Notification]) -> str:
    """Give the digest of a whole stretch: of MessagePack for a list of lists, each an event's aggregate, version, type, state and position."""
    return hashlib.new(algorithm, msgspec.msgpack.encode(events)).hexdigest()


def pages(service: Service, after: int, through: int, size: int = PAGE) -> Iterator[Sequence[Notification]]:
    """Give the events after one position and through another, page by page."""
    start = beginning(after)
    while events := service.recorder.select_notifications(start, size, stop=through, inclusive_of_start=False):
        yield events
        start = events[-1].id


def beginning(after: int) -> int | None:
    """Say where to read from: at the very first, also what somebody put before the first position belongs to the log."""
    return after or None


def ahead(items: Iterator[T]) -> Iterator[T]:
    """Give what an iterator gives, of which the next is on its way while one is looked at."""
    with ThreadPoolExecutor(1, "log") as reader:
        coming = reader.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = reader.submit(next, items, None)
            yield item
