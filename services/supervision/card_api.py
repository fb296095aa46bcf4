"""Cards over HTTP: opened and verified by supervisors, answered by the departments (SUP-21)."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.auth import allow
from services.chassis.http.preconditions import SeenVersion, etag
from services.chassis.problems import Problem
from services.chassis.wiring import Now
from services.kernel.actor import Actor, Role
from services.supervision import views
from services.supervision.api import Reader, TheSupervision, seen_by
from services.supervision.application import Supervision
from services.supervision.domain.warnings import Ground, RaisedWarning

router = APIRouter()
Text = Annotated[str, Field(max_length=2000)]
TheSupervisor = Annotated[Actor, allow(Role.SUPERVISOR)]
Answering = Annotated[Actor, allow(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)]
Appealing = Annotated[Actor, allow(Role.SECTION_HEAD, Role.LEADER)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CardIn(_Body):
    """A card by hand: under which rule, what was found, and the ids of the events that show it."""

    rule: str = Field(max_length=20)
    detail: Text
    evidence: list[Annotated[str, Field(max_length=100)]] = Field(max_length=100)


class SaidIn(_Body):
    """What an officer says to a card."""

    text: Text


class VerificationIn(_Body):
    """What a supervisor found of a reported rectification."""

    mended: bool
    reason: Text


class AppealIn(_Body):
    """On which ground, and the facts."""

    ground: Ground
    statement: Text


class AppealDecisionIn(_Body):
    """Exempted, or upheld, and why."""

    exempted: bool
    reason: Text


def card_of(supervision: Supervision, card: UUID, actor: Actor) -> tuple[UUID, RaisedWarning]:
    """Give a card and its case to those who may read it."""
    row = views.warnings.one(supervision.database, card)
    if row is None:
        raise Problem(404, "not-found", "没有找到", "没有这个预警。")
    case: UUID = row["case_id"]
    known = supervision.file(case).warnings[card]
    if known.finding.department != actor.department:
        seen_by(supervision, case, actor)
    return case, known


def _shown(supervision: Supervision, card: UUID, actor: Actor, response: Response) -> dict[str, Any]:
    case, known = card_of(supervision, card, actor)
    response.headers["ETag"] = etag(known.version)
    return {"case": case, **asdict(known)}


@router.get("/cards/{card}")
def read_card(card: UUID, response: Response, supervision: TheSupervision, actor: Reader) -> dict[str, Any]:
    """Give a light or card with its evidence and how it was answered."""
    return _shown(supervision, card, actor, response)


@router.post("/cases/{case_id}/cards", status_code=201)
def open_card(case_id: UUID, body: CardIn, response: Response, supervision: TheSupervision, now: Now, actor: TheSupervisor) -> dict[str, Any]:
    """Issue a card by hand, on evidence."""
    card = supervision.open_card(case_id, body.rule, body.evidence, body.detail, actor, now)
    return _shown(supervision, card, actor, response)


@router.post("/cards/{card}/explain")
def explain(card: UUID, body: SaidIn, response: Response, supervision: TheSupervision, now: Now, actor: Answering, seen: SeenVersion) -> dict[str, Any]:
    """Receive a card and explain how it came about."""
    case, _ = card_of(supervision, card, actor)
    supervision.explain_card(case, card, body.text, actor, now, seen)
    return _shown(supervision, card, actor, response)


@router.post("/cards/{card}/report")
def report(card: UUID, body: SaidIn, response: Response, supervision: TheSupervision, now: Now, actor: Answering, seen: SeenVersion) -> dict[str, Any]:
    """Report what was done to mend it."""
    case, _ = card_of(supervision, card, actor)
    supervision.report_rectification(case, card, body.text, actor, now, seen)
    return _shown(supervision, card, actor, response)


@router.post("/cards/{card}/verify")
def verify(
    card: UUID, body: VerificationIn, response: Response, supervision: TheSupervision, now: Now, actor: TheSupervisor, seen: SeenVersion
) -> dict[str, Any]:
    """Verify a reported rectification."""
    case, _ = card_of(supervision, card, actor)
    supervision.verify_rectification(case, card, body.reason, actor, now, seen, mended=body.mended)
    return _shown(supervision, card, actor, response)


@router.post("/cards/{card}/appeal")
def appeal(card: UUID, body: AppealIn, response: Response, supervision: TheSupervision, now: Now, actor: Appealing, seen: SeenVersion) -> dict[str, Any]:
    """Ask for exemption on one of the three grounds (E 32)."""
    case, _ = card_of(supervision, card, actor)
    supervision.appeal_card(case, card, body.ground, body.statement, actor, now, seen)
    return _shown(supervision, card, actor, response)


@router.post("/cards/{card}/appeal/decide")
def decide_appeal(
    card: UUID, body: AppealDecisionIn, response: Response, supervision: TheSupervision, now: Now, actor: TheSupervisor, seen: SeenVersion
) -> dict[str, Any]:
    """Exempt the department, or uphold the card."""
    case, _ = card_of(supervision, card, actor)
    supervision.decide_appeal(case, card, body.reason, actor, now, seen, exempted=body.exempted)
    return _shown(supervision, card, actor, response)
