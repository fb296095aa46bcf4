"""What the lines of a checkpoint say after its heading: a position and a mark each."""

from collections.abc import Iterable

MARK_DIGITS = 32


class CheckpointError(ValueError):
    """A text that is no checkpoint, or checkpoints of which one does not continue the other; says why."""


class Lines:
    """The lines of a checkpoint after its heading, of which each is read only when asked about."""

    def __init__(self, rest: Iterable[bytes], name: str) -> None:
        self._rest = iter(rest)
        self._name = name
        self._number = 1
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
        if not (position.isascii() and position.isdigit() and len(mark) == MARK_DIGITS):
            raise CheckpointError(f"{self._name}：第 {self._number} 行不是检查点的内容")
        return position, mark
