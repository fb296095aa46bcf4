"""One trace id goes through everything that one request causes: W3C `traceparent` in, the same id in the answer and in every line of the log."""

import logging
import re
import secrets
from collections.abc import Iterable
from contextvars import ContextVar

TRACE: ContextVar[str] = ContextVar("trace", default="-")
"""The trace id of the request that is being served; threads that serve it know it too."""

_PARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_LINE = "%(asctime)s %(levelname)s %(name)s [%(trace)s] %(message)s"


def trace_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Give the trace id that the caller's `traceparent` carries, a new one where there is none or it is malformed."""
    for name, value in headers:
        if name == b"traceparent" and (match := _PARENT.fullmatch(value.strip())):
            return match[1].decode()
    return secrets.token_hex(16)


class TraceFilter(logging.Filter):
    """Puts the trace id on every record of the log, as `trace`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        record.trace = TRACE.get()
        return True


def configure_logging(level: int = logging.INFO) -> None:
    """Write the log to standard error, each line with its trace id; a composition root calls it once."""
    handler = logging.StreamHandler()
    handler.addFilter(TraceFilter())
    handler.setFormatter(logging.Formatter(_LINE))
    logging.basicConfig(level=level, handlers=[handler], force=True)
