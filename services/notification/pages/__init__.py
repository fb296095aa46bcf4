"""The inbox: one's own messages, newest first, and by which channels they come; for administrators, the e-mails that did not arrive."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.auth import SignedIn, allow
from services.chassis.storage.rows import Row
from services.chassis.wiring import Now, ThePages
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.notification import views
from services.notification.api import TheNotification
from services.notification.domain.gathering import PAST
from services.notification.notices import GATHERED, TOLD_TO_APPLICANT, TOLD_TO_BOTH
from services.notification.wording import templates

router = APIRouter()
_TO_APPLICANT = TOLD_TO_APPLICANT | {TOLD_TO_BOTH, "application-deemed-accepted"}
_CARDS, _DISAGREEMENTS = ("查看黄灯红牌", "/supervision/cards"), ("查看争议", "/supervision/disagreements")
_PLACES = {
    "yellow-light-lit": _CARDS,
    "card-issued": _CARDS,
    "card-withdrawn": _CARDS,
    "complaint-forwarded": ("查看投诉", "/supervision/complaints"),
    "complaint-answered": ("查看我的投诉", "/supervision/complaints/mine"),
    "disagreement-raised": _DISAGREEMENTS,
    "disagreement-stated": _DISAGREEMENTS,
    "disagreement-settled": _DISAGREEMENTS,
}
"""Where a message leads whoever is told something other than of his own application."""


@router.get("/messages")
def inbox(request: Request, notification: TheNotification, pages: ThePages, actor: SignedIn, cursor: str = "") -> Response:
    """Show the caller's messages."""
    mailboxes = notification.mailboxes(actor)
    rows, following = views.of_mailboxes(notification.database, mailboxes, cursor)
    unread = views.unread(notification.database, mailboxes)
    context: dict[str, Any] = {"rows": rows, "following": following, "unread": unread}
    return pages.render(request, "messages.html", **context, place=lambda row: _place(row, actor))


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


@router.post("/messages/read")
def mark_all_read(notification: TheNotification, now: Now, actor: SignedIn) -> Response:
    """Mark all of the caller's messages as read and come back."""
    notification.mark_all_read(actor, now)
    return RedirectResponse("../messages", 303)


def _place(row: Row, actor: Actor) -> tuple[str, str] | None:
    """Give what a message leads to, with its address; none where there is nothing to do about it."""
    if row["template"] == GATHERED:
        return "查看这些预警", f"/supervision/cards?level=CARD&withdrawn=false&until={local_day(row['happened'] - PAST)}"
    if actor.has(Role.APPLICANT) and row["template"] in _TO_APPLICANT:
        return "查看申请", f"/intake/applications/{row['case_id']}"
    return _PLACES.get(row["template"])
