"""What the lines of a checkpoint say after its heading: a stretch of the log with its digest, then a position and a mark for each event of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Annotated

import msgspec

MARK_DIGITS = 32


class CheckpointError(ValueError):
    """A text that is no checkpoint, or checkpoints of which one does not continue the other; says why."""


class Stretch(msgspec.Struct, frozen=True):
    """The line before the marks of some events that follow one another: the last one's position, how many they are, and the digest of them all."""

    through: int
    events: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    digest: str


@dataclass(frozen=True, slots=True)
class Part:
    """What a checkpoint says of the log after one position and through another; `stretch` is None where it has nothing but marks."""

    after: int
    through: int
    stretch: Stretch | None
    marks: "Lines"


def parts(rest: Iterable[bytes], name: str, after: int, through: int) -> Iterator[Part]:
    """Read the lines after the heading stretch by stretch; the last part is whatever they say, or do not say, of what is left.

    Raises `CheckpointError`.
    """
    lines = iter(rest)
    number = 2
    line = next(lines, None)
    while line is not None and line.startswith(b"{"):
        try:
            stretch = msgspec.json.decode(line, type=Stretch)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CheckpointError(_wrong(name, number)) from error
        if not after < stretch.through <= through:
            raise CheckpointError(_wrong(name, number))
        yield Part(after, stretch.through, stretch, Lines(list(islice(lines, stretch.events)), name, number + 1))
        after = stretch.through
        number += 1 + stretch.events
        line = next(lines, None)
    if line is not None or after < through:
        # Checkpoints once had no stretches, and are as good as ever.
        yield Part(after, through, None, Lines(lines if line is None else chain([line], lines), name, number))


class Lines:
    """Lines with marks, of which each is read only when asked about; `number` is the first one's in its checkpoint."""

    def __init__(self, rest: Iterable[bytes], name: str, number: int) -> None:
        self._rest = iter(rest)
        self._name = name
        self._number = number - 1
        self.go_on()

    def go_on(self) -> None:
        """Go on to the next line."""
        self.line = next(self._rest, None)
        self._number += 1

    @property
    def position(self) -> int | None:
        """The position that this line says, None beyond the last line; raises `CheckpointError`."""
        return None if self.line is None else int(self._read(self.line)[0])

    @property
    def mark(self) -> str | None:
        """The mark that this line says, None beyond the last line; raises `CheckpointError`."""
        return None if self.line is None else self._read(self.line)[1]

    def _read(self, line: bytes) -> tuple[str, str]:
        position, _, mark = line.decode(errors="replace").rstrip("\r\n").partition(" ")
        # What somebody put before the first position has a negative one.
        if not (position.isascii() and position.removeprefix("-").isdigit() and len(mark) == MARK_DIGITS):
            raise CheckpointError(_wrong(self._name, self._number))
        return position, mark


def _wrong(name: str, number: int) -> str:
    return f"{name}：第 {number} 行不是检查点的内容"
