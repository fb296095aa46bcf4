"""An event log as XES (IEEE 1849): a trace for each case, its events in their order, written case by case."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import quoteattr

from services.kernel.calendar import SHANGHAI
from services.supervision.mining.steps import CaseTold, Step, Value

MEDIA_TYPE = "application/xml"
SUFFIX = "xes"
EXTENSIONS = (
    ("Concept", "concept"),
    ("Time", "time"),
    ("Organizational", "org"),
    ("Lifecycle", "lifecycle"),
    ("Identity", "identity"),
)
CLASSIFIERS = (
    ("活动", "concept:name"),
    ("活动与状态", "concept:name lifecycle:transition"),
    ("事件", "event"),
    ("办理人", "org:resource"),
)
_GLOBALS = """\
  <global scope="trace">
    <string key="concept:name" value="UNKNOWN"/>
    <id key="identity:id" value="00000000-0000-0000-0000-000000000000"/>
  </global>
  <global scope="event">
    <string key="concept:name" value="UNKNOWN"/>
    <string key="lifecycle:transition" value="complete"/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
    <string key="event" value="UNKNOWN"/>
    <string key="code" value="UNKNOWN"/>
    <string key="id" value="UNKNOWN"/>
    <string key="source" value="UNKNOWN"/>
    <date key="recorded" value="1970-01-01T00:00:00.000+00:00"/>
  </global>
"""
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xes(about: Mapping[str, str], cases: Iterable[CaseTold], departments: Mapping[str, str]) -> Iterator[bytes]:
    """Write a log: what it is about, and its cases. Departments are called by their names."""
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1849.2016" xes.features="">\n'
    for name, prefix in EXTENSIONS:
        yield f'  <extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>\n'.encode()
    yield _GLOBALS.encode()
    for name, keys in CLASSIFIERS:
        yield f'  <classifier name="{name}" scope="event" keys="{keys}"/>\n'.encode()
    for key, value in {"lifecycle:model": "standard", **about}.items():
        yield f"  <string key={quoteattr(key)} value={quoteattr(_clean(value))}/>\n".encode()
    for case in cases:
        yield tostring(_trace(case, departments), encoding="utf-8") + b"\n"
    yield b"</log>\n"


def _trace(case: CaseTold, departments: Mapping[str, str]) -> Element:
    picture = case.picture
    trace = Element("trace")
    _add(trace, "concept:name", picture.number or str(case.id))
    SubElement(trace, "id", key="identity:id", value=str(case.id))
    known = {"item": picture.item.get("code"), "item_name": picture.item.get("name"), "department": picture.department, "outcome": picture.outcome}
    for key, value in {**known, "channel": picture.channel, "received_on": str(picture.received_on or "")}.items():
        if value:
            _add(trace, key, str(value))
    for step in case.steps:
        _event(trace, step, departments)
    return trace


def _event(trace: Element, step: Step, departments: Mapping[str, str]) -> None:
    event = SubElement(trace, "event")
    _add(event, "concept:name", step.activity)
    if step.instance:
        _add(event, "concept:instance", step.instance)
    _add(event, "lifecycle:transition", step.transition)
    _add(event, "time:timestamp", step.happened)
    if step.resource:
        _add(event, "org:resource", step.resource)
    if step.department:
        _add(event, "org:group", departments.get(step.department, step.department))
        _add(event, "department", step.department)
    _add(event, "event", step.word)
    _add(event, "code", step.code)
    _add(event, "id", step.id)
    _add(event, "source", step.source)
    _add(event, "recorded", step.recorded)
    for key, value in step.fields.items():
        _add(event, key, value)


def _add(parent: Element, key: str, value: Value | datetime) -> None:
    match value:
        case bool():
            SubElement(parent, "boolean", key=key, value=str(value).lower())
        case int():
            SubElement(parent, "int", key=key, value=str(value))
        case datetime():
            SubElement(parent, "date", key=key, value=moment(value))
        case str():
            SubElement(parent, "string", key=key, value=_clean(value))


def moment(of: datetime) -> str:
    """Write a moment as it was at the place, with its offset."""
    return of.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def _clean(text: str) -> str:
    """Leave out what XML cannot hold."""
    return _NO_XML.sub("", text)
