"""Adding a material that came up while a case was handled (FLW-09)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from services.chassis.http.preconditions import version
from services.chassis.wiring import Now, ThePages
from services.workflow.api import Officer, TheWorkflow
from services.workflow.pages.trouble import Trouble, attempt
from services.workflow.reading import seen_by

router = APIRouter()


@router.get("/cases/{case_id}/materials/add")
def ask(request: Request, case_id: UUID, workflow: TheWorkflow, pages: ThePages, actor: Officer) -> Response:
    """Show the form."""
    case = seen_by(workflow, case_id, actor)
    return pages.render(request, "material.html", case=case, values={"seen": str(case.version)}, trouble=None)


@router.post("/cases/{case_id}/materials/add")
def add(
    request: Request,
    case_id: UUID,
    workflow: TheWorkflow,
    pages: ThePages,
    now: Now,
    actor: Officer,
    seen: Annotated[str, Form()] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Add the material."""
    case = seen_by(workflow, case_id, actor)
    content = file.file.read() if file is not None else b""
    trouble: Trouble | None
    if content:
        trouble = attempt(lambda: workflow.add_material(case_id, name, content, reason, actor, now, version(seen)))
    else:
        trouble = Trouble(422, "请选择要加入的文件。", {"file": "请选择文件"})
    if trouble is None:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/cases/{case_id}?done=added", 303)
    values = {"seen": seen, "name": name, "reason": reason}
    return pages.render(request, "material.html", status=trouble.status, case=case, values=values, errors=trouble.errors, trouble=trouble)
