"""What notification says: who was told what, and whether it arrived. The subject is what the message is about, as a rule a case."""

from typing import Literal

from contracts.registry import PublicEvent, public


@public("gov.onewindow.notification.message-sent.v1")
class MessageSent(PublicEvent):
    """A message left by this channel (NOT-01). The recipient is a reference, empty where nobody may learn who it is."""

    message: str
    template: str
    channel: Literal["IN_APP", "EMAIL"]
    recipient: str


@public("gov.onewindow.notification.message-failed.v1")
class MessageFailed(PublicEvent):
    """A message could not be sent, after all tries."""

    message: str
    template: str
    channel: Literal["IN_APP", "EMAIL"]
    recipient: str
    reason: str
    tries: int
