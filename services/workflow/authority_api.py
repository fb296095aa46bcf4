"""Officers' authority over HTTP (SEC-01)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.chassis.auth import allow
from services.chassis.http.paging import Page, Sort
from services.chassis.wiring import Now
from services.kernel.actor import Actor, Role
from services.workflow import views
from services.workflow.api import Body, ReasonIn, TheWorkflow

router = APIRouter()
Administrator = Annotated[Actor, allow(Role.ADMINISTRATOR)]


class GrantIn(Body):
    """Whom to grant which authority; item `*` stands for all items of the department."""

    officer: str = Field(min_length=1, max_length=100)
    officer_name: str = Field(min_length=1, max_length=100)
    department: str = Field(min_length=1, max_length=60)
    item: str = Field("*", max_length=100)
    role: Role


@router.get("/authorities")
def list_authorities(
    workflow: TheWorkflow,
    _: Annotated[Actor, allow(Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUDITOR)],
    department: str = "",
    sort: Sort = "department",
    cursor: str = "",
) -> Page[dict[str, Any]]:
    """List the authorities that hold, sorted by `department` or `officer`."""
    rows, following = views.authorities.holding(workflow.database, department, sort, cursor)
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
