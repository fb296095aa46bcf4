"""How a batch reaches whoever hears it: again until it is stored where the database or a race kept it back; what is wrong itself is kept alone."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from eventsourcing.persistence import IntegrityError, OperationalError
from sqlalchemy import exc

from contracts import envelope as wire
from contracts.envelope import Malformed
from contracts.registry import NewerVersionError

logger = logging.getLogger(__name__)
LONGEST_PAUSE = 30.0
PASSING = (OperationalError, IntegrityError, exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""What is wrong with the database or the race for it, never with a message: a lost connection, a full disk, a lost race."""

Hear = Callable[[Sequence[bytes]], None]
Keep = Callable[[bytes, Exception], None]


def deliver(name: str, batch: Sequence[bytes], hear: Hear, keep: Keep) -> None:
    """Let a batch be heard; returns only when all of it is heard, or kept where it cannot be.

    Raises `NewerVersionError` where an event is newer than this program: it must wait for an upgrade.
    """
    pause = 0.05
    while True:
        try:
            _take(name, batch, hear, keep)
        except PASSING as error:
            # It mends itself, and giving up would acknowledge what is not there.
            logger.warning("delivery to %s is tried again: %s", name, error)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            return


def _take(name: str, batch: Sequence[bytes], hear: Hear, keep: Keep) -> None:
    try:
        hear(batch)
    except (*PASSING, NewerVersionError):
        raise
    except Exception as error:
        if len(batch) > 1:
            for body in batch:
                _take(name, [body], hear, keep)
        else:
            logger.exception("%s cannot take a message, kept as a dead letter", name, extra={"case": _case_of(batch[0])})
            keep(batch[0], error)


def _case_of(body: bytes) -> str | None:
    with suppress(Malformed):
        return str(wire.from_bytes(body).subject)
    return None
