"""The histories of many cases at once, as event logs for process mining: chosen on a page, downloaded as a stream (AUD-04)."""

import logging
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from services.chassis.problems import Problem
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.actor import Actor
from services.kernel.calendar import local_day
from services.supervision.api import Reader, TheSupervision, reach
from services.supervision.mining.formats import FORMATS, Format, log
from services.supervision.mining.selection import Asked, AskedError, cases_told
from services.supervision.pages.moments import AsOf, First, Last, moment_asked, period_asked
from services.supervision.reports.figures import item_names

logger = logging.getLogger(__name__)
router = APIRouter()
documents = APIRouter()
Code = Annotated[str, Query(max_length=100)]


@router.get("/histories")
def show(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    parts: TheParts,
    now: Now,
    actor: Reader,
    first: First = "",
    last: Last = "",
    item: Code = "",
    department: Code = "",
    as_of: AsOf = "",
) -> Response:
    """Show how many cases a log would have, and where it is downloaded."""
    asked = _asked(parts, now, actor, first, last, item, department, as_of)
    values = {"from": str(asked.first), "to": str(asked.last), "item": item, "department": department, "as_of": as_of}
    context: dict[str, Any] = {
        "values": values,
        "found": len(asked.chosen(supervision)),
        "items": [(code, name) for code, name in item_names(supervision.database).items() if code],
        "departments": [] if asked.reach else [(one.code, one.short_name) for one in parts.departments.values()],
        "addresses": [(one.value, urlencode({**values, "format": one.value})) for one in Format],
    }
    return pages.render(request, "histories.html", **context)


@documents.get(
    "/histories",
    response_class=StreamingResponse,
    responses={200: {"content": {one.media_type: {} for one in FORMATS.values()}, "description": "the event log"}},
)
def download(
    supervision: TheSupervision,
    parts: TheParts,
    now: Now,
    actor: Reader,
    chosen: Annotated[Format, Query(alias="format")],
    first: First = "",
    last: Last = "",
    item: Code = "",
    department: Code = "",
    as_of: AsOf = "",
) -> StreamingResponse:
    """Give the histories of the cases received in a period, the last thirty days where none is named, as XES or OCEL 2.0.

    Officers get those of their department. The name of the file says how many cases were chosen. Who took it is logged.
    """
    asked = _asked(parts, now, actor, first, last, item, department, as_of)
    cases = asked.chosen(supervision)
    logger.info("histories of %d cases, %s, taken as %s by %s", len(cases), asked, chosen.value, actor.subject)
    of = FORMATS[chosen]
    content = log(asked, cases_told(supervision, cases, asked.as_of), _names(parts), chosen)
    name = f"histories-{asked.first}-{asked.last}-{len(cases)}.{of.suffix}"
    return StreamingResponse(content, media_type=of.media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _asked(parts: TheParts, now: Now, actor: Actor, first: str, last: str, item: str, department: str, as_of: str) -> Asked:
    begin, end = period_asked(first, last, local_day(now))
    asked = Asked(begin, end, item, department, moment_asked(as_of), reach(actor))
    try:
        asked.check(parts.departments)
    except AskedError as error:
        raise Problem(422, "log-wrong", "不能导出", str(error)) from error
    return asked


def _names(parts: TheParts) -> Mapping[str, str]:
    return {code: one.short_name for code, one in parts.departments.items()}
