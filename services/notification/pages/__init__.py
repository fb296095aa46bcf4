"""The inbox: one's own messages, newest first."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.auth import SignedIn
from services.chassis.wiring import Now, ThePages
from services.notification import views
from services.notification.api import TheNotification

router = APIRouter()


@router.get("/messages")
def inbox(request: Request, notification: TheNotification, pages: ThePages, actor: SignedIn, cursor: str = "") -> Response:
    """Show the caller's messages."""
    mailboxes = notification.mailboxes(actor)
    rows, following = views.of_mailboxes(notification.database, mailboxes, cursor)
    unread = views.unread(notification.database, mailboxes)
    return pages.render(request, "messages.html", rows=rows, following=following, unread=unread)


@router.post("/messages/{message}/read")
def mark_read(message: UUID, notification: TheNotification, now: Now, actor: SignedIn) -> Response:
    """Mark a message as read and come back."""
    notification.mark_read(message, actor, now)
    return RedirectResponse("../../messages", 303)
