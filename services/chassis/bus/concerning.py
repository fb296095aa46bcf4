"""What concerns a department (EXC-01): by the feed, and by a topic of its own, which a relay fills with the same bytes."""

from collections.abc import Sequence

from eventsourcing.persistence import Notification

from contracts import envelope as wire
from services.chassis.bus.relay import POSITION, Carrier, Message, Relay, to_envelope
from services.chassis.service import Service

TOLD = "for-"
"""What the name of whatever is a department's own begins with: its topic, and how far it was told."""


def concerning(service: Service, notifications: Sequence[Notification], department: str) -> list[wire.Envelope]:
    """Give the public form of those events that are about cases of a department."""
    envelopes = [envelope for one in notifications if (envelope := to_envelope(service, one)) is not None]
    own = service.concerning({envelope.subject for envelope in envelopes}, department) if envelopes else set()
    return [envelope for envelope in envelopes if envelope.subject in own]


def said_to_all(service: Service) -> int:
    """Give how far the service's relay is. Nobody is told more: everywhere the same is said, in the same order."""
    return service.recorder.max_tracking_id(POSITION) or 0


def position_of(department: str) -> str:
    """Give the name under which a service keeps how far it told a department."""
    return f"{TOLD}{department}"


class DepartmentRelay(Relay):
    """Says to one department what concerns it, all in one lane of its topic, in which nobody else says anything."""

    def __init__(self, service: Service, carrier: Carrier, department: str, lane: int) -> None:
        super().__init__(service, carrier, name=position_of(department), lanes=(lane,))
        self.department = department
        self._lane = lane

    def read(self, position: int) -> Sequence[Notification]:
        """Give the next events after a position that were said to all."""
        said = said_to_all(self.service)
        return self.service.recorder.select_notifications(position, self.most, stop=said, inclusive_of_start=False) if position < said else ()

    def messages(self, notifications: Sequence[Notification], reached: dict[str, int]) -> list[Message]:
        """Give those that concern the department."""
        said = [Message(self._lane, one.position, wire.to_bytes(one)) for one in concerning(self.service, notifications, self.department)]
        if said:
            reached[self.lanes[self._lane]] = said[-1].position
        return said
