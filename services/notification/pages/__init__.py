"""The inbox: one's own messages, newest first, and by which channels they come; for administrators, the e-mails that did not arrive."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.auth import SignedIn, allow
from services.chassis.wiring import Now, ThePages
from services.kernel.actor import Actor, Role
from services.notification import views
from services.notification.api import TheNotification
from services.notification.wording import templates

router = APIRouter()


@router.get("/messages")
def inbox(request: Request, notification: TheNotification, pages: ThePages, actor: SignedIn, cursor: str = "") -> Response:
    """Show the caller's messages."""
    mailboxes = notification.mailboxes(actor)
    rows, following = views.of_mailboxes(notification.database, mailboxes, cursor)
    unread = views.unread(notification.database, mailboxes)
    return pages.render(request, "messages.html", rows=rows, following=following, unread=unread)


@router.get("/messages/not-arrived")
def not_arrived(request: Request, notification: TheNotification, pages: ThePages, _: Annotated[Actor, allow(Role.ADMINISTRATOR)], cursor: str = "") -> Response:
    """Show the e-mails that did not arrive, and why."""
    rows, following = views.not_arrived(notification.database, cursor)
    return pages.render(request, "not_arrived.html", rows=rows, following=following, names={template: one.name for template, one in templates().items()})


@router.get("/channels")
def show_channels(request: Request, notification: TheNotification, pages: ThePages, actor: SignedIn, saved: bool = False) -> Response:  # noqa: FBT001, FBT002 - of the query
    """Show by which channels the caller is told."""
    return pages.render(request, "channels.html", channels=notification.channels(actor), saved=saved)


@router.post("/channels")
def choose_channels(notification: TheNotification, now: Now, actor: SignedIn, email: Annotated[Literal["yes", "no"], Form()]) -> Response:
    """Choose by which channels the caller is told from now on."""
    notification.choose_channels(actor, now, email=email == "yes")
    return RedirectResponse("channels?saved=true", 303)


@router.post("/messages/{message}/read")
def mark_read(message: UUID, notification: TheNotification, now: Now, actor: SignedIn) -> Response:
    """Mark a message as read and come back."""
    notification.mark_read(message, actor, now)
    return RedirectResponse("../../messages", 303)
