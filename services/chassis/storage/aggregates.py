"""What aggregates are now: what is known of one from before is copied, and only what was stored since is read and applied."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache, cached_property
from inspect import getmembers_static
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Mapper

from services.chassis.storage.recorder import Recorder

A = TypeVar("A", bound=Aggregate)

MOST_KNOWN = 1_000


class Aggregates:
    """The aggregates of one service. Whoever gets one gets her own; how far others have brought it meanwhile is seen by its version when she stores hers."""

    def __init__(self, recorder: Recorder, mapper: Mapper[UUID], most: int = MOST_KNOWN) -> None:
        self._recorder = recorder
        self._mapper = mapper
        self._most = most
        self._known: dict[UUID, Aggregate] = {}
        self._keeping = Lock()

    def get(self, aggregate_ids: Collection[UUID]) -> dict[UUID, Aggregate | None]:
        """Give several as the log has them at this moment, read at once; None for those that have no events."""
        known = {one: self._known.get(one) for one in aggregate_ids}
        news: defaultdict[UUID | str, list[Any]] = defaultdict(list)
        for stored in self._recorder.select_events_beyond({one: before.version if before else 0 for one, before in known.items()}):
            news[stored.originator_id].append(self._mapper.to_domain_event(stored))
        found = {}
        for one, before in known.items():
            found[one] = now = fold(copied(before) if before else None, news[one])
            if now is not None:
                self.keep(now)
        return found

    def keep(self, aggregate: Aggregate) -> None:
        """Remember an aggregate as it is stored."""
        with self._keeping:
            # Those who were of use lately come last.
            before = self._known.pop(aggregate.id, None)
            self._known[aggregate.id] = before if before and before.version >= aggregate.version else copied(aggregate)
            if len(self._known) > self._most:
                del self._known[next(iter(self._known))]

    def known(self) -> list[Aggregate]:
        """Give copies of all that are remembered."""
        with self._keeping:
            return [copied(one) for one in self._known.values()]


def copied(aggregate: A) -> A:
    """Copy an aggregate with its lists and dicts. What is in these is never changed but replaced, and can be shared; what was derived is derived anew."""
    copy: A = object.__new__(type(aggregate))
    state = copy.__dict__
    state.update(aggregate.__dict__)
    for name in _derived(type(aggregate)):
        state.pop(name, None)
    for name, value in state.items():
        if type(value) in _CHANGED_IN_PLACE:
            state[name] = value.copy()
    return copy


_CHANGED_IN_PLACE = (dict, list, set, defaultdict)


@cache
def _derived(kind: type[Aggregate]) -> Collection[str]:
    return [name for name, _ in getmembers_static(kind, lambda member: isinstance(member, cached_property))]


def fold(initial: Aggregate | None, events: Iterable[Any]) -> Aggregate | None:
    """Apply events in their order; the first one makes the aggregate."""
    aggregate = initial
    for event in events:
        if aggregate is None:
            aggregate = event.mutate(None)
        else:
            event.apply(aggregate)
            aggregate.version = event.originator_version
            aggregate.modified_on = event.timestamp
    return aggregate
