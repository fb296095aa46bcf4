"""Copies of this process that work for it: one interpreter keeps no more than one core busy."""

import os
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread

from services.chassis.collector import pass_by


def cores() -> int:
    """Give how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def copies(number: int, begin: Callable[[], None]) -> Executor:
    """Give so many workers. Each calls `begin` first: locks and connections belong to the process that was copied."""
    return ProcessPoolExecutor(number, get_context("fork"), _begin, (begin,))


def _begin(begin: Callable[[], None]) -> None:
    Thread(target=_end_with_parent, name="end", daemon=True).start()
    pass_by()
    begin()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None  # noqa: S101 - a copy has one
    wait([parent.sentinel])
    os._exit(1)
