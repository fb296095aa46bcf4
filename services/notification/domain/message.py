"""What a message is: whom it is for, what it says, by which channel it goes and how far it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5


class MessageChannel(StrEnum):
    """By which way a message goes."""

    IN_APP = "IN_APP"
    EMAIL = "EMAIL"


class MessageState(StrEnum):
    """How far a message is."""

    WAITING = "WAITING"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to tell of a case, and what the case is called: the applicant's reference, account and e-mail address; number and item.

    Without a reference the applicant is told by others, by the department whose own system handles the case; or there is none, where the
    matter is an item of the catalogue, an offline approval, a log, or who answers for a month.
    """

    reference: str
    account: str | None
    email: str
    number: str
    item: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell: by a template, about an event, with what the template needs. Without a `recipient` it is for the applicant.

    `subject` and `text` are the template's words of that day, with names in braces: one that is changed later does not change what was told.
    """

    event: str
    template: str
    recipient: str
    email: str
    happened: datetime
    subject: str
    text: str
    values: dict[str, str]

    @property
    def key(self) -> str:
        """What tells it from other notices of the case."""
        return f"{self.event}:{self.template}:{self.recipient}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message by one channel, its words, and how far it is."""

    id: UUID
    notice: Notice
    subject: str
    text: str
    channel: MessageChannel
    mailbox: str
    address: str
    state: MessageState
    tries: int = 0
    next_try: datetime | None = None
    outcome: str = ""


def message_id(event: str, template: str, mailbox: str, channel: MessageChannel) -> UUID:
    """Give the id of a message: one for each event, template, recipient and channel."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:message:{event}:{template}:{mailbox}:{channel}")
