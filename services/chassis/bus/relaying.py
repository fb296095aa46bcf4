"""Relays of one service at work in a thread: of several processes of the service, one lets them work."""

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

from services.chassis.bus.relay import Relay
from services.chassis.service import Service
from services.chassis.storage.leader import Leader

logger = logging.getLogger(__name__)
POLL_SECONDS = 1.0
CHECK_SECONDS = 30.0


class Relaying:
    """Lets relays work, a batch of each in turn. Were two processes at it, whoever hears would drop what comes twice.

    `rest` waits until there may be something new, or for so many seconds; without it, these seconds pass.
    """

    def __init__(self, service: Service, work: str, relays: Callable[[], Sequence[Relay]], rest: Callable[[float], object] | None = None) -> None:
        self._service = service
        self._work = work
        self._relays = relays
        self._leader = Leader(service.database, work)
        self._checked: dict[Relay, float] = {}
        """When each relay last looked whether something was lost; after a failure it looks anew."""
        self._stop = Event()
        self._rest = rest or self._stop.wait
        self._thread: Thread | None = None
        self.round: float | None = None
        """When it last went round, on the monotonic clock."""

    def step(self) -> int:
        """Relay one batch of each; give how many events there were."""
        return sum(relay.step() for relay in self._relays())

    def start(self) -> None:
        """Relay in a thread of its own until `stop`."""
        self._thread = Thread(target=self._run, name=f"{self._work}-{self._service.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and stop."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        for relay in self._relays():
            relay.close()
        self._leader.resign()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.round = time.monotonic()
            try:
                if self._leader.holds():
                    self._go_round()
                else:
                    self._checked.clear()
                    self._stop.wait(POLL_SECONDS)
            except Exception:
                logger.exception("the work %s of %s is tried again", self._work, self._service.name)
                self._stop.wait(POLL_SECONDS)

    def _go_round(self) -> None:
        turns = [self._turn(relay) for relay in self._relays()]
        if None in turns:
            self._stop.wait(POLL_SECONDS)
        elif not any(turns):
            self._rest(POLL_SECONDS)

    def _turn(self, relay: Relay) -> bool | None:
        """Let one relay check now and then, and step; say whether there may be more, None where it fails: the others are not kept waiting."""
        self.round = time.monotonic()
        checked = self._checked.pop(relay, 0.0)
        try:
            if time.monotonic() - checked > CHECK_SECONDS:
                relay.check()
                checked = time.monotonic()
            count = relay.step()
        except Exception:
            logger.exception("the relay (%s) of %s tries again", relay.name, self._service.name)
            return None
        self._checked[relay] = checked
        return count == relay.most
