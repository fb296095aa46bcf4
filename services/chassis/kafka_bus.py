"""The services of this process connected with all others by Kafka: the counterpart of the embedded bus."""

from collections.abc import Sequence

from services.chassis.bus import Bus
from services.chassis.inbox import Inbox
from services.chassis.kafka import Listener, Loop, Sender
from services.chassis.relay import Carrier
from services.chassis.service import Service
from services.chassis.timekeeping import Now

SPEAKERS = ("intake", "workflow", "supervision", "certificates", "notification")
LONGEST_HEARING = 60.0


def topic(prefix: str, name: str) -> str:
    """Give the name of a topic, such as `onewindow.intake`."""
    return f"{prefix}.{name}"


def listener(inbox: Inbox, name: str, address: str, prefix: str) -> Listener:
    """Give what lets a service hear all others."""
    return Listener(inbox, address, f"{prefix}-{name}", [topic(prefix, other) for other in SPEAKERS if other != name])


class KafkaBus(Bus):
    """One sender and one listener for each service of this process; or no listeners and timers, where other processes have them."""

    def __init__(self, services: Sequence[Service], now: Now, address: str, prefix: str, *, only_relays: bool = False) -> None:
        self._address = address
        self._prefix = prefix
        self._loop = Loop()
        self._senders: list[Sender] = []
        super().__init__(services, now)
        if only_relays:
            self.timers.clear()
        self._listeners = [] if only_relays else [listener(inbox, name, address, prefix) for name, inbox in self.inboxes.items()]
        self._listening = False

    def carrier(self, service: Service) -> Carrier:
        """Give what sends to the service's topic."""
        sender = Sender(self._loop, self._address, topic(self._prefix, service.name))
        self._senders.append(sender)
        return sender

    def start(self) -> None:
        """Relay, listen and sweep until `stop`."""
        self._listen()
        super().start()

    def stop(self) -> None:
        """Finish what is under way and stop."""
        super().stop()
        for listener in self._listeners:
            self._loop.run(listener.stop())
        for sender in self._senders:
            sender.close()
        self._loop.close()

    def relay(self) -> bool:
        """Relay one batch of each service and wait until all heard it; raise `TimeoutError` where that does not come."""
        self._listen()
        said = super().relay()
        offsets = {lane: offset for sender in self._senders for lane, offset in sender.reached.items()}
        for listener in self._listeners:
            if not listener.wait_until_heard(offsets, LONGEST_HEARING):
                msg = f"what was said was not heard in {LONGEST_HEARING:.0f} seconds"
                raise TimeoutError(msg)
        return said

    def _listen(self) -> None:
        if not self._listening:
            self._listening = True
            for listener in self._listeners:
                self._loop.run(listener.start())
