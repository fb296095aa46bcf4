"""A due time is a row, written with the fact that sets it; one sweep takes what is due, in order, so its cost grows with that alone (CLK-05)."""

import logging
import time
from datetime import datetime
from threading import Event, Thread
from uuid import UUID

from sqlalchemy import Uuid, literal, select, tuple_

from services.chassis.service import Service, Transaction
from services.chassis.storage.database import Change, Database, Delete, Instant, Upsert
from services.chassis.timekeeping import Now

logger = logging.getLogger(__name__)
BATCH = 500

Due = tuple[str, UUID, datetime]
"""Kind, subject and due time of a timer."""


def timer(database: Database, kind: str, subject: UUID, due: datetime | None) -> Change:
    """Give the change that sets a timer, or takes it away where `due` is None."""
    timers = database.table("timers")
    return Delete(timers, (kind, subject)) if due is None else Upsert(timers, {"kind": kind, "subject": subject, "due": due})


class Timers:
    """The timers of one service. A service that was down catches up, with the true due times."""

    def __init__(self, service: Service, now: Now, seconds: float = 1.0) -> None:
        self._service = service
        self._now = now
        self._seconds = seconds
        self._stop = Event()
        self._thread: Thread | None = None
        self.round: float | None = None
        """When it last went round, on the monotonic clock."""

    def sweep(self) -> int:
        """Fire everything that is due by now, in order, and say how many could be; what firing sets anew waits for the next sweep."""
        fired = 0
        self.round = time.monotonic()
        now = self._now()
        last: Due | None = None
        while batch := self._due(now, last):
            try:
                self._fire(batch, now)
            except Exception as error:  # noqa: BLE001 - one timer must not keep the others from being heard
                logger.info("a batch of timers of %s is fired one by one: %s", self._service.name, error)
                fired += sum(self._fire_alone(one, now) for one in batch)
            else:
                fired += len(batch)
            last = batch[-1]
        return fired

    def start(self) -> None:
        """Sweep in a thread of its own until `stop`."""
        self._thread = Thread(target=self._run, name=f"timers-{self._service.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and stop."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self.sweep()
            except Exception:
                logger.exception("the timers of %s try again", self._service.name)

    def _due(self, now: datetime, last: Due | None) -> list[Due]:
        timers = self._service.database.table("timers").c
        order = (timers.due, timers.kind, timers.subject)
        query = select(timers.kind, timers.subject, timers.due).where(timers.due <= now).order_by(*order).limit(BATCH)
        if last is not None:
            kind, subject, due = last
            query = query.where(tuple_(*order) > tuple_(literal(due, Instant), literal(kind), literal(subject, Uuid)))
        with self._service.database.reading.connect() as connection:
            return [(kind, subject, due) for kind, subject, due in connection.execute(query)]

    def _fire(self, batch: list[Due], now: datetime) -> None:
        transaction = Transaction(self._service)
        for kind, subject, due in batch:
            # Taken away first: what the aggregate's events set anew comes after and stays.
            transaction.change(Delete(self._service.database.table("timers"), (kind, subject)))
            self._service.fire(kind, subject, due, now, transaction)
        transaction.commit()

    def _fire_alone(self, one: Due, now: datetime) -> bool:
        try:
            self._fire([one], now)
        except Exception:
            logger.exception("timer %s of %s stays for the next sweep", one, self._service.name)
            return False
        return True
