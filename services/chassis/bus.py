"""What carries events between services, in whatever way: it runs in threads until it is stopped, or settles step by step."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from services.chassis.inbox import Inbox
from services.chassis.relay import Carrier, Relay
from services.chassis.service import Service
from services.chassis.timekeeping import Now
from services.chassis.timers import Timers


class Bus(ABC):
    """The inboxes, relays and timers of the services of this process."""

    def __init__(self, services: Sequence[Service], now: Now) -> None:
        self.inboxes = {service.name: Inbox(service, now) for service in services}
        self.relays = {service.name: Relay(service, self.carrier(service)) for service in services}
        self.timers = {service.name: Timers(service, now) for service in services}

    @abstractmethod
    def carrier(self, service: Service) -> Carrier:
        """Give what carries the words of a service."""

    def start(self) -> None:
        """Relay and sweep in threads until `stop`."""
        for relay in self.relays.values():
            relay.start()
        for timers in self.timers.values():
            timers.start()

    def stop(self) -> None:
        """Finish what is under way and stop."""
        for timers in self.timers.values():
            timers.stop()
        for relay in self.relays.values():
            relay.stop()

    def rounds(self) -> Mapping[str, float]:
        """Say when each part that runs last went round, on the monotonic clock; a part that hangs goes round no more."""
        parts = [(f"relay-{name}", relay.round) for name, relay in self.relays.items()] + [
            (f"timers-{name}", timers.round) for name, timers in self.timers.items()
        ]
        return {part: moment for part, moment in parts if moment is not None}

    def behind(self) -> Mapping[str, Mapping[tuple[str, int], int]]:
        """Say for each service how many events of which topic and lane wait to be heard, where that is known."""
        return {}

    def halted(self) -> Mapping[str, int]:
        """Say for each service how many lanes wait for a newer program, where that is known."""
        return {}

    def settle(self) -> None:
        """Relay and sweep, without threads, until nothing is left to say, to hear or to do by now."""
        while self.relay() or any(timers.sweep() for timers in self.timers.values()):
            pass

    def relay(self) -> bool:
        """Relay one batch of each service until all heard it; say whether there was any."""
        said = [relay.step() for relay in self.relays.values()]
        return any(said)
