"""What every API and page takes from its composition root: the shared parts and the time, as FastAPI dependencies.

They only look something up, and are asynchronous for that: FastAPI would send any other to a thread.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from services.chassis.parts import Parts
from services.chassis.web.pages import Pages


async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


async def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


async def _now(request: Request) -> datetime:
    parts: Parts = request.app.state.parts
    return parts.now()


TheParts = Annotated[Parts, Depends(_parts)]
ThePages = Annotated[Pages, Depends(_pages)]
Now = Annotated[datetime, Depends(_now)]
