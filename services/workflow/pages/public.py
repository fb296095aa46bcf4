"""The decisions that were made public, for anyone to read (L 40)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.auth import Anyone
from services.chassis.http.paging import Sort
from services.chassis.wiring import ThePages
from services.workflow import views
from services.workflow.api import TheWorkflow

router = APIRouter()


@router.get("/published")
def published(
    request: Request,
    workflow: TheWorkflow,
    pages: ThePages,
    _: Anyone,
    text: Annotated[str, Query(max_length=60)] = "",
    sort: Sort = "-published",
    cursor: str = "",
) -> Response:
    """List published decisions."""
    rows, following = views.cases.published(workflow.database, text, sort=sort, cursor=cursor)
    return pages.render(request, "published.html", rows=rows, following=following, text=text, sort=sort)
