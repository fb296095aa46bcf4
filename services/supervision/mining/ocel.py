"""An event log as OCEL 2.0 (JSON): events with the case, item, stage, department, certificate and card that each is about, written event by event.

All values are strings, as the published schema has them; their types are declared.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from services.supervision.mining.activities import ACTIVITIES, TYPES
from services.supervision.mining.steps import CaseTold, Step, Value
from services.supervision.mining.xes import moment

MEDIA_TYPE = "application/json"
SUFFIX = "ocel.json"
CASE, ITEM, DEPARTMENT, STAGE, CERTIFICATE, WARNING = "办件", "事项", "部门", "环节", "结果文书", "预警"
OBJECTS: dict[str, tuple[str, ...]] = {
    CASE: ("number", "channel", "received_on", "outcome"),
    ITEM: ("name",),
    DEPARTMENT: ("name",),
    STAGE: ("code", "name"),
    CERTIFICATE: ("number",),
    WARNING: ("rule",),
}
_NAMES = {str: "string", int: "integer", bool: "boolean"}
_EVERY = {"code": "string", "order": "integer", "recorded": "time", "source": "string", "resource": "string"}
_BEGINNING = "1970-01-01T00:00:00Z"
"""The time of what an object is from the first, by the specification."""
Object = dict[str, Any]


def ocel(_: Mapping[str, str], cases: Iterable[CaseTold], departments: Mapping[str, str]) -> Iterator[bytes]:
    """Write a log; objects are kept in a file of their own until all events are written, since they come after them."""
    yield f'{{"objectTypes": {_json(_object_types())},\n"eventTypes": {_json(_event_types())},\n"events": [\n'.encode()
    shared: dict[str, Object] = {}
    with tempfile.TemporaryFile() as objects:
        between = b""
        for case in cases:
            _keep(objects, _objects(case, departments, shared))
            for order, step in enumerate(case.steps, 1):
                yield between + _json(_event(case, step, order)).encode()
                between = b",\n"
        _keep(objects, shared.values())
        yield b'\n],\n"objects": [\n'
        objects.seek(0)
        between = b""
        for line in objects:
            yield between + line.rstrip(b"\n")
            between = b",\n"
    yield b"\n]}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _keep(objects: IO[bytes], more: Iterable[Object]) -> None:
    for one in more:
        objects.write(_json(one).encode() + b"\n")


def _declared(name: str, attributes: Mapping[str, str]) -> Object:
    return {"name": name, "attributes": [{"name": one, "type": kind} for one, kind in attributes.items()]}


def _event_types() -> list[Object]:
    return [_declared(one.word, {**_EVERY, **{name: _NAMES[TYPES[name]] for name in one.fields}}) for one in ACTIVITIES.values()]


def _object_types() -> list[Object]:
    return [_declared(name, dict.fromkeys(attributes, "string")) for name, attributes in OBJECTS.items()]


def _event(case: CaseTold, step: Step, order: int) -> Object:
    known = {"code": step.code, "order": order, "recorded": moment(step.recorded), "source": step.source, "resource": step.resource, **step.fields}
    item = case.picture.item.get("code")
    related = [
        (str(case.id), CASE),
        # Of the steps, the first alone: an item would be in every event of thousands of cases.
        (_item(item) if item and order == 1 else "", ITEM),
        (_stage(case, step.stage) if step.stage else "", STAGE),
        (_department(step.department) if step.department else "", "办理部门"),
        (_certificate(step.certificate) if step.certificate else "", CERTIFICATE),
        (_warning(step.warning) if step.warning else "", WARNING),
    ]
    return {
        "id": step.id,
        "type": step.word,
        "time": moment(step.happened),
        "attributes": [{"name": name, "value": _text(value)} for name, value in known.items() if value != ""],
        "relationships": [{"objectId": one, "qualifier": qualifier} for one, qualifier in related if one],
    }


def _objects(case: CaseTold, departments: Mapping[str, str], shared: dict[str, Object]) -> Iterator[Object]:
    """Give what belongs to a case alone; what others share, its item and departments, is added to `shared`."""

    def of_department(code: str) -> str:
        shared.setdefault(_department(code), _object(_department(code), DEPARTMENT, {"name": departments.get(code, code)}))
        return _department(code)

    picture = case.picture
    related = []
    if code := picture.item.get("code"):
        shared.setdefault(_item(code), _object(_item(code), ITEM, {"name": picture.item["name"]}))
        related.append((_item(code), "申请事项"))
    if picture.department:
        related.append((of_department(picture.department), "负责部门"))
    for department in dict.fromkeys(step.department for step in case.steps if step.department):
        of_department(department)
    for stage, (name, department) in case.stages.items():
        related.append((_stage(case, stage), "办理环节"))
        yield _object(_stage(case, stage), STAGE, {"code": stage, "name": name}, [(of_department(department), "办理部门")])
    for number in dict.fromkeys(step.certificate for step in case.steps if step.certificate):
        related.append((_certificate(number), "办理结果"))
        yield _object(_certificate(number), CERTIFICATE, {"number": number})
    for step in {step.warning: step for step in reversed(case.steps) if step.warning}.values():
        related.append((_warning(step.warning), "受到预警"))
        yield _object(_warning(step.warning), WARNING, {"rule": str(step.fields.get("rule", ""))})
    known = {"number": picture.number, "channel": picture.channel, "received_on": str(picture.received_on or "")}
    told = _object(str(case.id), CASE, known, related)
    if picture.outcome and picture.decided:
        told["attributes"].append({"name": "outcome", "value": picture.outcome, "time": moment(picture.decided)})
    yield told


def _object(identity: str, kind: str, attributes: Mapping[str, str], related: Iterable[tuple[str, str]] = ()) -> Object:
    return {
        "id": identity,
        "type": kind,
        "attributes": [{"name": name, "value": value, "time": _BEGINNING} for name, value in attributes.items() if value],
        "relationships": [{"objectId": one, "qualifier": qualifier} for one, qualifier in related],
    }


def _stage(case: CaseTold, code: str) -> str:
    return f"{case.id}:{code}"


def _item(code: str) -> str:
    return f"item:{code}"


def _department(code: str) -> str:
    return f"department:{code}"


def _certificate(number: str) -> str:
    return f"certificate:{number}"


def _warning(identity: str) -> str:
    return f"warning:{identity}"


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
