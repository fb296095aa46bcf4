"""One trace id goes through everything that one request causes: W3C `traceparent` in, the same id in the answer and in every line of the log."""

import json
import logging
import re
import secrets
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from services.kernel.trace import NO_TRACE, TRACE

_PARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_LINE = "%(asctime)s %(levelname)s %(name)s [%(trace)s] %(message)s"


def trace_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Give the trace id that the caller's `traceparent` carries, a new one where there is none or it is malformed."""
    for name, value in headers:
        if name == b"traceparent" and (match := _PARENT.fullmatch(value.strip())):
            return match[1].decode()
    return new_trace()


def new_trace() -> str:
    """Give a trace id for what begins here."""
    return secrets.token_hex(16)


class TraceFilter(logging.Filter):
    """Puts the trace id on every record of the log, as `trace`, where it does not say itself which."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        record.trace = getattr(record, "trace", None) or TRACE.get()
        return True


class JsonFormatter(logging.Formatter):
    """One JSON document a line, for whatever gathers logs: when, how grave, where, which trace, which case, what."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "trace": getattr(record, "trace", NO_TRACE),
            "case": getattr(record, "case", None),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False)


def configure_logging(level: int = logging.INFO) -> None:
    """Write the log to standard error with its traces, as lines for people at a terminal, else as JSON; a composition root calls it once.

    `level` is from where on we say something; the libraries say no less than warnings.
    """
    handler = logging.StreamHandler()
    handler.addFilter(TraceFilter())
    handler.setFormatter(logging.Formatter(_LINE) if sys.stderr.isatty() else JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("services").setLevel(level)
