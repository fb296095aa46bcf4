"""Workflow over HTTP: parse, call one command, answer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.auth import Anyone, SignedIn, allow
from services.chassis.paging import Page, Sort
from services.chassis.preconditions import SeenVersion, etag
from services.chassis.problems import Problem
from services.chassis.wiring import Now
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.kernel.process import SpecialProcedure
from services.workflow import views
from services.workflow.application import SIGNING, Workflow
from services.workflow.reading import desk_row, seen_by, summary

router = APIRouter()


async def _workflow(request: Request) -> Workflow:
    workflow: Workflow = request.app.state.service
    return workflow


TheWorkflow = Annotated[Workflow, Depends(_workflow)]
Officer = Annotated[Actor, allow(*SIGNING)]
Deciding = Annotated[Actor, allow(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)]
Administrator = Annotated[Actor, allow(Role.ADMINISTRATOR)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GrantIn(_Body):
    """Whom to grant which authority; item `*` stands for all items of the department."""

    officer: str = Field(min_length=1, max_length=100)
    officer_name: str = Field(min_length=1, max_length=100)
    department: str = Field(min_length=1, max_length=60)
    item: str = Field("*", max_length=100)
    role: Role


class ReasonIn(_Body):
    """Why."""

    reason: str = Field("", max_length=2000)


class AssignIn(_Body):
    """To whom, and why."""

    officer: str = Field(min_length=1, max_length=100)
    reason: str = Field(max_length=2000)


class SignIn(_Body):
    """A signature: the opinion, and at the last stage grounds and reasons."""

    opinion: str = Field(max_length=4000)
    approves: bool
    grounds: str = Field("", max_length=4000)
    reasons: str = Field("", max_length=4000)


class RollBackIn(_Body):
    """Back to which stage, and why."""

    to: str
    reason: str = Field(max_length=2000)


class StopIn(_Body):
    """A special procedure."""

    procedure: SpecialProcedure
    expected_days: int
    reason: str = Field(max_length=2000)


class ResumeIn(_Body):
    """What came of a special procedure."""

    result: str = Field(max_length=2000)


class ExtensionIn(_Body):
    """So many working days more, and why."""

    days: int
    reason: str = Field(max_length=2000)


class ForwardIn(_Body):
    """To which authority, under which document number."""

    to: str = Field(max_length=200)
    document: str = Field(max_length=200)


class FeeIn(_Body):
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
    rows, following = views.desk(workflow.database, actor, whole=whole, item=item, role=role, mine=mine, text=text, sort=sort, cursor=cursor)
    today = local_day(now)
    return Page(items=[desk_row(row, workflow.calendar, today) for row in rows], next=following)


@router.get("/authorities")
def list_authorities(
    workflow: TheWorkflow,
    _: Annotated[Actor, allow(Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUDITOR)],
    department: str = "",
    sort: Sort = "department",
    cursor: str = "",
) -> Page[dict[str, Any]]:
    """List the authorities that hold, sorted by `department` or `officer`."""
    rows, following = views.authorities(workflow.database, department, sort, cursor)
    return Page(items=rows, next=following)


@router.post("/authorities", status_code=201)
def grant(body: GrantIn, workflow: TheWorkflow, now: Now, actor: Administrator) -> dict[str, Any]:
    """Grant an authority (SEC-01)."""
    workflow.grant(body.officer, body.officer_name, body.department, body.item, body.role, actor, now)
    return body.model_dump()


@router.post("/authorities/{authority}/revoke")
def revoke(authority: UUID, body: ReasonIn, workflow: TheWorkflow, now: Now, actor: Administrator) -> dict[str, Any]:
    """Take an authority away (SEC-01)."""
    workflow.revoke(authority, body.reason, actor, now)
    return {"id": authority}


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


@router.post("/cases/{case_id}/stages/{stage}/take")
def take(case_id: UUID, stage: str, body: ReasonIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Take a stage, or take it over (FLW-09)."""
    case = workflow.take(case_id, stage, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/stages/{stage}/assign")
def assign(
    case_id: UUID,
    stage: str,
    body: AssignIn,
    workflow: TheWorkflow,
    now: Now,
    actor: Annotated[Actor, allow(Role.SECTION_HEAD, Role.LEADER)],
    seen: SeenVersion,
) -> dict[str, Any]:
    """Give a stage to an officer who holds the authority for it (FLW-09)."""
    case = workflow.assign(case_id, stage, body.officer, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/stages/{stage}/sign")
def sign(case_id: UUID, stage: str, body: SignIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Sign a stage with an opinion (FLW-02); at the last one, decide (FLW-08)."""
    case = workflow.sign(case_id, stage, body.opinion, actor, now, approves=body.approves, grounds=body.grounds, reasons=body.reasons, seen=seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/stages/{stage}/roll-back")
def roll_back(case_id: UUID, stage: str, body: RollBackIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Send the case back to an earlier stage (FLW-03)."""
    case = workflow.roll_back(case_id, stage, body.to, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/stops")
def stop(case_id: UUID, body: StopIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Begin a special procedure (FLW-06)."""
    case = workflow.stop_clock(case_id, body.procedure, body.expected_days, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/stops/{stop_id}/end")
def resume(case_id: UUID, stop_id: str, body: ResumeIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """End a special procedure (FLW-06)."""
    case = workflow.resume_clock(case_id, stop_id, body.result, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.post("/cases/{case_id}/extension")
def extend(case_id: UUID, body: ExtensionIn, workflow: TheWorkflow, now: Now, actor: Officer, seen: SeenVersion) -> dict[str, Any]:
    """Grant the one extension (FLW-07)."""
    case = workflow.extend(case_id, body.days, body.reason, actor, now, seen)
    return summary(case, workflow.calendar, local_day(now))


@router.get("/published")
def published(workflow: TheWorkflow, _: Anyone, text: Annotated[str, Query(max_length=60)] = "", cursor: str = "") -> Page[dict[str, Any]]:
    """List the decisions that were made public, newest first: no applicant and no content (L 40)."""
    rows, following = views.published(workflow.database, text, cursor)
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
