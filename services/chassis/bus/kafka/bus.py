"""The services of this process connected with all others by Kafka: the counterpart of the embedded bus."""

from collections.abc import Callable, Collection, Mapping, Sequence

from contracts.envelope import LANES, TELLERS
from services.chassis.bus.base import Bus
from services.chassis.bus.concerning import DepartmentRelay
from services.chassis.bus.inbox import Inbox
from services.chassis.bus.kafka.listener import Listener
from services.chassis.bus.kafka.loop import Loop
from services.chassis.bus.kafka.sender import Sender
from services.chassis.bus.kafka.topics import topic, topic_for
from services.chassis.bus.reception import Reception
from services.chassis.bus.relay import Carrier
from services.chassis.bus.relaying import Relaying
from services.chassis.service import Service
from services.chassis.timekeeping import Now

LONGEST_HEARING = 60.0
Departments = Callable[[], Collection[str]]
"""Gives the departments that have a topic of their own by now."""


def nobody() -> Collection[str]:
    """Give no department."""
    return ()


def _listener(inbox: Inbox, name: str, address: str, prefix: str) -> Listener:
    """Give what lets a service hear those whom it wants to hear."""
    return Listener(inbox, address, f"{prefix}-{name}", [topic(prefix, other) for other in inbox.hears])


class KafkaBus(Bus):
    """One sender and one listener for each service of this process, and a sender for each department that has a topic.

    `by_workers` leaves hearing and sweeping to workers, which start them themselves.
    """

    def __init__(
        self, services: Sequence[Service], now: Now, address: str, prefix: str, departments: Departments = nobody, *, by_workers: bool = False
    ) -> None:
        self._departments = departments
        self.address = address
        self.prefix = prefix
        self._loop = Loop()
        self._senders: list[Sender] = []
        super().__init__(services, now)
        self.told = {service.name: self._telling(service) for service in services if service.name in TELLERS}
        self.listeners = {name: _listener(inbox, name, address, prefix) for name, inbox in self.inboxes.items()}
        for service in services:
            for name in service.doors:
                reception = Reception(service, name, now)
                self.listeners[f"{service.name}-{name}"] = Listener(reception, address, f"{prefix}-{service.name}-{name}", [topic(prefix, name)])
        self._by_workers = by_workers
        self._listening = False

    def departments(self) -> Collection[str]:
        """Give the departments that hear from topics of their own."""
        return self._departments()

    def carrier(self, service: Service) -> Carrier:
        """Give what sends to the service's topic."""
        return self._sender(topic(self.prefix, service.name))

    def rounds(self) -> Mapping[str, float]:
        """Say when each part that runs last went round."""
        return {**super().rounds(), **{f"listener-{one.group}": one.round for one in self.listeners.values() if one.round is not None}}

    def behind(self) -> Mapping[str, Mapping[tuple[str, int], int]]:
        """Say how many events of which topic and lane wait to be heard."""
        return {name: one.behind() for name, one in self.listeners.items()}

    def halted(self) -> Mapping[str, int]:
        """Say how many lanes wait for a newer program."""
        return {name: len(one.halted) for name, one in self.listeners.items()}

    def start(self) -> None:
        """Relay, listen and sweep until `stop`."""
        if self._by_workers:
            self.start_relays()
            return
        self._listen()
        super().start()

    def stop(self) -> None:
        """Finish what is under way and stop."""
        super().stop()
        if self._listening:
            for listener in self.listeners.values():
                self._loop.run(listener.stop())
        for sender in self._senders:
            sender.close()
        self._loop.close()

    def relay(self) -> bool:
        """Relay one batch of each service and wait until all heard it; raise `TimeoutError` where that does not come."""
        self._listen()
        said = super().relay()
        offsets = {lane: offset for sender in self._senders for lane, offset in sender.reached.items()}
        for listener in self.listeners.values():
            if not listener.wait_until_heard(offsets, LONGEST_HEARING):
                msg = f"what was said was not heard in {LONGEST_HEARING:.0f} seconds"
                raise TimeoutError(msg)
        return said

    def _sender(self, to: str, lanes: Sequence[int] = range(LANES)) -> Sender:
        sender = Sender(self._loop, self.address, to, lanes)
        self._senders.append(sender)
        return sender

    def _telling(self, service: Service) -> Relaying:
        """Give what tells departments what concerns them, also those that are admitted meanwhile."""
        relays: dict[str, DepartmentRelay] = {}
        lane = TELLERS.index(service.name)

        def relays_by_now() -> list[DepartmentRelay]:
            wanted = set(self._departments())
            for one in wanted - relays.keys():
                relays[one] = DepartmentRelay(service, self._sender(topic_for(self.prefix, one), (lane,)), one, lane)
            return [relays[one] for one in sorted(wanted)]

        return Relaying(service, "departments", relays_by_now)

    def _listen(self) -> None:
        if not self._listening:
            self._listening = True
            for listener in self.listeners.values():
                self._loop.run(listener.start())
