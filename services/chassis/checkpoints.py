"""The log of a service is tamper-evident (AUD-02): whoever kept a checkpoint finds each event that was changed, removed or inserted since, and where.

A checkpoint is a text that people can read and keep: a first line that says which stretch of which log it covers, then for each event its position and its
mark, which is a digest of everything stored of it. The first line holds the digest of the checkpoint before, so that the newest digest vouches for all of them.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import IO

import msgspec
from eventsourcing.persistence import MapperDeserialisationError, Notification

from services.chassis.checkpoint_lines import MARK_DIGITS, CheckpointError, Lines
from services.chassis.service import Service

ALGORITHM = "sha256"
"""Any that `hashlib` knows, such as `sm3`: each checkpoint names its own."""
PAGE = 1000

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


class Found(StrEnum):
    """What is wrong with an event."""

    CHANGED = "CHANGED"
    REMOVED = "REMOVED"
    INSERTED = "INSERTED"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True, slots=True)
class Finding:
    """An event that is not as the checkpoint has it; `event` is what the log has now at this position, if anything."""

    position: int
    found: Found
    event: Notification | None = None


_spelled = lru_cache(PAGE)(str)
"""Many events of one aggregate follow one another."""


def marker(algorithm: str = ALGORITHM) -> Callable[[Notification], str]:
    """Give what gives the mark of an event: the digest of everything stored of it, its position, aggregate, version, type and state."""
    # To look an algorithm up costs more than to begin a digest from a copy.
    blank = hashlib.new(algorithm)

    def mark(event: Notification) -> str:
        # SQLite gives a text where somebody put one.
        state = event.state.encode() if isinstance(event.state, str) else event.state
        digest = blank.copy()
        digest.update(f"{event.id} {_spelled(event.originator_id)} {event.originator_version} {event.topic} {len(state)}\n".encode())
        digest.update(state)
        return digest.hexdigest()[:MARK_DIGITS]

    return mark


def lines(service: Service, heading: Heading) -> Iterator[str]:
    """Give the lines of a checkpoint of what the log has now."""
    yield msgspec.json.encode(heading).decode() + "\n"
    mark = marker(heading.algorithm)
    for event in _log(service, heading):
        yield f"{event.id} {mark(event)}\n"


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
        for number, line in enumerate(lines(service, heading)):
            file.write(line)
            if number % PAGE == 0:
                progress(number, through - after)
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
        hashlib.new(heading.algorithm)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, ValueError) as error:
        raise CheckpointError(f"{name}：不是检查点（{error}）") from error
    return heading


def verify_folder(service: Service, folder: Path, progress: Progress = lambda _done, _total: None) -> Iterator[Finding]:
    """Hold the log against every checkpoint that a folder has of it; raise `CheckpointError` where these do not fit together."""
    before: Path | None = None
    for path in checkpoints_of(service.name, folder):
        heading = read_heading(path)
        if before is not None and (heading.after, heading.previous) != (read_heading(before).through, digest_of(before)):
            raise CheckpointError(f"{path.name}：与前一个检查点 {before.name} 不衔接，其中一个被改动过")
        with path.open("rb") as file:
            yield from verify(service, file, path.name, progress)
        before = path


def verify(service: Service, checkpoint: IO[bytes], name: str, progress: Progress = lambda _done, _total: None) -> Iterator[Finding]:
    """Replay the stretch of the log that a checkpoint covers and give every event that is not as it was; raise `CheckpointError`."""
    heading = parse_heading(checkpoint.readline(), name)
    if heading.service != service.name:
        raise CheckpointError(f"{name}：是 {heading.service} 的检查点，不是 {service.name} 的")
    mark = marker(heading.algorithm)
    awaited = Lines(checkpoint, name)
    for number, event in enumerate(_log(service, heading)):
        if number % PAGE == 0:
            progress(event.id - heading.after, heading.through - heading.after)
        marked = mark(event)
        # Nearly every line is as it was, and needs no closer look.
        is_same = awaited.line == b"%d %b\n" % (event.id, marked.encode())
        if not is_same:
            while (removed := awaited.position) is not None and removed < event.id:
                yield Finding(removed, Found.REMOVED)
                awaited.go_on()
            if removed != event.id:
                yield Finding(event.id, Found.INSERTED, event)
                continue
            is_same = awaited.mark == marked
        if not is_same:
            yield Finding(event.id, Found.CHANGED, event)
        elif not _is_readable(service, event):
            yield Finding(event.id, Found.UNREADABLE, event)
        awaited.go_on()
    while (removed := awaited.position) is not None:
        yield Finding(removed, Found.REMOVED)
        awaited.go_on()


def _log(service: Service, heading: Heading) -> Iterator[Notification]:
    def read(after: int) -> Sequence[Notification]:
        return service.recorder.select_notifications(after, PAGE, stop=heading.through, inclusive_of_start=False)

    with ThreadPoolExecutor(1, "log") as reader:
        reading = reader.submit(read, heading.after)
        while page := reading.result():
            # The database is at work on the next page while this one is looked at.
            reading = reader.submit(read, page[-1].id)
            yield from page


def _is_readable(service: Service, event: Notification) -> bool:
    try:
        service.mapper.to_domain_event(event)
    except MapperDeserialisationError:
        return False
    return True
