"""The contracts in the field's formats (EXC-02): an AsyncAPI document and a JSON Schema for every public event, generated from the registry."""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

import contracts
from contracts import registry
from contracts.envelope import CONTENT_TYPE, LANES, TELLERS
from contracts.registry import PublicEvent

FOLDER = Path(__file__).parent
DOORS = {"department": "departments", "kiosk": "kiosks"}
"""Where others tell us something: a compact JWS (ES256) of the event, its `kid` the name of the sender."""
TOPICS = {name: f"onewindow.{DOORS.get(name, name)}" for name in contracts.__all__}
"""The topic of each service's stream, and of each door."""

_ABOUT = {
    "department": "What departments' own systems report, as a compact JWS (ES256) of the event; over HTTP as it is, at /intake/api/reports.",
    "kiosk": "What hall kiosks send, as a compact JWS (ES256) of the event.",
}
FOR_DEPARTMENTS = "forDepartment"
_ABOUT_TOLD = (
    "What concerns the cases of one department, as /{service}/api/feed gives it, too: all that one service says in the order of its log, at least once. "
    "The same id again is the same event."
)
_INSTANT = {"type": "string", "format": "date-time"}


def schema(wire_type: str, model: type[PublicEvent]) -> dict[str, Any]:
    """Give the JSON Schema of a whole message of this type: the CloudEvents attributes around the data."""
    service = wire_type.removeprefix(registry.PREFIX).partition(".")[0]
    data = model.model_json_schema(ref_template="#/$defs/{model}")
    definitions = data.pop("$defs", {})
    document = _told_schema(wire_type, service, data) if service in DOORS else _said_schema(wire_type, service, data)
    return {**document, "$defs": definitions} if definitions else document


def _told_schema(wire_type: str, service: str, data: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:onewindow:schema:{wire_type}",
        "title": wire_type,
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {**text, "maxLength": 200, "description": "unique within the source; the same id again is the same event"},
            "source": {"type": "string", "pattern": f"^/{DOORS[service]}/[a-z0-9.-]+$", "description": "whose system it is, by the code of the sender"},
            "type": {"const": wire_type},
            "subject": {**text, "maxLength": 60, "description": "the sender's own number of the case; the key of the message"},
            "time": {**_INSTANT, "description": "when it truly happened, with an offset"},
            "datacontenttype": {"const": "application/json"},
            "data": data,
        },
        "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
    }


def _said_schema(wire_type: str, service: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:onewindow:schema:{wire_type}",
        "title": wire_type,
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "minLength": 1, "description": "unique within the source"},
            "source": {"const": f"/onewindow/{service}"},
            "type": {"const": wire_type},
            "subject": {"type": "string", "format": "uuid", "description": "the case, whose events of one source stand in one partition"},
            "time": {**_INSTANT, "description": "when it happened"},
            "recorded": {**_INSTANT, "description": "when the source stored it; later than time after an outage"},
            "sequence": {"type": "string", "pattern": r"^\d{1,18}$", "description": "the position in the source's log"},
            "previous": {"type": "string", "pattern": r"^\d{1,18}$", "description": "the position of the event before it in its lane, 0 for the first"},
            "actor": {"type": "string", "description": "a reference to who acted, no name"},
            "traceparent": {"type": "string", "description": "W3C Trace Context: which request caused it, in whichever service"},
            "datacontenttype": {"const": "application/json"},
            "data": data,
        },
        "required": ["specversion", "id", "source", "type", "subject", "time", "recorded", "sequence", "actor", "data"],
    }


def asyncapi() -> dict[str, Any]:
    """Give the AsyncAPI document of all streams."""
    messages: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    names: dict[str, list[str]] = {}
    for service, topic in TOPICS.items():
        own = {t: m for t, m in registry.registered().items() if t.startswith(f"{registry.PREFIX}{service}.")}
        for wire_type, model in own.items():
            name = _name(service, model)
            inline, definitions = _inlined(schema(wire_type, model))
            schemas.update(definitions)
            schemas[name] = inline
            messages[name] = {
                "name": wire_type,
                "title": name,
                "summary": (model.__doc__ or "").strip().splitlines()[0],
                "contentType": CONTENT_TYPE.partition(";")[0],
                "payload": {"$ref": f"#/components/schemas/{name}"},
            }
            if service in DOORS:
                # Where a sender names the case so, Kafka keeps its messages in order; we choose partitions by lanes and name no key.
                messages[name]["bindings"] = {"kafka": {"key": {"type": "string", "description": "the sender's own number of the case"}}}
        names[service] = [_name(service, model) for model in own.values()]
        about = _ABOUT.get(service, f"Everything that {service} says, in the order of each case.")
        channels[service] = _channel(topic, about, names[service], LANES)
        said = service not in DOORS
        operations[f"{service}Says" if said else f"{service}Tells"] = _operation("send" if said else "receive", service, names[service])
    told = [name for service in TELLERS for name in names[service]]
    channels[FOR_DEPARTMENTS] = {
        **_channel("onewindow.for-{department}", _ABOUT_TOLD, told, len(TELLERS)),
        "parameters": {"department": {"description": "the code of the department, which alone may read it, in groups named like the topic"}},
    }
    operations["departmentsHear"] = _operation("send", FOR_DEPARTMENTS, told)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "OneWindow (一窗)",
            "version": "1.0.0",
            "description": (
                "The public events of online approval. Messages are CloudEvents 1.0 in the structured JSON form; "
                "what one source says of a case stands in one partition."
            ),
        },
        "defaultContentType": CONTENT_TYPE.partition(";")[0],
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _channel(address: str, about: str, names: list[str], partitions: int) -> dict[str, Any]:
    return {
        "address": address,
        "description": about,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": {"partitions": partitions}},
    }


def _operation(action: str, channel: str, names: list[str]) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]}


def _name(service: str, model: type[PublicEvent]) -> str:
    """Give the name of a message: a department's steps are called as those of our own services."""
    return f"{service.capitalize()}{model.__name__}" if service in DOORS else model.__name__


def _inlined(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Move the definitions of a schema to where AsyncAPI keeps those of all messages."""
    text = json.dumps({key: value for key, value in document.items() if key not in {"$schema", "$id"}}).replace("#/$defs/", "#/components/schemas/")
    moved = json.loads(text)
    return moved, moved.pop("$defs", {})


def files() -> dict[Path, str]:
    """Give every generated file with what must be in it."""
    generated = {FOLDER / "asyncapi.yaml": yaml.safe_dump(asyncapi(), allow_unicode=True, sort_keys=False, width=140)}
    for wire_type, model in registry.registered().items():
        generated[FOLDER / "schemas" / f"{wire_type}.json"] = json.dumps(schema(wire_type, model), ensure_ascii=False, indent=2) + "\n"
    return generated


def main() -> None:
    """Write the generated files, and take away those that no type asks for any more."""
    wanted = files()
    for path, text in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in (FOLDER / "schemas").glob("*.json"):
        if path not in wanted:
            path.unlink()
    sys.stdout.write(f"{len(wanted)} files written\n")


if __name__ == "__main__":
    main()
