"""The log of a service is tamper-evident (AUD-02): whoever kept a checkpoint finds each event that was changed, removed or inserted since, and where.

A checkpoint is a text that people can read and keep: a first line that says which part of which log it covers, then stretch by stretch a line with the digest
of the whole stretch, and a line for each event of it with its position and its mark, which is a digest of everything stored of it. The first line holds the
digest of the checkpoint before, so that the newest digest vouches for all of them.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from services.chassis.audit.lines import CheckpointError, Stretch
from services.chassis.audit.log import PAGE, ahead, digest, marker, pages
from services.chassis.service import Service

ALGORITHM = "sha256"
"""Any that `hashlib` knows, such as `sm3`: each checkpoint names its own."""

Progress = Callable[[int, int], None]
"""Told how far the work is, and of how much."""


class Heading(msgspec.Struct, frozen=True):
    """The first line: the log of `service` after one position and through another, as it was when this was made."""

    service: str
    after: int
    through: int
    made: datetime
    previous: str
    """The digest of the whole checkpoint before, or nothing."""
    algorithm: str = ALGORITHM


def text(service: Service, heading: Heading, page: int = PAGE) -> Iterator[str]:
    """Give a checkpoint of what the log has now, piece by piece, of which each after the first has the lines of one stretch."""
    yield _line(heading)
    mark = marker(heading.algorithm)
    for events in ahead(pages(service, heading.after, heading.through, page)):
        stretch = Stretch(events[-1].id, len(events), digest(heading.algorithm, events))
        yield _line(stretch) + "".join([f"{event.id} {mark(event)}\n" for event in events])


def make(service: Service, folder: Path, made: datetime, progress: Progress = lambda _done, _total: None) -> Path | None:
    """Write what the log has beyond the newest checkpoint of a folder as its next one, and give it; None where there is nothing new."""
    kept = checkpoints_of(service.name, folder)
    after = read_heading(kept[-1]).through if kept else 0
    through = service.recorder.max_notification_id() or 0
    if through <= after:
        return None
    heading = Heading(service.name, after, through, made, digest_of(kept[-1]) if kept else "")
    path = folder / f"{service.name}-{through:012}.txt"
    unfinished = path.with_suffix(".unfinished")
    folder.mkdir(parents=True, exist_ok=True)
    with unfinished.open("w", encoding="ascii") as file:
        for number, piece in enumerate(text(service, heading)):
            file.write(piece)
            progress(min(number * PAGE, through - after), through - after)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return path


def checkpoints_of(service: str, folder: Path) -> Sequence[Path]:
    """Give the checkpoints of a service in a folder, in their order."""
    return sorted(folder.glob(f"{service}-*.txt"))


def digest_of(path: Path) -> str:
    """Give the digest of a whole checkpoint: what to keep where nobody can change it, such as in print."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, read_heading(path).algorithm).hexdigest()


def read_heading(path: Path) -> Heading:
    """Read the first line of a checkpoint; raise `CheckpointError` where it is none."""
    with path.open("rb") as file:
        return parse_heading(file.readline(), path.name)


def parse_heading(line: bytes, name: str) -> Heading:
    """Read a first line; raise `CheckpointError` where it is none."""
    try:
        heading = msgspec.json.decode(line, type=Heading)
        # A digest that has no length of its own is none to hold anything against.
        hashlib.new(heading.algorithm).hexdigest()
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, TypeError) as error:
        raise CheckpointError(f"{name}：不是检查点（{error}）") from error
    return heading


def _line(said: msgspec.Struct) -> str:
    return msgspec.json.encode(said).decode() + "\n"
