"""What every aggregate has: events that say who acted, when it happened and when it was recorded."""

from dataclasses import field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.kernel.actor import Actor
from services.kernel.trace import NO_TRACE, TRACE


class Refusal(Exception):  # noqa: N818 - a refused command is no programming error
    """A command that the rules forbid in this state. `code` is for programs, the message (Chinese) for people, `article` cites the rule."""

    def __init__(self, code: str, message: str, article: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.article = article


class RecordedAggregate(Aggregate):
    """An aggregate whose id is given, never drawn, so that a repeated command meets what the first one made (APP-07).

    Each class has a `TOPIC`, such as `intake.Application`. Its commands are public methods that decide and call `begin` or
    `record`; its events are nested classes whose `apply` changes the state. An event is stored under `<TOPIC>.<its name>`;
    one that is renamed keeps its old name in a `TOPIC` of its own, so that stored events outlive renames.

    A long one is written in several files, each a part with `part_of`, the topic of the whole, in the place of a `TOPIC`; the
    whole inherits from its parts, and it is its events that are stored and read. The state is made in the first part's `__init__`,
    and a later part annotates nothing in its body: the library would make a dataclass of it, with an `__init__` of its own.
    """

    class Event(Aggregate.Event):
        """Who acted, and when it happened; `timestamp` is when it was recorded (later after an outage or for a department's feed).

        `trace` names the request that caused it, here or in another service (ADR 0015).
        """

        actor: str
        happened: datetime
        trace: str = field(default=NO_TRACE, kw_only=True)

    def __init_subclass__(cls, *, part_of: str = "", **options: Any) -> None:  # noqa: ANN401 - the library's own
        """Give each event its topic."""
        topic = part_of or cls.__dict__["TOPIC"]
        if "Created" not in cls.__dict__:
            # The library would define one without a topic.
            cls.Created = type("Created", (RecordedAggregate.Created,), {"__module__": cls.__module__, "__qualname__": f"{cls.__qualname__}.Created"})  # type: ignore[misc,assignment]
        for name, event in list(cls.__dict__.items()):
            if isinstance(event, type) and issubclass(event, Aggregate.Event) and name != "Event" and "TOPIC" not in event.__dict__:
                event.TOPIC = f"{topic}.{name}"  # type: ignore[attr-defined]
        super().__init_subclass__(**options)

    @staticmethod
    def create_id(id: UUID, **_: Any) -> UUID:  # noqa: A002, ANN401 - the library's name
        """Take the id as given."""
        return id

    @classmethod
    def begin(cls, event: Any, aggregate_id: UUID, actor: Actor, now: datetime, happened: datetime | None = None, **fields: Any) -> Self:  # noqa: ANN401
        """Make an aggregate by its first event, in the name of `actor`, recorded at `now`."""
        return cls._create(event, id=aggregate_id, trace=TRACE.get(), timestamp=now, actor=actor.subject, happened=happened or now, **fields)

    def record(self, event: Any, actor: Actor, now: datetime, happened: datetime | None = None, **fields: Any) -> None:  # noqa: ANN401
        """Trigger an event in the name of `actor`, recorded at `now`; it happened then too unless `happened` says otherwise."""
        self.trigger_event(event, timestamp=now, actor=actor.subject, happened=happened or now, **fields)

    def trigger_event(self, event_class: Any, **fields: Any) -> None:  # noqa: ANN401 - the library's own
        """Trigger an event with the trace of what caused it."""
        super().trigger_event(event_class, trace=TRACE.get(), **fields)


SYSTEM = Actor("system", "系统", frozenset())
"""Acts where a rule or a timer does, and no person."""


class NotAllowed(Refusal):
    """A command that this actor may not give: no authority, not his department, not her application."""


class Invalid(Refusal):
    """A command whose content is wrong: an empty opinion, a missing field, a checksum. `fields` says what is wrong where."""

    def __init__(self, code: str, message: str, article: str = "", fields: dict[str, str] | None = None) -> None:
        super().__init__(code, message, article)
        self.fields = fields or {}
