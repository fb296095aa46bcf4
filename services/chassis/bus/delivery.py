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
PASSING = (OperationalError, exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""What is wrong with the database, never with a message: a lost connection, a full disk."""
PASSING_OR_RACES = (*PASSING, IntegrityError)
MOST_RACES = 8
"""So many times in a row only a message itself loses against what is there; before that, somebody else may have been first."""

Hear = Callable[[Sequence[bytes]], None]
Keep = Callable[[bytes, Exception], None]


def deliver(name: str, batch: Sequence[bytes], hear: Hear, keep: Keep, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Let a batch be heard; returns only when all of it is heard, or kept where it cannot be.

    Raises `NewerVersionError` where an event is newer than this program: it must wait for an upgrade.
    """
    pause, races = 0.05, 0
    while True:
        passing = PASSING if races == MOST_RACES else PASSING_OR_RACES
        try:
            _take(name, batch, hear, keep, (*passing, NewerVersionError))
        except passing as error:
            # It mends itself, and giving up would acknowledge what is not there.
            logger.warning("delivery to %s is tried again: %s", name, error)
            races = races + 1 if isinstance(error, IntegrityError) else 0
            sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            return


def _take(name: str, batch: Sequence[bytes], hear: Hear, keep: Keep, raised: tuple[type[Exception], ...]) -> None:
    try:
        hear(batch)
    except raised:
        raise
    except Exception as error:
        if len(batch) > 1:
            for body in batch:
                _take(name, [body], hear, keep, raised)
        else:
            logger.exception("%s cannot take a message, kept as a dead letter", name, extra={"case": _case_of(batch[0])})
            keep(batch[0], error)


def _case_of(body: bytes) -> str | None:
    with suppress(Malformed):
        return str(wire.from_bytes(body).subject)
    return None
