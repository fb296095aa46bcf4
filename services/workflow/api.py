"""Cases over HTTP: parse, call one command, answer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.auth import Anyone, SignedIn, allow
from services.chassis.http.paging import Page, Sort
from services.chassis.http.preconditions import SeenVersion, etag
from services.chassis.problems import Problem
from services.chassis.wiring import Now
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.workflow import views
from services.workflow.application import Workflow
from services.workflow.domain.authority import SIGNING
from services.workflow.reading import desk_row, seen_by, summary

router = APIRouter()


async def _workflow(request: Request) -> Workflow:
    workflow: Workflow = request.app.state.service
    return workflow


TheWorkflow = Annotated[Workflow, Depends(_workflow)]
Officer = Annotated[Actor, allow(*SIGNING)]
Deciding = Annotated[Actor, allow(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)]


class Body(BaseModel):
    """What is sent: a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")


class ReasonIn(Body):
    """Why."""

    reason: str = Field("", max_length=2000)


class ForwardIn(Body):
    """To which authority, under which document number."""

    to: str = Field(max_length=200)
    document: str = Field(max_length=200)


class FeeIn(Body):
    """What was taken for what, in fen."""

    name: str = Field(max_length=100)
    amount: int = Field(le=100_000_000)


@router.get("/desk")
def desk(
    workflow: TheWorkflow,
    now: Now,
    actor: Officer,
    item: str = "",
    role: Annotated[str, Query(max_length=20)] = "",
    text: Annotated[str, Query(max_length=60)] = "",
    sort: Sort = "due",
    cursor: str = "",
    *,
    mine: bool = False,
    whole: bool = False,
) -> Page[dict[str, Any]]:
    """List the open stages that the caller may sign, sorted by `due`, `stage` (its own limit), `entered` or `number`.

    `whole` gives heads and leaders those of their department.
    """
    rows, following = views.desk.waiting(workflow.database, actor, whole=whole, item=item, role=role, mine=mine, text=text, sort=sort, cursor=cursor)
    today = local_day(now)
    return Page(items=[desk_row(row, workflow.calendar, today) for row in rows], next=following)


@router.get("/cases/{case_id}")
def read_case(case_id: UUID, workflow: TheWorkflow, now: Now, response: Response, actor: SignedIn, *, why: bool = False) -> dict[str, Any]:
    """Give a case to those who take part in it or supervise it, and to its applicant; `why` explains its clocks day by day."""
    case = seen_by(workflow, case_id, actor)
    response.headers["ETag"] = etag(case.version)
    return summary(case, workflow.calendar, local_day(now), why=why)


@router.post("/cases/{case_id}/materials", status_code=201)
def add_material(
    case_id: UUID,
    name: Annotated[str, Form(max_length=200)],
    reason: Annotated[str, Form(max_length=2000)],
    file: Annotated[UploadFile, File()],
    workflow: TheWorkflow,
    now: Now,
    actor: Officer,
    seen: SeenVersion,
) -> dict[str, Any]:
    """Add a material that came up while the case was handled (FLW-09)."""
    case = workflow.add_material(case_id, name, file.file.read(), reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.get("/cases/{case_id}/materials/{code}")
def read_material(case_id: UUID, code: str, workflow: TheWorkflow, actor: SignedIn) -> Response:
    """Give the file of a material that was added to the case."""
    case = seen_by(workflow, case_id, actor)
    material = next((one for one in case.materials if one.code == code and one.added and one.digest), None)
    if material is None or material.digest is None:
        raise Problem(404, "not-found", "没有找到", "没有这份材料。")
    headers = {"Content-Disposition": f'inline; filename="{code}"', "Content-Security-Policy": "sandbox"}
    return Response(workflow.files.get(material.digest), media_type=material.media_type, headers=headers)


@router.get("/published")
def published(workflow: TheWorkflow, _: Anyone, text: Annotated[str, Query(max_length=60)] = "", sort: Sort = "", cursor: str = "") -> Page[dict[str, Any]]:
    """List the decisions that were made public, newest first, or sorted by `decided` or `number`: no applicant and no content (L 40)."""
    rows, following = views.cases.published(workflow.database, text, sort=sort, cursor=cursor)
    return Page(items=rows, next=following)


@router.post("/cases/{case_id}/publish")
def publish(case_id: UUID, workflow: TheWorkflow, now: Now, actor: Deciding, seen: SeenVersion) -> dict[str, Any]:
    """Make a decision public (L 40)."""
    case = workflow.publish_decision(case_id, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/forward")
def forward(case_id: UUID, body: ForwardIn, workflow: TheWorkflow, now: Now, actor: Deciding, seen: SeenVersion) -> dict[str, Any]:
    """Record that the preliminary opinion went to the higher authority (FLW-05)."""
    case = workflow.forward(case_id, body.to, body.document, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/fees", status_code=201)
def charge(case_id: UUID, body: FeeIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Record a fee as it was taken (FEE-01)."""
    case = workflow.charge(case_id, body.name, body.amount, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/fees/{fee}/refund")
def refund(case_id: UUID, fee: str, body: ReasonIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Record that a fee was given back (FEE-01)."""
    case = workflow.refund(case_id, fee, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/withdraw")
def withdraw(
    case_id: UUID, body: ReasonIn, workflow: TheWorkflow, now: Now, actor: Annotated[Actor, allow(Role.APPLICANT, Role.WINDOW_CLERK)]
) -> dict[str, Any]:
    """End the case at the applicant's own wish (APP-08)."""
    if not actor.has(Role.WINDOW_CLERK):
        seen_by(workflow, case_id, actor)
    case = workflow.withdraw(case_id, body.reason, actor, now)
    return summary(case, workflow.calendar, local_day(now))
