"""The test says what a service stored, in the place of its relay: in other words than the service would, and so as nobody expected it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from services.chassis.bus.kafka.loop import Loop
from services.chassis.bus.kafka.sender import Sender
from services.chassis.bus.kafka.topics import topic
from services.chassis.bus.relay import Carrier, Message, Relay
from tests.faults.district import District
from tests.faults.holding import silenced

Words = Callable[[bytes], bytes]
"""Gives a message as it is said instead."""


class InOtherWords:
    """Carries each message in other words."""

    def __init__(self, carrier: Carrier, words: Words) -> None:
        self._carrier = carrier
        self._words = words

    def send(self, batch: Sequence[Message]) -> int | None:
        """Carry a batch."""
        return self._carrier.send([one._replace(body=self._words(one.body)) for one in batch])

    def kept(self) -> Mapping[int, int]:
        """Give the last position kept of each lane."""
        return self._carrier.kept()


@contextmanager
def in_other_words(district: District, service: str, words: Words) -> Iterator[None]:
    """Say in other words what a service stores meanwhile; then its own relay goes on after it."""
    with silenced(district, service), district.opened(service) as (opened,):
        yield
        loop = Loop()
        sender = Sender(loop, district.topology.kafka.address, topic("onewindow", service))
        try:
            while Relay(opened, InOtherWords(sender, words)).step():
                pass
        finally:
            sender.close()
            loop.close()
