"""What caused what is being recorded: a trace id that goes along with a request, through threads and from event to event; no decision looks at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

NO_TRACE = "-"
TRACE: ContextVar[str] = ContextVar("trace", default=NO_TRACE)
"""The trace id of the request that is being served, or of the event that is being heard: 32 hexadecimal digits (W3C Trace Context)."""


@contextmanager
def caused_by(trace: str) -> Iterator[None]:
    """Record what happens meanwhile under a trace id."""
    token = TRACE.set(trace)
    try:
        yield
    finally:
        TRACE.reset(token)
