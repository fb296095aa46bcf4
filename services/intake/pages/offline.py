"""Entering approvals that were given outside the system (SUP-Y11, SUP-R03)."""

from datetime import date
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.http.paging import Sort
from services.chassis.problems import Problem
from services.chassis.wiring import Now, ThePages, TheParts
from services.intake import views
from services.intake.api import Registering, TheIntake
from services.intake.application import Intake
from services.intake.domain.offline import OfflineCause
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day

router = APIRouter()
Values = dict[str, str]


async def _values(request: Request) -> Values:
    form = await request.form()
    return {name: value[:2000] for name, value in form.items() if isinstance(value, str) and name != "csrf_token"}


@router.get("/offline")
def ask(
    request: Request,
    intake: TheIntake,
    parts: TheParts,
    pages: ThePages,
    now: Now,
    _: Registering,
    done: str = "",
    sort: Sort = "-registered",
    cursor: str = "",
) -> Response:
    """Show the form, and what was registered."""
    values = {"approved_on": local_day(now).isoformat()}
    return _form(request, intake, parts, pages, values, done=done, sort=sort, cursor=cursor)


@router.post("/offline")
def register(
    request: Request, intake: TheIntake, parts: TheParts, pages: ThePages, now: Now, actor: Registering, values: Annotated[Values, Depends(_values)]
) -> Response:
    """Enter an approval."""
    try:
        number = _register(intake, parts, values, actor, now)
    except Refusal as refusal:
        errors = refusal.fields if isinstance(refusal, Invalid) else {"item": refusal.message}
        return _form(request, intake, parts, pages, values, errors=errors)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/offline?done={number}", 303)


def _register(intake: Intake, parts: TheParts, values: Values, actor: Actor, now: Now) -> str:
    try:
        approved_on, cause = date.fromisoformat(values.get("approved_on", "")), OfflineCause(values.get("cause", ""))
    except ValueError as error:
        raise Invalid("offline-wrong", "请改正所列各项。", "SUP-Y11", {"approved_on": "请填写办理日期，并选择线下办理的原因"}) from error
    if values.get("department") and values["department"] not in parts.departments:
        raise Problem(404, "not-found", "没有找到", "没有这个部门。")
    officer = actor.subject if actor.has(Role.HANDLER) else None
    fields = (values.get("item", ""), values.get("item_name", ""), values.get("department", ""), approved_on, cause, values.get("reason", ""))
    return intake.register_offline(uuid4(), *fields, officer, actor, now)


def _form(
    request: Request,
    intake: Intake,
    parts: TheParts,
    pages: ThePages,
    values: Values,
    *,
    errors: dict[str, str] | None = None,
    done: str = "",
    sort: str = "-registered",
    cursor: str = "",
) -> Response:
    rows, following = views.departments.offline_approvals(intake.database, sort, cursor)
    return pages.render(
        request,
        "offline.html",
        status=422 if errors else 200,
        items=views.catalogue.every_item(intake.database),
        departments=[(one.code, one.name) for one in parts.departments.values()],
        causes=[(cause.value, pages.environment.globals["word"](cause.value)) for cause in OfflineCause],  # type: ignore[operator]
        rows=rows,
        following=following,
        sort=sort,
        values=values,
        errors=errors or {},
        done=done,
    )
