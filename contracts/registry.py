"""Every public event has one wire type and one model, the newest version; older versions are lifted by upcasts. A duplicate fails at import."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

PREFIX = "gov.onewindow."


class PublicEvent(BaseModel):
    """The data of a public event: frozen, and closed to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UnknownTypeError(LookupError):
    """A type of which no version is known: pass it by."""


class NewerVersionError(LookupError):
    """A known type in a version newer than this program: stop the lane until the program is renewed."""


Model = TypeVar("Model", bound=PublicEvent)
Upcast = Callable[[dict[str, Any]], dict[str, Any]]

_models: dict[str, type[PublicEvent]] = {}
_types: dict[type[PublicEvent], str] = {}
_newest: dict[str, int] = {}
_upcasts: dict[str, tuple[str, Upcast]] = {}


def _split(wire_type: str) -> tuple[str, int]:
    name, _, version = wire_type.rpartition(".v")
    if not name or not version.isdigit():
        raise UnknownTypeError(wire_type)
    return name, int(version)


def public(wire_type: str) -> Callable[[type[Model]], type[Model]]:
    """Register the model of a wire type such as `gov.onewindow.intake.application-received.v1`."""

    def register(model: type[Model]) -> type[Model]:
        name, version = _split(wire_type)
        if not name.startswith(PREFIX) or name in _newest or model in _types:
            msg = f"{wire_type} ({model.__name__}) is not ours, or registered twice"
            raise ValueError(msg)
        _models[wire_type], _types[model], _newest[name] = model, wire_type, version
        return model

    return register


def upcast(old: str, new: str) -> Callable[[Upcast], Upcast]:
    """Register the pure function that lifts the data of `old` to `new`, one version higher."""

    def register(function: Upcast) -> Upcast:
        if old in _upcasts:
            msg = f"{old} is lifted twice"
            raise ValueError(msg)
        _upcasts[old] = (new, function)
        return function

    return register


def wire_type_of(event: PublicEvent | type[PublicEvent]) -> str:
    """Give the wire type of an event or its model."""
    return _types[event if isinstance(event, type) else type(event)]


def read(wire_type: str, data: dict[str, Any]) -> PublicEvent:
    """Read data of any version into the newest model.

    Raises `UnknownTypeError`, `NewerVersionError`, or pydantic's `ValidationError` where the data are not of the type.
    """
    while wire_type in _upcasts:
        wire_type, lift = _upcasts[wire_type]
        data = lift(data)
    if model := _models.get(wire_type):
        return model.model_validate(data)
    name, version = _split(wire_type)
    if version > _newest.get(name, version):
        raise NewerVersionError(wire_type)
    raise UnknownTypeError(wire_type)


def registered() -> dict[str, type[PublicEvent]]:
    """Give every registered wire type with its model, in the order of the types."""
    return dict(sorted(_models.items()))
