"""Complaints: anybody lodges one about a case or an item, in the own name or not; supervisors settle them, by the clock (SUP-24)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.auth import Anyone, SignedIn
from services.chassis.problems import Problem
from services.chassis.service import NotFound
from services.chassis.web.words import word
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import SYSTEM, Invalid, Refusal
from services.kernel.calendar import local_day
from services.supervision import views
from services.supervision.api import Reader, Supervisor, TheSupervision, reach
from services.supervision.application import Supervision
from services.supervision.card_api import Answering, TheSupervisor
from services.supervision.domain.answering import OFFICERS
from services.supervision.rules import RULES, Detection

router = APIRouter()
documents = APIRouter()
PERIOD = timedelta(days=30)
CHANNELS = tuple((code, word(code)) for code in ("LETTER", "VISIT", "TELEPHONE"))


@documents.get("/complaints/analysis")
def analyse(
    supervision: TheSupervision, _: Supervisor, first: Annotated[date, Query(alias="from")], last: Annotated[date, Query(alias="to")]
) -> list[dict[str, Any]]:
    """Count a period's complaints by department."""
    if last < first:
        raise Problem(422, "period-wrong", "起止日期不正确", "截止日期不能早于起始日期。")
    return views.complaints.analysis(supervision.database, first, last)


