"""Copies of a process work for it, and end with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from services.chassis.copies import copies, cores
from tests.patience import PATIENCE

WAITING = """
import os, sys, time
from services.chassis.copies import copies

def begin():
    print(os.getpid(), flush=True)

copies(2, begin).submit(time.sleep, 600)
time.sleep(600)
"""


def test_each_begins_before_it_works() -> None:
    """Given copies of this process, they are others, and are ready before they are given anything."""
    ready: list[int] = []
    with copies(2, lambda: ready.append(os.getpid())) as workers:
        assert workers.submit(os.getpid).result() != os.getpid()
    assert ready == [], "what a copy does, it does to itself"
    assert cores() >= 1


def test_they_end_with_whom_they_work_for() -> None:
    """Given a process that is killed, its copies do not stay behind."""
    with subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout is not None
        working = [int(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGKILL)
    until = time.monotonic() + PATIENCE
    while any(_lives(one) for one in working):
        assert time.monotonic() < until, "a copy stayed behind"
        time.sleep(0.05)


def _lives(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
