"""The officers' authority to sign: granted and revoked by administrators, listed by department (SEC-01)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.http.paging import Sort
from services.chassis.storage.rows import Row
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.actor import Role
from services.kernel.aggregate import Invalid
from services.workflow import views
from services.workflow.api import TheWorkflow
from services.workflow.authority_api import Administrator
from services.workflow.domain.authority import EVERY_ITEM, SIGNING
from services.workflow.pages.trouble import Trouble, attempt

router = APIRouter()
DONE = {"granted": "权限已经授予。", "revoked": "权限已经收回，此前签署的意见不受影响。"}


@router.get("/authorities")
def authorities(
    request: Request,
    workflow: TheWorkflow,
    pages: ThePages,
    parts: TheParts,
    _: Administrator,
    department: Annotated[str, Query(max_length=60)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
    sort: Sort = "department",
    cursor: str = "",
) -> Response:
    """List who may sign what, and offer to grant more."""
    rows = views.authorities.holding(workflow.database, department, sort, cursor)
    values = {"department": department, "item": EVERY_ITEM}
    return _page(request, pages, parts, rows, department=department, values=values, sort=sort, done=DONE.get(done, ""))


@router.post("/authorities")
def grant(
    request: Request,
    workflow: TheWorkflow,
    pages: ThePages,
    parts: TheParts,
    now: Now,
    actor: Administrator,
    officer: Annotated[str, Form(max_length=100)] = "",
    department: Annotated[str, Form(max_length=60)] = "",
    item: Annotated[str, Form(max_length=100)] = "",
    role: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Grant an authority."""
    officer, item = officer.strip(), item.strip()
    name = parts.directory.name(officer) if officer else officer

    def act() -> None:
        errors = {}
        if not officer or name == officer:
            errors["officer"] = "没有这个账号，请核对账号标识"
        if department not in parts.departments:
            errors["department"] = "请选择部门"
        if not item:
            errors["item"] = "请填写事项编码，全部事项填 *"
        if role not in {one.value for one in SIGNING}:
            errors["role"] = "请选择角色"
        if errors:
            raise Invalid("grant-wrong", "请改正所列各项。", "SEC-01", errors)
        workflow.grant(officer, name, department, item, Role(role), actor, now)

    trouble = attempt(act)
    if trouble is None:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/authorities?department={department}&done=granted", 303)
    values = {"officer": officer, "department": department, "item": item, "role": role}
    return _page(request, pages, parts, views.authorities.holding(workflow.database), department="", values=values, trouble=trouble)


@router.get("/authorities/{authority}/revoke")
def ask(request: Request, authority: UUID, workflow: TheWorkflow, pages: ThePages, _: Administrator) -> Response:
    """Ask for the reason."""
    return pages.render(request, "revoke.html", authority=workflow.authority(authority), values={}, trouble=None)


@router.post("/authorities/{authority}/revoke")
def revoke(
    request: Request,
    authority: UUID,
    workflow: TheWorkflow,
    pages: ThePages,
    now: Now,
    actor: Administrator,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Take an authority away."""
    found = workflow.authority(authority)
    trouble = attempt(lambda: workflow.revoke(authority, reason, actor, now))
    if trouble is None:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/authorities?department={found.department}&done=revoked", 303)
    return pages.render(request, "revoke.html", status=trouble.status, authority=found, values={"reason": reason}, errors=trouble.errors, trouble=trouble)


def _page(
    request: Request,
    pages: ThePages,
    parts: TheParts,
    listed: tuple[list[Row], str | None],
    *,
    department: str,
    values: dict[str, Any],
    sort: str = "department",
    done: str = "",
    trouble: Trouble | None = None,
) -> Response:
    return pages.render(
        request,
        "authorities.html",
        status=trouble.status if trouble else 200,
        rows=listed[0],
        following=listed[1],
        sort=sort,
        department=department,
        departments=[(code, one.name) for code, one in parts.departments.items()],
        roles=[one.value for one in SIGNING],
        every_item=EVERY_ITEM,
        values=values,
        errors=trouble.errors if trouble else {},
        trouble=trouble,
        done=done,
    )
