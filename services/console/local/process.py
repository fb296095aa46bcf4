"""A program that runs beside us: started with its output in a log file, awaited until it serves, stopped in good order or killed."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LONGEST_START = 60.0
LONGEST_STOP = 30.0
LOG_TAIL = 2000
_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)


class MissingPart(RuntimeError):  # noqa: N818 - said of the part
    """A program of the machine that is not there; says what to install."""


class NotStarted(RuntimeError):  # noqa: N818 - said of the program
    """A program that did not come up; says what it printed last."""


class Process:
    """One program. Its log is appended to, so that what a killed one said is still there."""

    def __init__(self, name: str, command: Sequence[str], log: Path, *, environment: Mapping[str, str] | None = None, user: str | None = None) -> None:
        self.name = name
        self.log = log
        self.command = list(command)
        self._environment = {**os.environ, **(environment or {})}
        self._user = user
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def id(self) -> int:
        """The id of the running program."""
        assert self._running is not None, f"{self.name} does not run"  # noqa: S101
        return self._running.pid

    def start(self, serves: Callable[[], bool], longest: float = LONGEST_START) -> None:
        """Start it and return when it serves; raise `NotStarted`."""
        self.begin()
        self.wait_until(serves, longest)

    def begin(self) -> None:
        """Start it without waiting."""
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C at the terminal reaches us alone, and we stop the others in their order.
            self._running = subprocess.Popen(  # noqa: S603 - our own commands
                self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self._environment, user=self._user, start_new_session=True
            )

    def wait_until(self, serves: Callable[[], bool], longest: float = LONGEST_START) -> None:
        """Return when it serves; raise `NotStarted` where it ends before, or does not in so many seconds."""
        until = time.monotonic() + longest
        while not serves():
            if not self.alive() or time.monotonic() > until:
                self.kill()
                raise NotStarted(f"{self.name} did not start; the end of {self.log}:\n{self.last_words()}")
            time.sleep(0.05)

    def run(self) -> None:
        """Run it to its end; raise `NotStarted` where it fails."""
        with self.log.open("ab") as log:
            done = subprocess.run(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self._environment, check=False)  # noqa: S603
        if done.returncode:
            raise NotStarted(f"{self.name} failed; the end of {self.log}:\n{self.last_words()}")

    def alive(self) -> bool:
        """Say whether it runs."""
        return self._running is not None and self._running.poll() is None

    def crashed(self) -> bool:
        """Say whether it ended by a fault that its system could not let pass, such as reaching for memory that is not its own."""
        return self._running is not None and self._running.poll() in {-fault for fault in _CRASHES}

    def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Stop it in good order; kill it where it does not within half a minute."""
        if self._running is None:
            return
        self._signal(by)
        try:
            self._running.wait(LONGEST_STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._signal(signal.SIGKILL)
        if self._running is not None:
            self._running.wait()

    def freeze(self) -> None:
        """Stop it from doing anything, with its connections open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        self._signal(signal.SIGCONT)

    def last_words(self) -> str:
        """Give the end of its log."""
        return self.log.read_text(errors="replace")[-LOG_TAIL:]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze it meanwhile."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def _signal(self, which: signal.Signals) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(which)


def listens(port: int) -> bool:
    """Say whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Give a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