@router.get("/complain")
def ask(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    actor: Anyone,
    number: Annotated[str, Query(max_length=60)] = "",
    item: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show the form."""
    return _form(request, supervision, pages, actor, {"number": number, "item": item, "channel": "LETTER"})


@router.post("/complain")
def lodge(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: Anyone,
    number: Annotated[str, Form(max_length=60)] = "",
    item: Annotated[str, Form(max_length=100)] = "",
    text: Annotated[str, Form(max_length=2000)] = "",
    name: Annotated[str, Form(max_length=5)] = "",
    channel: Annotated[str, Form(pattern="^(WEB|LETTER|VISIT|TELEPHONE)$")] = "WEB",
    result: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Lodge a complaint about a case, or about an item where there is none, in the own name where somebody is signed in and says so.

    A supervisor registers what came by letter, visit or telephone, and settles what is simple on the spot.
    """
    values = {"number": number, "item": item, "text": text, "name": name, "channel": channel, "result": result}
    try:
        case = _subject(supervision, number.strip(), item)
        if actor is not None and actor.has(Role.SUPERVISOR):
            complaint = supervision.register_complaint(case, channel, text, actor, now, result=result if result.strip() else None)
        else:
            complainant = actor.subject if name == "yes" and actor is not None else None
            # Whose hands typed it would be known to everybody who reads the history.
            complaint = supervision.register_complaint(case, "WEB", text, SYSTEM, now, complainant)
    except Refusal as refusal:
        return _form(request, supervision, pages, actor, values, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/complaints/{complaint}", 303)


def _subject(supervision: Supervision, number: str, item: str) -> UUID:
    if not number and not item:
        raise Invalid("subject-missing", "请改正所列各项。", "SUP-24", {"number": "请填写办件编号，没有编号的请选择事项"})
    if number:
        found, field, why = views.cases.by_number(supervision.database, number.upper()), "number", "没有这个编号的办件，请核对受理凭证"
    else:
        found, field, why = views.complaints.item_by_code(supervision.database, item), "item", "没有这个事项"
    if found is None:
        raise Invalid("subject-unknown", "请改正所列各项。", "SUP-24", {field: why})
    return found


@router.get("/complaints/mine")
def mine(request: Request, supervision: TheSupervision, pages: ThePages, actor: SignedIn, cursor: str = "") -> Response:
    """List what one has complained of in the own name."""
    rows, following = views.complaints.of_complainant(supervision.database, actor.subject, cursor)
    return pages.render(request, "complaints_mine.html", rows=rows, following=following)


@router.get("/complaints")
def show(request: Request, supervision: TheSupervision, pages: ThePages, now: Now, actor: Reader, cursor: str = "", *, waiting: bool = True) -> Response:
    """List complaints, what is due first on top, with the period's analysis."""
    rows, following = views.complaints.listed(supervision.database, departments=reach(actor), waiting=waiting, cursor=cursor)
    today = local_day(now)
    counted = views.complaints.analysis(supervision.database, today - PERIOD, today) if not reach(actor) else []
    return pages.render(request, "complaints.html", rows=rows, following=following, waiting=waiting, analysis=counted)


@router.get("/complaints/{complaint}")
def read(request: Request, complaint: str, supervision: TheSupervision, pages: ThePages, now: Now, actor: Anyone) -> Response:
    """Show how far a complaint is, to whoever has its address; its words to supervision, the department that is asked, and whoever gave a name."""
    return _page(request, supervision, pages, complaint, actor, now)


@router.post("/complaints/{complaint}/answer")
def answer(
    request: Request,
    complaint: str,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: TheSupervisor,
    result: Annotated[str, Form(max_length=2000)] = "",
    rule: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Give the result, with a card where the complaint shows a fault."""
    return _do(request, supervision, pages, complaint, actor, now, lambda case: supervision.answer_complaint(case, complaint, result, actor, now, rule or None))


@router.post("/complaints/{complaint}/extend")
def extend(
    request: Request,
    complaint: str,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: TheSupervisor,
    days: Annotated[str, Form(max_length=3)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Ask for more time for the answer."""
    number = int(days) if days.isascii() and days.isdigit() else 0
    return _do(request, supervision, pages, complaint, actor, now, lambda case: supervision.ask_for_extension(case, complaint, number, reason, actor, now))


@router.post("/complaints/{complaint}/extend/approve")
def approve(request: Request, complaint: str, supervision: TheSupervision, pages: ThePages, now: Now, actor: TheSupervisor) -> Response:
    """Approve the time that another supervisor asked for."""
    return _do(request, supervision, pages, complaint, actor, now, lambda case: supervision.approve_extension(case, complaint, actor, now))


@router.post("/complaints/{complaint}/forward")
def forward(
    request: Request,
    complaint: str,
    supervision: TheSupervision,
    pages: ThePages,
    parts: TheParts,
    now: Now,
    actor: TheSupervisor,
    department: Annotated[str, Form(max_length=60)] = "",
    why: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Ask a department what happened."""
    if department not in parts.departments:
        raise Problem(404, "not-found", "没有找到", "没有这个部门。")
    return _do(request, supervision, pages, complaint, actor, now, lambda case: supervision.forward_complaint(case, complaint, department, why, actor, now))


@router.post("/complaints/{complaint}/return")
def give_back(
    request: Request,
    complaint: str,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: Answering,
    report: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Say what the department found and did."""
    return _do(request, supervision, pages, complaint, actor, now, lambda case: supervision.return_complaint(case, complaint, report, actor, now))


def _do(request: Request, supervision: Supervision, pages: ThePages, complaint: str, actor: Actor, now: datetime, act: Any) -> Response:  # noqa: ANN401 - a command
    row = views.complaints.one(supervision.database, complaint)
    if row is None:
        raise NotFound(complaint)
    try:
        act(row["case_id"])
    except Refusal as refusal:
        return _page(request, supervision, pages, complaint, actor, now, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/complaints/{complaint}", 303)


def _page(
    request: Request, supervision: Supervision, pages: ThePages, complaint: str, actor: Actor | None, now: datetime, refusal: Refusal | None = None
) -> Response:
    row = views.complaints.one(supervision.database, complaint)
    if row is None:
        raise NotFound(complaint)
    supervises = actor is not None and actor.has(Role.SUPERVISOR, Role.AUDITOR)
    is_own = actor is not None and actor.subject == row["complainant"]
    file = supervision.file(row["case_id"])
    said, clock = file.complaints[complaint], file.picture.clock(f"complaint:{complaint}")
    is_asked = actor is not None and actor.department is not None and actor.department == row["forwarded_to"]
    parts: TheParts = request.app.state.parts
    return pages.render(
        request,
        "complaint.html",
        row=row,
        said=said,
        days=clock.explained(supervision.calendar, local_day(now)) if clock else [],
        is_told=supervises or is_own or is_asked,
        sees_report=supervises or is_asked,
        supervises=actor is not None and actor.has(Role.SUPERVISOR),
        reports=is_asked and actor is not None and actor.has(*OFFICERS) and said.returned is None,
        approves=said.extension_asked is not None and actor is not None and said.extension_asked.by != actor.subject,
        departments=[(one.code, one.name) for one in parts.departments.values()],
        rules=[("", "不发牌"), *((one.code, f"{one.code} {one.title}") for one in RULES if Detection.HAND in one.by)],
        refusal=refusal,
    )


def _form(
    request: Request,
    supervision: Supervision,
    pages: ThePages,
    actor: Actor | None,
    values: dict[str, str],
    refusal: Refusal | None = None,
) -> Response:
    registers = actor is not None and actor.has(Role.SUPERVISOR)
    named = actor.name if actor is not None else ""
    choices: dict[str, Any] = {"channels": CHANNELS, "items": [("", "请选择"), *views.complaints.items(supervision.database)]}
    return pages.render(request, "complain.html", named=named, registers=registers, values=values, refusal=refusal, **choices)
