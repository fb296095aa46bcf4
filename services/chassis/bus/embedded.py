"""All services in one process, without a broker: the relay of each hands the same bytes that Kafka would carry to the inboxes of those who hear it."""

from collections.abc import Mapping, Sequence

from services.chassis.bus.base import Bus
from services.chassis.bus.inbox import Inbox
from services.chassis.bus.relay import Carrier, Message
from services.chassis.service import Service


class EmbeddedBus(Bus):
    """Connects the services of this process with each other."""

    def carrier(self, service: Service) -> Carrier:
        """Give what calls the inboxes of those who hear the service."""
        return _Call([inbox for inbox in self.inboxes.values() if service.name in inbox.hears])


class _Call:
    """Carries by calling: when the call returns, every inbox has stored what it heard."""

    def __init__(self, inboxes: Sequence[Inbox]) -> None:
        self._inboxes = inboxes

    def send(self, batch: Sequence[Message]) -> int | None:
        bodies = [message.body for message in batch]
        for inbox in self._inboxes:
            inbox.deliver(bodies)
        return None

    def kept(self) -> Mapping[int, int]:
        return {}
