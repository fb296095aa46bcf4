"""What is done with a case beside signing: taking it, giving it to another, sending it back, stopping and resuming its clock, extending its limit.

Each has a page of its own; what stops or extends is first shown as the notice that the applicant will get.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.http.preconditions import version
from services.chassis.problems import Problem
from services.chassis.wiring import Now, ThePages
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid
from services.kernel.calendar import local_day
from services.kernel.process import SpecialProcedure
from services.workflow import views
from services.workflow.api import Officer, TheWorkflow
from services.workflow.application import Workflow
from services.workflow.domain.case import Case
from services.workflow.domain.case.limited import MOST_EXTENDED, MOST_EXTENDED_JOINT
from services.workflow.pages.case import applicant_of
from services.workflow.pages.notices import Notice, extension_notice, stop_notice
from services.workflow.pages.showing import can
from services.workflow.pages.trouble import Trouble, attempt
from services.workflow.reading import seen_by

router = APIRouter()
Values = dict[str, str]
_LONGEST = 4000


async def _values(request: Request) -> Values:
    form = await request.form()
    return {name: value[:_LONGEST] for name, value in form.items() if isinstance(value, str) and name != "csrf_token"}


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do with a case; `preview` gives the notice that it will result in."""

    title: str
    done: str
    act: Callable[[Workflow, UUID, Values, Actor, datetime], None]
    preview: Callable[[Workflow, Case, Values, str, Actor, datetime], Notice] | None = None


