"""What every API and page takes from its composition root: the shared parts and the time, as FastAPI dependencies."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from services.chassis.parts import Parts
from services.chassis.web.pages import Pages


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


def _now(request: Request) -> datetime:
    return _parts(request).now()


TheParts = Annotated[Parts, Depends(_parts)]
ThePages = Annotated[Pages, Depends(_pages)]
Now = Annotated[datetime, Depends(_now)]
