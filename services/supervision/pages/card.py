"""Cards: why one was issued, how it was answered, and what whoever looks at it can do with it; and opening one by hand (SUP-21)."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.http.preconditions import Stale, version
from services.chassis.problems import Problem
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day
from services.supervision import views
from services.supervision.api import Reader, TheSupervision, seen_by
from services.supervision.application import Supervision
from services.supervision.card_api import TheSupervisor, card_of
from services.supervision.domain.answering import may_answer
from services.supervision.domain.clocks import rectification_of
from services.supervision.domain.warnings import CardState, Ground, Level
from services.supervision.rules import RULES, Detection, rule

router = APIRouter()
_LONGEST = 2000
_WAITS = frozenset({CardState.ISSUED, CardState.EXPLAINED, CardState.UPHELD})


class Values(dict[str, Any]):
    """What a form brought: one text for each field, and the list of evidence."""


async def _values(request: Request) -> Values:
    form = await request.form()
    values = Values({name: value[:_LONGEST] for name, value in form.items() if isinstance(value, str) and name != "csrf_token"})
    values["evidence"] = [value for value in form.getlist("evidence") if isinstance(value, str)]
    return values


Filled = Annotated[Values, Depends(_values)]


def _yes(values: Values, field: str, message: str) -> bool:
    if values.get(field) not in {"yes", "no"}:
        raise Invalid("choice-missing", f"{message}。", "SUP-21", {field: message})
    return bool(values[field] == "yes")


def _ground(values: Values) -> Ground:
    try:
        return Ground(values.get("ground", ""))
    except ValueError as error:
        raise Invalid("ground-missing", "请选择免责的情形。", "SUP-21", {"ground": "请选择免责的情形"}) from error


def _explain(supervision: Supervision, case: UUID, card: UUID, values: Values, actor: Actor, now: datetime) -> None:
    supervision.explain_card(case, card, values.get("explanation", ""), actor, now, version(values.get("seen", "")))


def _report(supervision: Supervision, case: UUID, card: UUID, values: Values, actor: Actor, now: datetime) -> None:
    supervision.report_rectification(case, card, values.get("report", ""), actor, now, version(values.get("seen", "")))


def _verify(supervision: Supervision, case: UUID, card: UUID, values: Values, actor: Actor, now: datetime) -> None:
    supervision.verify_rectification(
        case, card, values.get("reason", ""), actor, now, version(values.get("seen", "")), mended=_yes(values, "mended", "请选择核实的结论")
    )


def _appeal(supervision: Supervision, case: UUID, card: UUID, values: Values, actor: Actor, now: datetime) -> None:
    supervision.appeal_card(case, card, _ground(values), values.get("statement", ""), actor, now, version(values.get("seen", "")))


def _decide(supervision: Supervision, case: UUID, card: UUID, values: Values, actor: Actor, now: datetime) -> None:
    supervision.decide_appeal(
        case, card, values.get("reason", ""), actor, now, version(values.get("seen", "")), exempted=_yes(values, "exempted", "请选择申诉的决定")
    )


ACTS: dict[str, Callable[[Supervision, UUID, UUID, Values, Actor, datetime], None]] = {
    "explain": _explain,
    "report": _report,
    "verify": _verify,
    "appeal": _appeal,
    "decide": _decide,
}


@router.get("/cards/{card_id}")
def card(request: Request, card_id: UUID, supervision: TheSupervision, pages: ThePages, now: Now, actor: Reader) -> Response:
    """Explain a light or card: by which rule and article, on which evidence, why on that day, and how it was answered."""
    return _card(request, supervision, pages, now, actor, card_id)


@router.post("/cards/{card_id}/do/{act}")
def answer(request: Request, card_id: UUID, act: str, supervision: TheSupervision, pages: ThePages, now: Now, actor: Reader, values: Filled) -> Response:
    """Answer a card, verify its rectification, appeal, or decide the appeal; who may, the command decides."""
    if act not in ACTS:
        raise Problem(404, "not-found", "没有找到", "没有这项操作。")
    case, _ = card_of(supervision, card_id, actor)
    try:
        ACTS[act](supervision, case, card_id, values, actor, now)
    except (Refusal, Stale) as refusal:
        return _card(request, supervision, pages, now, actor, card_id, refusal=refusal, values=values)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/cards/{card_id}", 303)


def _card(
    request: Request,
    supervision: Supervision,
    pages: ThePages,
    now: datetime,
    actor: Actor,
    card_id: UUID,
    *,
    refusal: Refusal | Stale | None = None,
    values: Values | None = None,
) -> Response:
    case_id, known = card_of(supervision, card_id, actor)
    row = views.warnings.one(supervision.database, card_id)
    picture, finding = supervision.file(case_id).picture, known.finding
    clock = picture.clock(finding.clock or "")
    today, calendar = local_day(now), supervision.calendar
    entries = {entry.evidence: entry for entry in supervision.history(case_id)}
    parts: TheParts = request.app.state.parts
    may = known.finding.level is not Level.LIGHT and known.stands
    return pages.render(
        request,
        "card.html",
        row=row,
        card=known,
        rule=rule(finding.rule),
        clock=clock,
        days=clock.explained(calendar, today) if clock else [],
        to_rectify=rectification_of(known).explained(calendar, today) if finding.rectify_by else [],
        evidence=[entries[one] for one in finding.evidence if one in entries],
        name=lambda key: parts.directory.name(key) if key else "—",
        may_answer=may and known.state in _WAITS and may_answer(known, actor),
        may_appeal=may
        and known.state is not CardState.APPEALED
        and known.ground is None
        and may_answer(known, actor)
        and actor.has(Role.SECTION_HEAD, Role.LEADER),
        may_verify=may and known.state is CardState.REPORTED and actor.has(Role.SUPERVISOR),
        may_decide=may and known.state is CardState.APPEALED and actor.has(Role.SUPERVISOR),
        grounds=[(one.value, pages.environment.globals["word"](one.value)) for one in Ground],  # type: ignore[operator]
        refusal=refusal,
        values=values or {},
    )


@router.get("/cases/{case_id}/cards/open")
def ask(request: Request, case_id: UUID, supervision: TheSupervision, pages: ThePages, actor: TheSupervisor) -> Response:
    """Show the form for opening a card by hand."""
    return _open(request, supervision, pages, actor, case_id, {}, None)


@router.post("/cases/{case_id}/cards/open")
def open_card(request: Request, case_id: UUID, supervision: TheSupervision, pages: ThePages, now: Now, actor: TheSupervisor, values: Filled) -> Response:
    """Issue a card by hand, on evidence."""
    try:
        card_id = supervision.open_card(case_id, values.get("rule", ""), values["evidence"], values.get("detail", ""), actor, now)
    except Refusal as refusal:
        return _open(request, supervision, pages, actor, case_id, values, refusal)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/cards/{card_id}", 303)


def _open(
    request: Request, supervision: Supervision, pages: ThePages, actor: Actor, case_id: UUID, values: dict[str, Any], refusal: Refusal | None
) -> Response:
    picture = seen_by(supervision, case_id, actor)
    by_hand = [(one.code, f"{one.code[4:]} {one.title}", one.article) for one in RULES if Detection.HAND in one.by]
    facts = [entry for entry in supervision.history(case_id) if not entry.is_warning and entry.source != "notification"]
    return pages.render(
        request,
        "open_card.html",
        case_id=case_id,
        picture=picture,
        rules=by_hand,
        facts=facts,
        refusal=refusal,
        values=values,
    )
