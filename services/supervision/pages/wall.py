"""What happens now, as it happens: the live page for a desk, the wall for the bureau's big screen, and the figures that both show (SUP-22)."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.calendar import local_day
from services.supervision.api import Supervisor
from services.supervision.live import RECENT
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


@router.get("/live")
def live(request: Request, pages: ThePages, now: Now, _: Supervisor) -> Response:
    """Show what happens, for somebody at a desk."""
    return _page(request, "live.html", pages, now)


@router.get("/wall")
def show(request: Request, pages: ThePages, now: Now, _: Supervisor) -> Response:
    """Show what happens, for a room."""
    return _page(request, "wall.html", pages, now)


def _page(request: Request, template: str, pages: ThePages, now: Now) -> Response:
    """Show the figures as they are; the page then keeps itself up to date, beginning with what happened last."""
    parts: TheParts = request.app.state.parts
    wall = _wall(request).shown(local_day(now))
    names = {one.code: one.short_name for one in parts.departments.values()}
    return pages.render(request, template, wall=wall, names=names, since=max(0, wall["position"] - RECENT))
