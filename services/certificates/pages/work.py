"""Pages of those who work on results: printing on numbered blanks, archiving, and inspecting the library."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.certificates import views
from services.certificates.api import Clerk, Inspector, Maker, TheCertificates
from services.chassis.http.paging import Sort
from services.chassis.wiring import Now, ThePages
from services.kernel.aggregate import Invalid, Refusal

router = APIRouter()


@router.get("/making")
def making(
    request: Request, certificates: TheCertificates, pages: ThePages, actor: Maker, done: str = "", sort: Sort = "decided", cursor: str = ""
) -> Response:
    """Show what waits to be printed on a numbered blank."""
    rows, following = views.to_make(certificates.database, actor.department or "", sort, cursor)
    return pages.render(request, "making.html", rows=rows, following=following, sort=sort, done=done, values={}, chosen=None)


@router.post("/making/{result}")
def make(
    request: Request, result: UUID, certificates: TheCertificates, pages: ThePages, now: Now, actor: Maker, blank: Annotated[str, Form(max_length=60)] = ""
) -> Response:
    """Print one."""
    try:
        certificates.make(result, blank, actor, now)
    except Refusal as refusal:
        rows, following = views.to_make(certificates.database, actor.department or "")
        errors = refusal.fields if isinstance(refusal, Invalid) else {"blank": refusal.message}
        context: dict[str, Any] = {"rows": rows, "following": following, "sort": "decided", "done": "", "values": {"blank": blank}, "chosen": result}
        return pages.render(request, "making.html", status=422, **context, errors=errors)
    return RedirectResponse("../making?done=1", 303)


@router.get("/archiving")
def archiving(
    request: Request, certificates: TheCertificates, pages: ThePages, _: Clerk, done: str = "", sort: Sort = "delivered", cursor: str = ""
) -> Response:
    """Show what waits to be archived."""
    rows, following = views.to_archive(certificates.database, sort, cursor)
    return pages.render(request, "archiving.html", rows=rows, following=following, sort=sort, done=done)


@router.post("/archiving/{number}")
def archive(number: str, certificates: TheCertificates, now: Now, actor: Clerk) -> Response:
    """Archive one."""
    certificates.archive(number, actor, now)
    return RedirectResponse(f"../archiving?done={number}", 303)


@router.get("/library")
def library(request: Request, pages: ThePages, _: Inspector) -> Response:
    """Offer the inspection of the library."""
    return pages.render(request, "library.html", said=None)


@router.post("/library")
def inspect(request: Request, certificates: TheCertificates, pages: ThePages, now: Now, _: Inspector) -> Response:
    """Inspect the library."""
    inspected, altered = certificates.inspect(now)
    said: dict[str, Any] = {"inspected": inspected, "altered": altered}
    return pages.render(request, "library.html", said=said)