def _number(values: Values, field: str) -> int:
    text = values.get(field, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 3:  # noqa: PLR2004
        raise Invalid("number-wrong", "请改正所列各项。", "", {field: "请填写整数个工作日"})
    return int(text)


def _procedure(values: Values) -> SpecialProcedure:
    try:
        return SpecialProcedure(values.get("procedure", ""))
    except ValueError as error:
        raise Invalid("procedure-missing", "请改正所列各项。", "FLW-06", {"procedure": "请选择特别程序"}) from error


def _seen(values: Values) -> int:
    return version(values.get("seen", ""))


def _take(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    workflow.take(case_id, values.get("stage", ""), values.get("reason", ""), actor, now, _seen(values))


def _assign(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    workflow.assign(case_id, values.get("stage", ""), values.get("officer", ""), values.get("reason", ""), actor, now, _seen(values))


def _roll_back(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    if not values.get("to"):
        raise Invalid("stage-missing", "请选择退回到哪个环节。", "FLW-03", {"to": "请选择退回到哪个环节"})
    workflow.roll_back(case_id, values.get("stage", ""), values["to"], values.get("reason", ""), actor, now, _seen(values))


def _paper(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    workflow.sign_for_paper(case_id, actor, now, _seen(values))


def _stop(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    procedure, days = _procedure(values), _number(values, "expected_days")
    workflow.stop_clock(case_id, procedure, days, values.get("reason", ""), actor, now, _seen(values))


def _resume(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    workflow.resume_clock(case_id, values.get("stop", ""), values.get("result", ""), actor, now, _seen(values))


def _extend(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    workflow.extend(case_id, _number(values, "days"), values.get("reason", ""), actor, now, _seen(values))


def _publish(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    workflow.publish_decision(case_id, actor, now, _seen(values))


def _forward(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    workflow.forward(case_id, values.get("to", ""), values.get("document", ""), actor, now, _seen(values))


def _charge(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    workflow.charge(case_id, values.get("name", ""), _fen(values.get("amount", "")), actor, now, _seen(values))


def _refund(workflow: Workflow, case_id: UUID, values: Values, actor: Actor, now: datetime) -> None:
    workflow.refund(case_id, values.get("fee", ""), values.get("reason", ""), actor, now, _seen(values))


def _fen(text: str) -> int:
    """Read an amount in yuan, with up to two decimals."""
    if not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", text.strip(), re.ASCII):
        raise Invalid("amount-wrong", "请改正所列各项。", "FEE-01", {"amount": "请填写金额，例如 10 或者 12.50"})
    return int(Decimal(text.strip()) * 100)


def _preview_stop(_: Workflow, case: Case, values: Values, addressee: str, actor: Actor, now: datetime) -> Notice:
    case.stop_clock("preview", _procedure(values), _number(values, "expected_days"), values.get("reason", ""), "", actor, now)
    return stop_notice(case, addressee, case.stops[-1])


def _preview_extension(workflow: Workflow, case: Case, values: Values, addressee: str, actor: Actor, now: datetime) -> Notice:
    days, reason = _number(values, "days"), values.get("reason", "")
    case.extend(days, reason, actor, now, workflow.calendar)
    return extension_notice(case, addressee, days, reason.strip(), local_day(now), workflow.calendar)


ACTIONS = {
    "take": Action("接办", "taken", _take),
    "assign": Action("指派承办人员", "assigned", _assign),
    "roll-back": Action("退回前面的环节", "returned", _roll_back),
    "paper": Action("签收纸质材料", "handed-over", _paper),
    "stop": Action("启动特别程序，暂停计时", "stopped", _stop, _preview_stop),
    "resume": Action("特别程序结束，恢复计时", "resumed", _resume),
    "extend": Action("批准延期", "extended", _extend, _preview_extension),
    "publish": Action("公开决定", "published", _publish),
    "forward": Action("初审意见上报", "forwarded", _forward),
    "charge": Action("登记收费", "charged", _charge),
    "refund": Action("登记退费", "refunded", _refund),
}


def _action(name: str) -> Action:
    if name not in ACTIONS:
        raise Problem(404, "not-found", "没有找到", "没有这项操作。")
    return ACTIONS[name]


@router.get("/cases/{case_id}/do/{name}")
def ask(request: Request, case_id: UUID, name: str, workflow: TheWorkflow, pages: ThePages, now: Now, actor: Officer) -> Response:
    """Show the form of an action."""
    action, case = _action(name), seen_by(workflow, case_id, actor)
    values = {**dict(request.query_params), "seen": str(case.version)}
    return _form(request, pages, workflow, case, actor, now, name=name, action=action, values=values)


@router.post("/cases/{case_id}/do/{name}")
def act(
    request: Request,
    case_id: UUID,
    name: str,
    workflow: TheWorkflow,
    pages: ThePages,
    now: Now,
    actor: Officer,
    values: Annotated[Values, Depends(_values)],
) -> Response:
    """Do it; show the form again where it was refused, and the notice first where there is one."""
    action, case = _action(name), seen_by(workflow, case_id, actor)
    if action.preview is not None and values.get("step") != "confirm":
        notices: list[Notice] = []
        preview, addressee = action.preview, str(applicant_of(workflow, case, actor)[0]["name"])
        trouble = attempt(lambda: notices.append(preview(workflow, case, values, addressee, actor, now)))
        shown = workflow.case(case_id)
        return _form(request, pages, workflow, shown, actor, now, name=name, action=action, values=values, trouble=trouble, notice=next(iter(notices), None))
    trouble = attempt(lambda: action.act(workflow, case_id, values, actor, now))
    if trouble is None:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/cases/{case_id}?done={action.done}", 303)
    return _form(request, pages, workflow, workflow.case(case_id), actor, now, name=name, action=action, values=values, trouble=trouble)


def _form(
    request: Request,
    pages: ThePages,
    workflow: Workflow,
    case: Case,
    actor: Actor,
    now: datetime,
    *,
    name: str,
    action: Action,
    values: Values,
    trouble: Trouble | None = None,
    notice: Notice | None = None,
) -> Response:
    stage = next((one for one in case.item.process.stages if one.code == values.get("stage")), None)
    return pages.render(
        request,
        f"actions/{name}.html",
        status=trouble.status if trouble else 200,
        name=name,
        title=action.title,
        case=case,
        can=can(workflow, case, actor, workflow.calendar, local_day(now), values.get("stage", "")),
        chosen=stage,
        colleagues=views.authorities.officers(workflow.database, stage.department, case.item.code, stage.role.value) if stage else [],
        running=next((stop for stop in case.stops if stop.id == values.get("stop")), None),
        most_extended=MOST_EXTENDED_JOINT if case.item.kind == "JOINT" else MOST_EXTENDED,
        values=values,
        errors=trouble.errors if trouble else {},
        trouble=trouble,
        notice=notice,
    )
