"""All services in one process, without a broker: the relay of each hands the same bytes that Kafka would carry to the inboxes of the others."""

from collections.abc import Sequence

from services.chassis.inbox import Inbox
from services.chassis.relay import Relay, Send
from services.chassis.service import Service
from services.chassis.timekeeping import Now
from services.chassis.timers import Timers


class EmbeddedBus:
    """Connects services with each other. Start it to run in threads, or `settle` it step by step."""

    def __init__(self, services: Sequence[Service], now: Now) -> None:
        self.inboxes = {service.name: Inbox(service, now) for service in services}
        self._relays = [Relay(service, self._sender(service)) for service in services]
        self._timers = [Timers(service, now) for service in services]

    def start(self) -> None:
        """Relay and sweep in threads until `stop`."""
        for relay in self._relays:
            relay.start()
        for timers in self._timers:
            timers.start()

    def stop(self) -> None:
        """Finish what is under way and stop."""
        for timers in self._timers:
            timers.stop()
        for relay in self._relays:
            relay.stop()

    def settle(self) -> None:
        """Relay and sweep, without threads, until nothing is left to say or to do by now."""
        while self.relay() or any(timers.sweep() for timers in self._timers):
            pass

    def relay(self) -> bool:
        """Relay one batch of each service; say whether there was any."""
        return any(relay.step() for relay in self._relays)

    def _sender(self, source: Service) -> Send:
        others = [inbox for name, inbox in self.inboxes.items() if name != source.name]

        def send(batch: Sequence[bytes]) -> None:
            for inbox in others:
                inbox.deliver(batch)

        return send
