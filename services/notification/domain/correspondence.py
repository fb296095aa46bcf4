"""Everything that people are told of a matter, mostly a case: it waits until the contact is known, and is tried again with pauses, but never sent twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.kernel.actor import Actor
from services.kernel.aggregate import SYSTEM, RecordedAggregate
from services.notification.domain.message import Contact, Message, MessageChannel, MessageState, Notice, message_id

MOST_TRIES = 5
FIRST_PAUSE = timedelta(minutes=1)
Mailed = Callable[[str], bool]
"""Says whether a mailbox is told by e-mail, too."""
UNNAMED = "事项不详"
"""What stands for the item as long as a department's reports do not say it."""


class Correspondence(RecordedAggregate):
    """Everything that people are told of one case, item, offline approval or whoever answers for a month. Its id is that of the matter."""

    TOPIC = "notification.Correspondence"

    class Begun(RecordedAggregate.Created):
        """The case was heard of."""

    class ContactLearned(RecordedAggregate.Event):
        """The applicant's contact came to be known."""

        contact: Contact

        def apply(self, aggregate: "Correspondence") -> None:
            """Remember it."""
            aggregate.contact = self.contact

    class NoticeHeld(RecordedAggregate.Event):
        """Something is to be told as soon as the contact is known."""

        notice: Notice

        def apply(self, aggregate: "Correspondence") -> None:
            """Hold it."""
            aggregate.held[self.notice.key] = self.notice

    class MessageQueued(RecordedAggregate.Event):
        """A message is ready to go."""

        message: Message

        def apply(self, aggregate: "Correspondence") -> None:
            """Keep it, and hold its notice no longer."""
            aggregate.messages[self.message.id] = self.message
            aggregate.held.pop(self.message.notice.key, None)

    class SendingBegun(RecordedAggregate.Event):
        """A try began; recorded before the server is called, so that a crash in between shows and nothing goes out twice."""

        message: UUID

        def apply(self, aggregate: "Correspondence") -> None:
            """Count the try."""
            known = aggregate.messages[self.message]
            aggregate.messages[self.message] = replace(known, state=MessageState.SENDING, tries=known.tries + 1, next_try=None)

    class Sent(RecordedAggregate.Event):
        """The message left."""

        message: UUID
        template: str
        channel: MessageChannel
        recipient: str

        def apply(self, aggregate: "Correspondence") -> None:
            """It is done."""
            aggregate.messages[self.message] = replace(aggregate.messages[self.message], state=MessageState.SENT, next_try=None)

    class TryFailed(RecordedAggregate.Event):
        """A try failed; another comes at `next_try`."""

        message: UUID
        reason: str
        next_try: datetime

        def apply(self, aggregate: "Correspondence") -> None:
            """Wait."""
            known = aggregate.messages[self.message]
            aggregate.messages[self.message] = replace(known, state=MessageState.WAITING, next_try=self.next_try, outcome=self.reason)

    class Failed(RecordedAggregate.Event):
        """The message could not be sent."""

        message: UUID
        template: str
        channel: MessageChannel
        recipient: str
        reason: str
        tries: int

        def apply(self, aggregate: "Correspondence") -> None:
            """It is over."""
            known = aggregate.messages[self.message]
            aggregate.messages[self.message] = replace(known, state=MessageState.FAILED, next_try=None, outcome=self.reason)

    class Read(RecordedAggregate.Event):
        """The addressee opened an in-app message."""

        message: UUID

        def apply(self, aggregate: "Correspondence") -> None:
            """Remember it."""
            aggregate.read |= {self.message}

    def __init__(self) -> None:
        self.contact: Contact | None = None
        self.held: dict[str, Notice] = {}
        self.messages: dict[UUID, Message] = {}
        self.read: frozenset[UUID] = frozenset()

    @classmethod
    def about(cls, case: UUID, happened: datetime, now: datetime) -> "Correspondence":
        """Begin the correspondence about a case or another matter."""
        return cls.begin(cls.Begun, case, SYSTEM, now, happened=happened)

    def learn(self, contact: Contact, now: datetime, *, mailed: Mailed) -> None:
        """Learn whom to tell and what the matter is called, perhaps by a better name than before, and send what waited for it."""
        if self.contact is None or (contact.item and contact != self.contact):
            self.record(self.ContactLearned, SYSTEM, now, contact=contact)
            for notice in list(self.held.values()):
                self.tell(notice, now, mailed=mailed)

    def tell(self, notice: Notice, now: datetime, *, mailed: Mailed) -> None:
        """Tell the applicant, an officer, or everyone of a role in a department, as soon as it is known what the case is called."""
        if self.contact is None:
            if notice.key not in self.held:
                self.record(self.NoticeHeld, SYSTEM, now, happened=notice.happened, notice=notice)
            return
        notice = replace(notice, values={**notice.values, "number": self.contact.number, "item": self.contact.item or UNNAMED})
        mailbox = notice.recipient or self.contact.account or self.contact.reference
        if not mailbox:
            return
        email = notice.email if notice.recipient else self.contact.email
        self._queue(notice, MessageChannel.IN_APP, mailbox, "", now)
        if email and mailed(mailbox):
            self._queue(notice, MessageChannel.EMAIL, mailbox, email, now)

    def told_of_card(self, card: str) -> tuple[str, ...]:
        """Give the recipients who were told of a card, or will be: whoever heard of it must hear that it was withdrawn."""
        notices = [*self.held.values(), *(message.notice for message in self.messages.values())]
        return tuple(sorted({notice.recipient for notice in notices if notice.template == "card-issued" and notice.values["card"] == card}))

    def waiting(self, now: datetime) -> tuple[UUID, ...]:
        """Give the messages for which a try is due."""
        return tuple(message.id for message in self.messages.values() if message.next_try is not None and message.next_try <= now)

    @property
    def next_try(self) -> datetime | None:
        """When the next try is due, None where no message waits."""
        return min((message.next_try for message in self.messages.values() if message.next_try is not None), default=None)

    def _queue(self, notice: Notice, channel: MessageChannel, mailbox: str, address: str, now: datetime) -> None:
        identity = message_id(notice.event, notice.template, mailbox, channel)
        if identity in self.messages:
            return
        is_mail = channel is MessageChannel.EMAIL
        subject, text = notice.subject.format(**notice.values), notice.text.format(**notice.values)
        message = Message(identity, notice, subject, text, channel, mailbox, address, MessageState.WAITING, 0, now if is_mail else None)
        self.record(self.MessageQueued, SYSTEM, now, happened=notice.happened, message=message)
        if not is_mail:
            self._sent(message, now)

    def _sent(self, message: Message, now: datetime) -> None:
        fields = {"message": message.id, "template": message.notice.template, "channel": message.channel, "recipient": message.mailbox}
        self.trigger_event(self.Sent, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)

    def begin_sending(self, message: UUID, now: datetime) -> Message | None:
        """Begin a try, if the message waits for one; give the message."""
        known = self.messages.get(message)
        if known is None or known.state is not MessageState.WAITING:
            return None
        self.record(self.SendingBegun, SYSTEM, now, message=message)
        return self.messages[message]

    def finish_sending(self, message: UUID, now: datetime, error: str = "", *, final: bool = False) -> None:
        """Record how a try ended: sent, to be tried again later, or failed for good."""
        known = self.messages[message]
        if known.state is not MessageState.SENDING:
            return
        if not error:
            self._sent(known, now)
        elif final or known.tries >= MOST_TRIES:
            fields = {"template": known.notice.template, "channel": known.channel, "recipient": known.mailbox, "reason": error, "tries": known.tries}
            self.trigger_event(self.Failed, timestamp=now, actor=SYSTEM.subject, happened=now, message=message, **fields)
        else:
            pause = FIRST_PAUSE * 4 ** (known.tries - 1)
            self.record(self.TryFailed, SYSTEM, now, message=message, reason=error, next_try=now + pause)

    def mark_read(self, message: UUID, actor: Actor, now: datetime) -> None:
        """Mark an in-app message as read."""
        known = self.messages.get(message)
        if known is not None and known.channel is MessageChannel.IN_APP and message not in self.read:
            self.record(self.Read, actor, now, message=message)
