"""The log is held against checkpoints of it: each event that was changed, removed or inserted since is found, and where (AUD-02).

A stretch whose digest is as it was needs no closer look; in another one, the marks say which events it is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import IO

from eventsourcing.persistence import MapperDeserialisationError, Notification
from eventsourcing.utils import TopicError

from services.chassis.audit.checkpoints import Progress, checkpoints_of, digest_of, parse_heading, read_heading
from services.chassis.audit.lines import CheckpointError, Part, parts
from services.chassis.audit.log import ahead, beginning, digest, marker, pages
from services.chassis.service import Service


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
    awaited = parts(checkpoint, name, heading.after, heading.through)
    # The database is at work on the next stretch while this one is looked at.
    for part, events in ahead((part, _stretch(service, part)) for part in awaited):
        progress(part.after - heading.after, heading.through - heading.after)
        if part.stretch is None or part.stretch.digest != digest(heading.algorithm, events) or not _are_readable(service, events):
            yield from _by_marks(service, part, marker(heading.algorithm))


def _by_marks(service: Service, part: Part, mark: Callable[[Notification], str]) -> Iterator[Finding]:
    """Look at each event by itself, and give those that are not as they were."""
    awaited = part.marks
    for event in chain.from_iterable(ahead(pages(service, part.after, part.through))):
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
        elif not _are_readable(service, [event]):
            yield Finding(event.id, Found.UNREADABLE, event)
        awaited.go_on()
    while (removed := awaited.position) is not None:
        yield Finding(removed, Found.REMOVED)
        awaited.go_on()


def _stretch(service: Service, part: Part) -> Sequence[Notification]:
    if part.stretch is None:
        return ()
    # One more than there were is enough to differ.
    return service.recorder.select_notifications(beginning(part.after), part.stretch.events + 1, stop=part.through, inclusive_of_start=False)


def _are_readable(service: Service, events: Iterable[Notification]) -> bool:
    try:
        for event in events:
            service.mapper.to_domain_event(event)
    except (MapperDeserialisationError, TopicError):
        return False
    return True
