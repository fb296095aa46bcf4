"""The wall: the bureau's big screen, and the figures that it shows (SUP-22)."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.calendar import local_day
from services.supervision.api import Supervisor
from services.supervision.wall import Wall

router = APIRouter()
documents = APIRouter()


def _wall(request: Request) -> Wall:
    wall: Wall = request.app.state.wall
    return wall


@documents.get("/wall")
def read(request: Request, now: Now, _: Supervisor) -> dict[str, Any]:
    """Give what the wall shows; at most a second old."""
    return _wall(request).shown(local_day(now))


@router.get("/wall")
def show(request: Request, pages: ThePages, now: Now, _: Supervisor) -> Response:
    """Show the wall; it keeps itself up to date."""
    parts: TheParts = request.app.state.parts
    names = {one.code: one.short_name for one in parts.departments.values()}
    return pages.render(request, "wall.html", wall=_wall(request).shown(local_day(now)), names=names)
