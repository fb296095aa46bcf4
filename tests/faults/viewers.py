"""Viewers of the live page who come and go while work goes on."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from tests.patience import PATIENCE
from tests.world import TLS, Caller

LIVE = "/supervision/api/live?figures=true"
LONGEST_LOOK = 1.0


class Viewers:
    """How often somebody came, and how many messages all of them saw."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._enough = threading.Event()
        self.visits = 0
        self.messages = 0

    @contextmanager
    def watching(self, number: int, chance: random.Random) -> Iterator["Viewers"]:
        """Let so many watch at once meanwhile, each for a moment, then as somebody new."""
        with ThreadPoolExecutor(number) as pool:
            watching = [pool.submit(self._come_and_go, random.Random(chance.random())) for _ in range(number)]  # noqa: S311 - no secret
            try:
                yield self
            finally:
                self._enough.set()
        for one in watching:
            one.result()

    def _come_and_go(self, chance: random.Random) -> None:
        while not self._enough.is_set():
            headers = {"Authorization": f"Bearer {self._caller.token('supervisor1')}"}
            leaves = time.monotonic() + chance.uniform(0, LONGEST_LOOK)
            with httpx.stream("GET", self._caller.address + LIVE, headers=headers, timeout=PATIENCE, verify=TLS) as answer:
                answer.raise_for_status()
                self.visits += 1
                for line in answer.iter_lines():
                    self.messages += line.startswith("data:")
                    if time.monotonic() > leaves:
                        break
