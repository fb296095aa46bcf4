"""Stored events are JSON by msgspec, straight from and into the event classes, so dates, enums and nested records need no transcoding."""

from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent
from eventsourcing.utils import get_topic, resolve_topic

_encoder = msgspec.json.Encoder()
_decoders: dict[str, msgspec.json.Decoder[Any]] = {}


class MsgspecMapper(Mapper[UUID]):
    """Maps events by their classes' own types. A class with `class_version` above 1 brings `upcast_v1_v2` and so on, which change the dict."""

    def __init__(self) -> None:
        """Need no transcoder."""

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Encode an event; its version of the class goes with it from 2 on."""
        event_class = type(domain_event)
        version = getattr(event_class, "class_version", 1)
        state = _encoder.encode(domain_event if version == 1 else {**msgspec.to_builtins(domain_event), "class_version": version})
        return StoredEvent(domain_event.originator_id, domain_event.originator_version, get_topic(event_class), state)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """Decode an event, lifting it from the version that it was stored in; raise `MapperDeserialisationError` where it is damaged."""
        try:
            return _decode(stored_event.topic, stored_event.state)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            where = f"{stored_event.originator_id} version {stored_event.originator_version} ({stored_event.topic})"
            msg = f"stored event {where} cannot be read: {error}"
            raise MapperDeserialisationError(msg) from error


def _decode(topic: str, state: bytes) -> DomainEventProtocol[UUID]:
    decoder = _decoders.get(topic)
    if decoder is not None:
        event: DomainEventProtocol[UUID] = decoder.decode(state)
        return event
    event_class = resolve_topic(topic)
    newest = getattr(event_class, "class_version", 1)
    if newest == 1:
        _decoders[topic] = msgspec.json.Decoder(event_class)
        return _decode(topic, state)
    fields = msgspec.json.decode(state)
    for version in range(fields.pop("class_version", 1), newest):
        getattr(event_class, f"upcast_v{version}_v{version + 1}")(fields)
    lifted: DomainEventProtocol[UUID] = msgspec.convert(fields, event_class)
    return lifted
