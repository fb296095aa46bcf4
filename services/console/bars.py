"""Progress bars of the commands, on the error output: what a command says on its output can be piped, and where nobody watches the end is told once."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import Progress

Told = Callable[[int, int], None]
"""Told how much is done, and of how much."""


@contextmanager
def bars() -> Iterator[Callable[[str], AbstractContextManager[Told]]]:
    """Show bars, each with its name for as long as its work takes; at the end of the work it is full."""
    with Progress(console=Console(stderr=True)) as progress:

        @contextmanager
        def bar(name: str) -> Iterator[Told]:
            task = progress.add_task(name, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)
            progress.update(task, completed=1, total=1)

        yield bar
