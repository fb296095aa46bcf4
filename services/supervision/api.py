"""Supervision over HTTP: cases, histories, warnings, figures, and the live stream."""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import BeforeValidator
from sse_starlette import EventSourceResponse, ServerSentEvent

from services.chassis.auth import allow
from services.chassis.http.paging import Page, Sort
from services.chassis.problems import Problem
from services.chassis.storage.rows import Row
from services.chassis.wiring import Now
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.supervision import views
from services.supervision.application import Supervision
from services.supervision.domain.clocks import ClockSeen
from services.supervision.domain.picture import Picture
from services.supervision.live import Live
from services.supervision.reports.figures import figures_of
from services.supervision.rules import RULES

router = APIRouter()
SUPERVISING = (Role.SUPERVISOR, Role.AUDITOR)
ALIVE = ServerSentEvent(comment="alive").encode()


async def _supervision(request: Request) -> Supervision:
    supervision: Supervision = request.app.state.service
    return supervision


async def _live(request: Request) -> Live:
    live: Live = request.app.state.live
    return live


TheSupervision = Annotated[Supervision, Depends(_supervision)]
TheLive = Annotated[Live, Depends(_live)]
Supervisor = Annotated[Actor, allow(*SUPERVISING)]
Reader = Annotated[Actor, allow(*SUPERVISING, Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)]


@dataclass(frozen=True, slots=True)
class CasesAsked:
    """Which cases somebody asks for, in which order, and after which ones."""

    state: str = ""
    department: str = ""
    item: str = ""
    text: Annotated[str, Query(max_length=60)] = ""
    sort: Sort = "due"
    cursor: str = ""

    def listed(self, supervision: Supervision, actor: Actor) -> tuple[list[Row], str | None]:
        """Give those that the actor may read, and the cursor of the next page."""
        return views.cases.listed(supervision.database, departments=reach(actor), **asdict(self))


@dataclass(frozen=True, slots=True)
class WarningsAsked:
    """Which lights and cards somebody asks for, in which order, and after which ones."""

    department: str = ""
    level: str = ""
    rule: str = ""
    text: Annotated[str, Query(max_length=60)] = ""
    sort: Sort = "-raised"
    cursor: str = ""
    standing: bool = False
    withdrawn: bool = True
    until: Annotated[date | None, BeforeValidator(lambda said: said or None), Query(description="发生在这一天或者以前")] = None

    def listed(self, supervision: Supervision, actor: Actor) -> tuple[list[Row], str | None]:
        """Give those that the actor may read, and the cursor of the next page."""
        return views.warnings.listed(supervision.database, departments=reach(actor), **asdict(self))


@router.get("/cases")
def list_cases(supervision: TheSupervision, actor: Reader, asked: Annotated[CasesAsked, Depends()]) -> Page[dict[str, Any]]:
    """List applications and cases, sorted by `due` or `number`; officers see those of their department. The state IN_HAND is every one before the end."""
    rows, following = asked.listed(supervision, actor)
    return Page(items=rows, next=following)


@router.get("/cases/{case_id}")
def read_case(case_id: UUID, supervision: TheSupervision, now: Now, actor: Reader, as_of: datetime | None = None) -> dict[str, Any]:
    """Give what is known of a case, with its clocks explained, as of now or any moment before."""
    picture = seen_by(supervision, case_id, actor, as_of)
    moment = as_of or now
    return {
        "id": case_id,
        "number": picture.number,
        "item": picture.item,
        "state": picture.state,
        "channel": picture.channel,
        "deemed": picture.deemed,
        "outcome": picture.outcome,
        "clocks": {clock.key: _clock(supervision, clock, local_day(moment)) for clock in picture.clocks()},
        "stages": [{"stage": one.code, "name": one.name, "entered": one.entered, "ended": one.ended} for one in picture.stages],
    }


@router.get("/cases/{case_id}/history")
def history(case_id: UUID, supervision: TheSupervision, actor: Reader, as_of: datetime | None = None) -> list[dict[str, Any]]:
    """Give the whole history of a case over all services, as it was known at a moment (AUD-01)."""
    seen_by(supervision, case_id, actor, as_of)
    return [asdict(entry) for entry in supervision.history(case_id, as_of)]


@router.get("/warnings")
def list_warnings(supervision: TheSupervision, actor: Reader, asked: Annotated[WarningsAsked, Depends()]) -> Page[dict[str, Any]]:
    """List lights and cards, newest first, or sorted by `raised`, `rule` or `number`; officers see those of their department."""
    rows, following = asked.listed(supervision, actor)
    return Page(items=rows, next=following)


@router.get("/rules")
def list_rules(_: Reader) -> list[dict[str, Any]]:
    """List the rules, each with the article that it enforces."""
    names = ("code", "level", "title", "article", "detected", "rectified", "responsible", "version", "by", "prevented")
    return [{name: getattr(rule, name) for name in names} for rule in RULES]


@router.get("/figures")
def figures(
    supervision: TheSupervision,
    actor: Reader,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
    by: Annotated[str, Query(pattern="^(department|item|window|officer)$")] = "department",
) -> list[dict[str, Any]]:
    """Give the figures of a period (SUP-23)."""
    if last < first:
        raise Problem(422, "period-wrong", "起止日期不正确", "截止日期不能早于起始日期。")
    found = figures_of(supervision.database, first, last, by, reach(actor))
    return [{**asdict(one), "on_time_rate": one.on_time_rate, "early_rate": one.early_rate} for one in found]


@router.get("/live")
async def live(
    feed: TheLive,
    _: Supervisor,
    last_event_id: Annotated[str | None, Header()] = None,
    since: Annotated[int | None, Query()] = None,
    last_id: Annotated[int | None, Query(alias="last_event_id")] = None,
    *,
    figures: bool = False,
) -> EventSourceResponse:
    """Stream what happens, as it happens; resumes after Last-Event-ID without a gap (SUP-22). With `figures`, the wall's come as events of their own."""
    last_seen = int(last_event_id) if last_event_id and last_event_id.isdigit() else last_id if last_id is not None else since

    async def messages() -> AsyncIterator[bytes]:
        async for message in feed.follow(last_seen, figures=figures):
            yield ALIVE if message is None else message.sent

    return EventSourceResponse(messages())


def reach(actor: Actor) -> tuple[str, ...]:
    """Give the departments whose cases an actor may read: none named means all."""
    return () if actor.has(*SUPERVISING) else (actor.department or "-",)


def seen_by(supervision: Supervision, case_id: UUID, actor: Actor, as_of: datetime | None = None) -> Picture:
    """Give a case to those who may read it."""
    if as_of is not None and as_of.tzinfo is None:
        raise Problem(422, "moment-wrong", "时间不正确", "as_of 应带时区，如 2026-03-02T09:00:00+08:00。")
    picture = supervision.picture(case_id, as_of)
    involved = {picture.department, *(stage.department for stage in picture.stages)}
    if not actor.has(*SUPERVISING) and actor.department not in involved:
        raise Problem(403, "another-department", "无权查看", "该办件由其他部门办理。")
    return picture


def _clock(supervision: Supervision, clock: ClockSeen, day: date) -> dict[str, Any]:
    facts, calendar = clock.facts, supervision.calendar
    days = [asdict(one) for one in clock.explained(calendar, day)]
    about = {"name": clock.name, "title": clock.title, "start": facts.start, "limit": facts.limit, "hour": clock.hour, "evidence": clock.evidence}
    return {**clock.said(calendar, day)._asdict(), **about, "explanation": days}
