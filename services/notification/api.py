"""Notification over HTTP: one's own messages, and by which channels they come; for administrators, the e-mails that did not arrive."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from services.chassis.auth import SignedIn, allow
from services.chassis.http.paging import Page
from services.chassis.wiring import Now
from services.kernel.actor import Actor, Role
from services.notification import views
from services.notification.application import Notification

router = APIRouter()


async def _notification(request: Request) -> Notification:
    notification: Notification = request.app.state.service
    return notification


TheNotification = Annotated[Notification, Depends(_notification)]


@router.get("/messages")
def list_messages(notification: TheNotification, actor: SignedIn, cursor: str = "") -> Page[dict[str, Any]]:
    """List the caller's messages, newest first."""
    rows, following = views.of_mailboxes(notification.database, notification.mailboxes(actor), cursor)
    return Page(items=rows, next=following)


@router.get("/messages/unread")
def unread(notification: TheNotification, actor: SignedIn) -> dict[str, int]:
    """Count the caller's unread messages."""
    return {"unread": views.unread(notification.database, notification.mailboxes(actor))}


@router.get("/messages/not-arrived")
def not_arrived(notification: TheNotification, _: Annotated[Actor, allow(Role.ADMINISTRATOR)], cursor: str = "") -> Page[dict[str, Any]]:
    """List the e-mails that failed (FAILED), and those whose outcome is not known (SENDING), without whom they were for and what they said."""
    rows, following = views.not_arrived(notification.database, cursor)
    return Page(items=rows, next=following)


class ChannelsIn(BaseModel):
    """Whether one is told by e-mail, too; in the application one always is."""

    model_config = ConfigDict(extra="forbid")
    email: bool


@router.get("/channels")
def show_channels(notification: TheNotification, actor: SignedIn) -> dict[str, bool]:
    """Say by which channels the caller is told."""
    return notification.channels(actor)


@router.put("/channels")
def choose_channels(body: ChannelsIn, notification: TheNotification, now: Now, actor: SignedIn) -> dict[str, bool]:
    """Choose by which channels the caller is told from now on."""
    notification.choose_channels(actor, now, email=body.email)
    return notification.channels(actor)


@router.post("/messages/{message}/read")
def mark_read(message: UUID, notification: TheNotification, now: Now, actor: SignedIn) -> dict[str, Any]:
    """Mark a message as read."""
    notification.mark_read(message, actor, now)
    return {"id": message, "read": True}
