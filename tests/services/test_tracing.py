"""A line of the log is one JSON document that names the trace and the case."""

import json
import logging

from services.chassis.tracing import JsonFormatter, TraceFilter
from services.kernel.trace import TRACE


def line(record: logging.LogRecord) -> dict[str, str]:
    """Give what a record becomes."""
    TraceFilter().filter(record)
    parsed: dict[str, str] = json.loads(JsonFormatter().format(record))
    return parsed


def record(message: str, *arguments: object, **more: object) -> logging.LogRecord:
    """Give a record as the library makes it."""
    made = logging.getLogger("services.intake").makeRecord("services.intake", logging.WARNING, __file__, 1, message, arguments, None)
    made.__dict__.update(more)
    return made


def test_a_line_names_trace_and_case() -> None:
    """Given a message about a case in a request, its line says when, how grave, where, which trace, which case and what."""
    token = TRACE.set("f" * 32)
    said = line(record("%s misses events", "workflow", case="c-1"))
    TRACE.reset(token)
    assert {name: said[name] for name in ("level", "logger", "trace", "case", "message")} == {
        "level": "WARNING",
        "logger": "services.intake",
        "trace": "f" * 32,
        "case": "c-1",
        "message": "workflow misses events",
    }
    assert said["time"].endswith("+00:00")


def test_an_error_keeps_its_lines_in_one_line() -> None:
    """Given an exception with line breaks and quotation marks, its line is still one line of JSON."""
    error = ValueError('a "quoted"\nmessage')
    made = record("收件失败")
    made.exc_info = (ValueError, error, None)
    assert "\n" not in JsonFormatter().format(made)
    assert 'a "quoted"' in line(made)["error"]
