"""A public event on its way: CloudEvents 1.0 in the structured JSON form, in and out of bytes."""

import zlib
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from contracts import registry
from contracts.registry import PublicEvent

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
LANES = 16
"""How many lanes a stream has. A lane is the Kafka partition and part of the tracking name, so this number can never change silently."""

TELLERS = ("intake", "workflow", "supervision", "certificates")
"""Who knows what concerns a department, and tells it: each in the lane of the department's topic that has this number, which can never change, either."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """The attributes of CloudEvents, its extension `traceparent`, and our extensions `recorded`, `actor` (a reference, no name).

    `time` is when it happened, `recorded` when the source stored it; `sequence` is the position in the source's log, and `previous` that of the
    event before it in its lane ("0" where it is the first), so that whoever hears notices when one is missing.
    """

    specversion: str = "1.0"
    id: str
    source: Annotated[str, msgspec.Meta(pattern=r"^/onewindow/[a-z]+\Z")]
    type: str
    subject: UUID
    time: datetime
    recorded: datetime
    sequence: Annotated[str, msgspec.Meta(pattern=r"^\d{1,18}$")]
    previous: Annotated[str, msgspec.Meta(pattern=r"^\d{1,18}$")] | msgspec.UnsetType = msgspec.UNSET
    actor: str
    traceparent: Annotated[str, msgspec.Meta(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\Z")] | msgspec.UnsetType = msgspec.UNSET
    datacontenttype: str = "application/json"
    data: dict[str, Any]

    @property
    def service(self) -> str:
        """The name of the service that said it."""
        return self.source.rpartition("/")[2]

    @property
    def position(self) -> int:
        """The position in the source's log."""
        return int(self.sequence)

    @property
    def trace(self) -> str | None:
        """The trace id of what caused it, where that is known."""
        return None if self.traceparent is msgspec.UNSET else self.traceparent[3:35]

    def after(self, previous: int | None) -> "Envelope":
        """Give the same event with what came before it in its lane, where that is known."""
        return self if previous is None else msgspec.structs.replace(self, previous=str(previous))

    def follows(self, position: int) -> bool:
        """Say whether nothing of the lane is missing between a position and this event, as far as its source said."""
        return self.previous is msgspec.UNSET or int(self.previous) <= position

    @property
    def lane(self) -> int:
        """The lane of its subject: order holds within it."""
        return lane_of(self.subject)

    def event(self) -> PublicEvent:
        """Read the data into the newest model of its type; raises what `registry.read` raises."""
        return registry.read(self.type, self.data)


class Malformed(ValueError):  # noqa: N818 - said of the bytes
    """Bytes that are no CloudEvents 1.0 document of ours."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Envelope)


def lane_of(subject: UUID) -> int:
    """Give the lane of a subject, from 0 to LANES - 1."""
    return zlib.crc32(subject.bytes) % LANES


def wrap(
    event: PublicEvent,
    *,
    service: str,
    subject: UUID,
    position: int,
    previous: int | None = None,
    happened: datetime,
    recorded: datetime,
    actor: str,
    trace: str | None = None,
) -> Envelope:
    """Put a public event of a service into its envelope."""
    return Envelope(
        id=f"{service}-{position}",
        source=f"/onewindow/{service}",
        type=registry.wire_type_of(event),
        subject=subject,
        time=happened,
        recorded=recorded,
        sequence=str(position),
        previous=msgspec.UNSET if previous is None else str(previous),
        actor=actor,
        # Each event is a step of the trace of its own; its position says which.
        traceparent=msgspec.UNSET if trace is None else f"00-{trace}-{position:016x}-01",
        data=event.model_dump(mode="json"),
    )


def to_bytes(envelope: Envelope) -> bytes:
    """Give the structured JSON form."""
    return _encoder.encode(envelope)


def from_bytes(body: bytes) -> Envelope:
    """Read the structured JSON form; raise `Malformed` where it is none."""
    try:
        envelope = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error
    if envelope.specversion != "1.0":
        msg = f"specversion {envelope.specversion} is not 1.0"
        raise Malformed(msg)
    if envelope.time.tzinfo is None or envelope.recorded.tzinfo is None:
        msg = "time and recorded need an offset"
        raise Malformed(msg)
    return envelope
