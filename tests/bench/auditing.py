"""P12: an audit's replay of a whole log against its checkpoint, beside paging through the same rows and decoding them."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.domain import Aggregate
from eventsourcing.utils import resolve_topic

from services.chassis.audit import checkpoints
from services.chassis.audit.log import PAGE
from services.chassis.audit.verification import verify_folder
from services.chassis.service import Service
from services.chassis.storage.aggregates import fold
from services.chassis.timekeeping import system_now
from tests.bench.ground import Ground
from tests.bench.lives import Desk
from tests.bench.measure import Result, rate, seconds

LIVES = 400


def auditing(ground: Ground) -> list[Result]:
    """P12."""
    url, folder = ground.schema(), ground.folder / "checkpoints"
    desk = Desk(url, ground)
    desk.live(desk.accepted(LIVES))
    service = desk.workflow
    number = service.recorder.max_notification_id() or 0
    checkpoints.make(service, folder, system_now())

    def verified() -> None:
        assert list(verify_folder(service, folder)) == []

    def floor() -> float:
        return number / seconds(lambda: paged(url))

    found = [
        rate("P12", "the whole log verified against its checkpoint ÷ raw page and decode", "≥ 0.70", lambda: number / seconds(verified), floor),
        rate(
            "P12",
            "the whole log folded into its aggregates, versions checked ÷ raw page and decode",
            "–",
            lambda: number / seconds(lambda: replayed(service)),
            floor,
        ),
    ]
    service.close()
    return found


def replayed(service: Service) -> dict[UUID, Aggregate]:
    """Read the whole log and give every aggregate as it says; fail at the first event that doesn't follow upon the one before."""
    aggregates: dict[UUID, Aggregate] = {}
    position = 0
    while page := service.recorder.select_notifications(position, PAGE, inclusive_of_start=False):
        for one in page:
            event = service.mapper.to_domain_event(one)
            before = aggregates.get(event.originator_id)
            assert one.originator_version == (before.version if before else 0) + 1 == event.originator_version, f"position {one.id} is out of order"
            after = fold(before, (event,))
            assert after is not None
            aggregates[after.id] = after
        position = page[-1].id
    return aggregates


def paged(url: str) -> None:
    """Page through the rows with the bare driver, and decode each."""
    decoders: dict[str, msgspec.json.Decoder[Any]] = {}
    for page in _pages(url):
        for _, topic, state in page:
            decoder = decoders.get(topic)
            if decoder is None:
                decoder = decoders[topic] = msgspec.json.Decoder(resolve_topic(topic))
            decoder.decode(state)


def _pages(url: str) -> Iterator[Sequence[tuple[int, str, bytes]]]:
    # Put together anew, its options would have a plus for each blank, which the server does not read.
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql", 1), autocommit=True) as connection, connection.cursor(binary=True) as cursor:
        position = 0
        while page := cursor.execute(
            "SELECT position, topic, state FROM events WHERE position > %s ORDER BY position LIMIT %s", (position, PAGE), prepare=True
        ).fetchall():
            yield page
            position = page[-1][0]
