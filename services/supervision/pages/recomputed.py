"""What new versions of the calendar changed, over HTTP and as a page: each deadline before and after, and why (CLK-01)."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.http.paging import Page
from services.chassis.wiring import ThePages
from services.supervision import views
from services.supervision.api import Reader, TheSupervision, reach

router = APIRouter()
documents = APIRouter()


@documents.get("/recomputed")
def read(supervision: TheSupervision, actor: Reader, calendar: str = "", cursor: str = "") -> Page[dict[str, Any]]:
    """List the deadlines that a version changed, newest first."""
    rows, following = views.recomputed.listed(supervision.database, reach(actor), calendar, cursor)
    return Page(items=rows, next=following)


@router.get("/recomputed")
def show(request: Request, supervision: TheSupervision, pages: ThePages, actor: Reader, calendar: str = "", cursor: str = "") -> Response:
    """Show them."""
    rows, following = views.recomputed.listed(supervision.database, reach(actor), calendar, cursor)
    versions = [(one.data.id, f"{one.data.id}（{one.notice}）") for one in reversed(supervision.published)]
    return pages.render(request, "recomputed.html", rows=rows, following=following, versions=versions, values={"calendar": calendar})
