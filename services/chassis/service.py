"""What every service is: aggregates kept as events, views changed with them, commands that are stored whole or not at all."""

import logging
import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, DomainEventProtocol
from eventsourcing.persistence import IntegrityError, Mapper, Tracking
from prometheus_client import Metric

from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from services.chassis.metrics import COMMAND_SECONDS, COMMANDS, EVENTS_STORED
from services.chassis.storage.aggregates import Aggregates
from services.chassis.storage.database import Change, Database
from services.chassis.storage.mapper import MsgspecMapper
from services.chassis.storage.numbers import Numbers
from services.chassis.storage.recorder import Recorder
from services.kernel.actor import Actor
from services.kernel.aggregate import Refusal

A = TypeVar("A", bound=Aggregate)
P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Service")

logger = logging.getLogger(__name__)

TRIES = 40
LONGEST_PAUSE = 0.05


class NotFound(LookupError):  # noqa: N818 - said to people
    """There is no such aggregate of this class."""


class Transaction:
    """The aggregates that a command or a batch of events reads and changes, stored together at its end."""

    def __init__(self, service: "Service") -> None:
        self._service = service
        self._aggregates: dict[UUID, Aggregate] = {}
        self._read: dict[UUID, Aggregate | None] = {}
        self._trackings: dict[str, int] = {}
        self._changes: list[Change] = []
        self._afterwards: list[Callable[[], None]] = []

    def read(self, *aggregate_ids: UUID) -> None:
        """Read several at once: whichever of them is asked for later, or is not there, costs no query of its own."""
        self._read |= self._service.aggregates.get(aggregate_ids)

    def get(self, kind: type[A], aggregate_id: UUID) -> A:
        """Give an aggregate; raise `NotFound` where there is none of this class."""
        if (aggregate := self.find(kind, aggregate_id)) is None:
            msg = f"no {kind.__name__} {aggregate_id}"
            raise NotFound(msg)
        return aggregate

    def find(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """Give an aggregate, or None."""
        aggregate = self._aggregates.get(aggregate_id)
        if aggregate is None:
            aggregate = self._read[aggregate_id] if aggregate_id in self._read else self._service.load(aggregate_id)
            if aggregate is not None:
                self._aggregates[aggregate_id] = aggregate
        return aggregate if isinstance(aggregate, kind) else None

    def add(self, aggregate: Aggregate) -> None:
        """Take a new aggregate in."""
        self._aggregates[aggregate.id] = aggregate

    def change(self, change: Change) -> None:
        """Add a change that belongs to no aggregate; those of the aggregates come after it."""
        self._changes.append(change)

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do something when all is stored: what cannot be undone, such as sending, must not come before."""
        self._afterwards.append(act)

    def track(self, name: str, position: int) -> None:
        """Say how far a stream was heard."""
        self._trackings[name] = position

    def commit(self) -> None:
        """Store everything; raise `IntegrityError` where somebody else was first."""
        events: list[DomainEventProtocol[UUID]] = []
        changes = list(self._changes)
        changed: list[Aggregate] = []
        for aggregate in self._aggregates.values():
            if new := aggregate.collect_events():
                changed.append(aggregate)
                events.extend(new)
                changes.extend(self._service.project(aggregate, new))
        if events or changes or self._trackings:
            trackings = [Tracking(name, position) for name, position in self._trackings.items()]
            stored = [self._service.mapper.to_stored_event(event) for event in events]
            self._service.recorder.insert_events(stored, trackings=trackings, changes=changes)
            for aggregate in changed:
                self._service.aggregates.keep(aggregate)
            EVENTS_STORED.labels(self._service.name).inc(len(events))
            self._service.leave_lines(events)
        for act in self._afterwards:
            act()


class Door(Protocol):
    """Where others put something on the bus for a service."""

    def hear(self, bodies: Sequence[bytes], now: datetime) -> None:
        """Take a batch in one transaction, and keep as letters what cannot be taken."""
        ...

    def hear_again(self, body: bytes, sender: Actor | None, transaction: Transaction, now: datetime) -> None:
        """Take one again, in the name of its sender, or of whoever signed it where that was not known; raise whatever is still wrong with it."""
        ...


def command(method: Callable[Concatenate[S, Transaction, P], R]) -> Callable[Concatenate[S, P], R]:
    """Run a method in a transaction of its own, again where somebody else changed the same aggregate meanwhile."""

    @wraps(method)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with _counted(self.name, method.__name__):
            for left in reversed(range(TRIES)):
                transaction = Transaction(self)
                answer = method(self, transaction, *args, **kwargs)
                try:
                    transaction.commit()
                except IntegrityError:
                    if not left:
                        raise
                    # Spread out those who fight for the same aggregate.
                    time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.001 * 2 ** (TRIES - left))))  # noqa: S311
                else:
                    return answer
            raise AssertionError

    return cast("Callable[Concatenate[S, P], R]", run)


@contextmanager
def _counted(service: str, name: str) -> Iterator[None]:
    outcome = "failed"
    try:
        with COMMAND_SECONDS.labels(service, name).time():
            yield
        outcome = "done"
    except Refusal:
        outcome = "refused"
        raise
    finally:
        COMMANDS.labels(service, name, outcome).inc()


class Service(Application[UUID]):
    """The base of the five services.

    A service gives its `name`, which others it `hears`, a `project` (its views), a `policy` (what it does upon an event that it hears), a `publish`
    (what of its events it says aloud) and a `fire` (what it does when a timer is due).
    """

    recorder: Recorder
    hears: Sequence[str] = ()

    def __init__(self, database: Database) -> None:
        self.database = database
        self.numbers = Numbers(database)
        self.doors: dict[str, Door] = {}
        """Where others than services put something on the bus for this one."""
        super().__init__()
        self.aggregates = Aggregates(self.recorder, self.mapper)

    def construct_mapper(self) -> Mapper[UUID]:
        """Store events by msgspec."""
        return MsgspecMapper()

    def construct_recorder(self) -> Recorder:
        """Store events, views and positions in one database."""
        return Recorder(self.database)

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:
        """Say what new events of an aggregate change in the views; the aggregate already is as they left it.

        Pure, so that a rebuild gives the same rows (AUD-03).
        """
        raise NotImplementedError

    def needed(self, envelopes: Sequence[Envelope]) -> Collection[UUID]:
        """Give the ids of the aggregates that the policy asks for upon a batch of events, so that they are read at once."""
        return {envelope.subject for envelope in envelopes}

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Do what is to be done upon a public event of another service; pass by those that do not concern this one."""

    def publish(self, event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of the service's events
        """Say a private event in public, or not at all."""

    def subject(self, event: Any) -> UUID:  # noqa: ANN401
        """Give the case that a private event is about: the aggregate itself unless the event has a `case_id`."""
        subject: UUID = getattr(event, "case_id", None) or event.originator_id
        return subject

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:
        """Do what is due; harmless when done twice."""

    def figures(self) -> Iterable[Metric]:
        """Give figures of the service's own that Prometheus asks for."""
        return ()

    def concerning(self, subjects: Collection[UUID], department: str) -> set[UUID]:  # noqa: ARG002 - none, where a service does not know
        """Give those of some cases that concern a department."""
        return set()

    def leave_lines(self, events: Sequence[Any]) -> None:
        """Leave a line for each event that was stored: which, about which case, and which request caused it."""
        if logger.isEnabledFor(logging.INFO):
            for event in events:
                logger.info("%s recorded %s", self.name, event.TOPIC, extra={"case": str(self.subject(event)), "trace": event.trace})

    def load(self, aggregate_id: UUID) -> Aggregate | None:
        """Give an aggregate as its events have it, None where it has none."""
        return self.aggregates.get((aggregate_id,))[aggregate_id]

    def close(self) -> None:
        """Hear no more of other processes, and close the database."""
        if not self.closing.is_set():
            super().close()
            self.recorder.close()
            self.database.close()
