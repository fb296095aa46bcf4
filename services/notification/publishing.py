"""Where notification's private events become public: how each sending ended, without a word of what was said (SEC-02)."""

from typing import Any

from contracts import notification as public
from contracts.registry import PublicEvent
from services.notification.domain.correspondence import Correspondence
from services.notification.notices import GATHERED, TOLD_TO_COMPLAINANT


def to_public(event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of notification's events
    """Give the public form of an event."""
    match event:
        case Correspondence.Sent(template=template) | Correspondence.Failed(template=template) if template == GATHERED:
            # It is about no case, in whose history it could stand.
            return None
        case Correspondence.Sent():
            return public.MessageSent(message=str(event.message), template=event.template, channel=event.channel.value, recipient=_reference(event))
        case Correspondence.Failed():
            return public.MessageFailed(
                message=str(event.message),
                template=event.template,
                channel=event.channel.value,
                recipient=_reference(event),
                reason=event.reason,
                tries=event.tries,
            )
        case _:
            return None


def _reference(event: Correspondence.Sent | Correspondence.Failed) -> str:
    # What is said here stands in the history of the case, which the department reads that was complained about.
    return "" if event.template == TOLD_TO_COMPLAINANT else event.recipient
