"""`python -m tests.bench.served intake --port 8001` serves as `onewindow serve` does, without the bus; `--storing-nothing` is the floor of P1."""

import argparse
import itertools
import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NoReturn
from unittest.mock import patch
from uuid import UUID

from eventsourcing.persistence import AggregateRecorder, StoredEvent
from sqlalchemy import event

from services.chassis.storage.recorder import Recorder
from services.chassis.timekeeping import system_now
from services.chassis.tracing import configure_logging
from services.console.listening import listen, serve
from services.console.settings import Settings
from services.console.single import compose_single
from services.intake.application import Intake
from services.intake.uploads import StoredFile

PAGE = 500


class StoringNothing(AggregateRecorder):
    """Has in memory what was stored before it came; what is new goes there too, for whoever reads it back, and nowhere else."""

    def __init__(self, recorder: Recorder) -> None:
        self._known: defaultdict[UUID | str, list[StoredEvent]] = defaultdict(list)
        position = 0
        while page := recorder.select_notifications(position, PAGE, inclusive_of_start=False):
            for one in page:
                self._known[one.originator_id].append(StoredEvent(one.originator_id, one.originator_version, one.topic, one.state))
            position = page[-1].id

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: object) -> Sequence[int]:
        """Keep them in mind."""
        for one in stored_events:
            self._known[one.originator_id].append(one)
        return []

    def select_events(
        self, originator_id: UUID | str, *, gt: int | None = None, lte: int | None = None, desc: bool = False, limit: int | None = None
    ) -> Sequence[StoredEvent]:
        """Give the events of one aggregate in the order of their versions."""
        assert (lte, desc, limit) == (None, False, None)
        return [one for one in self._known.get(originator_id, ()) if one.originator_version > (gt or 0)]

    def select_events_beyond(self, versions: Mapping[UUID, int]) -> Sequence[StoredEvent]:
        """Give the events of several aggregates beyond a version of each."""
        return [one for originator_id, version in versions.items() for one in self.select_events(originator_id, gt=version)]


@contextmanager
def storing_nothing(service: Intake) -> Iterator[None]:
    """Let a service answer from memory alone: whatever else asks the database meanwhile fails, so that the floor is one."""
    numbers = itertools.count(1)

    def number(series: str) -> str:
        return f"{series}-{next(numbers):06d}-K"

    def described(digests: Collection[str], subject: str) -> dict[str, StoredFile]:  # noqa: ARG001 - the product's signature
        return {digest: StoredFile("材料.pdf", "application/pdf", 1000, digest) for digest in digests}

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the floor asks the database")

    memory = StoringNothing(service.recorder)
    service.events.recorder = memory
    with ExitStack() as stack:
        stack.enter_context(patch.object(service.recorder, "insert_events", memory.insert_events))
        stack.enter_context(patch.object(service.recorder, "select_events_beyond", memory.select_events_beyond))
        stack.enter_context(patch.object(service.numbers, "draw", number))
        stack.enter_context(patch.object(service.uploads, "described", described))
        for engine in (service.database.engine, service.database.reading):
            event.listen(engine, "checkout", refuse)
        yield


def main() -> None:
    """Serve until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--storing-nothing", action="store_true")
    asked = parser.parse_args()
    configure_logging(logging.WARNING)
    single = compose_single(Settings(), asked.service, system_now)
    with ExitStack() as stack:
        if asked.storing_nothing:
            assert isinstance(single.service, Intake)
            stack.enter_context(storing_nothing(single.service))
        serve(single.app, listen("127.0.0.1", asked.port))


if __name__ == "__main__":
    main()
