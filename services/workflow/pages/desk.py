"""The desk (待办): every stage that waits for its officer, what is due first on top."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.auth import allow
from services.chassis.http.paging import Sort
from services.chassis.wiring import Now, ThePages
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.workflow import views
from services.workflow.api import Officer, TheWorkflow
from services.workflow.domain.authority import SIGNING
from services.workflow.reading import desk_row

router = APIRouter()


@router.get("/")
def start(request: Request, _: Annotated[Actor, allow(*SIGNING, Role.ADMINISTRATOR)]) -> Response:
    """Lead to the desk."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/desk", 307)


@router.get("/desk")
def desk(
    request: Request,
    workflow: TheWorkflow,
    pages: ThePages,
    now: Now,
    actor: Officer,
    scope: Annotated[str, Query(pattern="^(open|mine|whole)$")] = "open",
    item: Annotated[str, Query(max_length=100)] = "",
    role: Annotated[str, Query(max_length=20)] = "",
    text: Annotated[str, Query(max_length=60)] = "",
    sort: Sort = "due",
    cursor: str = "",
) -> Response:
    """Show what waits: for the officer, held by the officer (`mine`), or for a head the whole department (`whole`)."""
    heads = actor.has(Role.SECTION_HEAD, Role.LEADER)
    whole = scope == "whole" and heads
    today = local_day(now)
    rows, following = views.desk.waiting(workflow.database, actor, whole=whole, item=item, role=role, mine=scope == "mine", text=text, sort=sort, cursor=cursor)
    return pages.render(
        request,
        "desk.html",
        rows=[desk_row(row, workflow.calendar, today) for row in rows],
        next=following,
        sort=sort,
        figures=views.desk.figures(workflow.database, actor, workflow.calendar, today, whole=whole),
        items=views.desk.items(workflow.database, actor, whole=whole),
        values={"scope": "whole" if whole else scope, "item": item, "role": role, "text": text},
        filtered=bool(item or role or text or scope == "mine"),
        heads=heads,
        roles=[(one.value, one) for one in SIGNING],
    )
