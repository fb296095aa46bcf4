"""Remarkable ways of handling, over HTTP and as a page, each with its evidence."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.web.words import word
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.calendar import local_day
from services.supervision import views
from services.supervision.api import Supervisor, TheSupervision
from services.supervision.domain.patterns import THRESHOLDS, PatternKind

router = APIRouter()
documents = APIRouter()


@documents.get("/patterns")
def list_patterns(supervision: TheSupervision, now: Now, _: Supervisor, kind: str = "") -> list[dict[str, Any]]:
    """List what is remarkable, the newest first."""
    return views.patterns.listed(supervision.database, supervision.calendar, local_day(now), kind=kind)


@router.get("/patterns")
def show(request: Request, supervision: TheSupervision, pages: ThePages, now: Now, _: Supervisor, kind: str = "") -> Response:
    """Show what is remarkable."""
    parts: TheParts = request.app.state.parts
    kinds = [("", "全部"), *((one.value, word(one.value)) for one in PatternKind)]
    rows = views.patterns.listed(supervision.database, supervision.calendar, local_day(now), kind=kind)
    name = parts.directory.name
    return pages.render(request, "patterns.html", rows=rows, kind=kind, kinds=kinds, thresholds=THRESHOLDS, name=lambda key: name(key) if key else "—")
