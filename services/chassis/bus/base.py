"""What carries events between services, in whatever way: it runs in threads until it is stopped, or settles step by step."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence

from services.chassis.bus.inbox import Inbox
from services.chassis.bus.relay import POSITION, Carrier, Relay
from services.chassis.bus.relaying import Relaying
from services.chassis.service import Service
from services.chassis.timekeeping import Now
from services.chassis.timers import Timers


class Bus(ABC):
    """The inboxes, relays and timers of the services of this process."""

    def __init__(self, services: Sequence[Service], now: Now) -> None:
        self.inboxes = {service.name: Inbox(service, now) for service in services}
        self.relays = {service.name: self._relaying(service) for service in services}
        self.told: dict[str, Relaying] = {}
        """What says to departments what concerns them, where there are topics for that."""
        self.timers = {service.name: Timers(service, now) for service in services}

    def departments(self) -> Collection[str]:
        """Give the departments that hear from topics of their own."""
        return ()

    @abstractmethod
    def carrier(self, service: Service) -> Carrier:
        """Give what carries the words of a service."""

    def start(self) -> None:
        """Relay and sweep in threads until `stop`."""
        self.start_relays()
        for timers in self.timers.values():
            timers.start()

    def start_relays(self) -> None:
        """Relay in threads until `stop`."""
        for relaying in (*self.relays.values(), *self.told.values()):
            relaying.start()

    def stop(self) -> None:
        """Finish what is under way and stop."""
        for timers in self.timers.values():
            timers.stop()
        for relaying in (*self.relays.values(), *self.told.values()):
            relaying.stop()

    def rounds(self) -> Mapping[str, float]:
        """Say when each part that runs last went round, on the monotonic clock; a part that hangs goes round no more."""
        parts: dict[str, Relaying | Timers] = {
            **{f"relay-{name}": one for name, one in self.relays.items()},
            **{f"departments-{name}": one for name, one in self.told.items()},
            **{f"timers-{name}": one for name, one in self.timers.items()},
        }
        return {part: one.round for part, one in parts.items() if one.round is not None}

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
        said = [relaying.step() for relaying in (*self.relays.values(), *self.told.values())]
        return any(said)

    def _relaying(self, service: Service) -> Relaying:
        relay = Relay(service, self.carrier(service))
        return Relaying(service, POSITION, lambda: [relay], lambda seconds: service.recorder.wait_for_news(relay.through, seconds))
