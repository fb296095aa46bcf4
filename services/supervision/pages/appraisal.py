"""Appraisal and accountability, over HTTP, as pages and as a file that spreadsheets open (SUP-26, SUP-27)."""

import csv
import io
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.problems import Problem
from services.chassis.wiring import Now, ThePages, TheParts
from services.kernel.calendar import local_day
from services.supervision.api import Reader, TheSupervision, reach
from services.supervision.application import Supervision
from services.supervision.appraising import marks, schemes
from services.supervision.domain.appraisal import Score, accountability, scheme_on, scores

router = APIRouter()
documents = APIRouter()
By = Annotated[str, Query(pattern="^(department|officer)$")]
First = Annotated[date | None, Query(alias="from")]
Last = Annotated[date | None, Query(alias="to")]
YEAR = timedelta(days=366)


def _period(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    end = last or today
    begin = first or end.replace(day=1)
    if not begin <= end <= begin + YEAR:
        raise Problem(422, "period-wrong", "起止日期不正确", "截止日期不能早于起始日期，一次最多一年。")
    return begin, end


def _scored(request: Request, supervision: Supervision, actor: Any, begin: date, end: date, by: str) -> list[Score]:  # noqa: ANN401 - an actor
    parts: TheParts = request.app.state.parts
    seen = reach(actor)
    keys = [] if by == "officer" else list(seen) if seen else list(parts.departments)
    return scores(scheme_on(schemes(), end), keys, marks(supervision.database, begin, end, seen), by)


@documents.get("/appraisal")
def read(
    request: Request, supervision: TheSupervision, now: Now, actor: Reader, first: First = None, last: Last = None, by: By = "department"
) -> list[dict[str, Any]]:
    """Give the score of each department or officer, with every deduction and the marks that show it."""
    begin, end = _period(first, last, local_day(now))
    found = _scored(request, supervision, actor, begin, end, by)
    return [
        {
            "key": one.key,
            "total": one.total,
            "kept": one.kept,
            "deductions": [
                {"criterion": code, "points": points, "why": why, "marks": [asdict(mark) for mark in shown]} for code, points, why, shown in one.deductions
            ],
        }
        for one in found
    ]


@documents.get("/accountability")
def read_accountability(supervision: TheSupervision, now: Now, actor: Reader, first: First = None, last: Last = None) -> list[dict[str, Any]]:
    """Give each department's months with their confirmed violations, and whether it is flagged."""
    begin, end = _period(first, last, local_day(now))
    found = accountability(marks(supervision.database, begin, end, reach(actor)))
    return [{**asdict(one), "flagged": one.is_flagged} for one in found]


@router.get("/appraisal")
def show(
    request: Request, supervision: TheSupervision, pages: ThePages, now: Now, actor: Reader, first: First = None, last: Last = None, by: By = "department"
) -> Response:
    """Show scores and accountability of a period."""
    begin, end = _period(first, last, local_day(now))
    parts: TheParts = request.app.state.parts
    return pages.render(
        request,
        "appraisal.html",
        scheme=scheme_on(schemes(), end),
        scores=_scored(request, supervision, actor, begin, end, by),
        accountable=accountability(marks(supervision.database, begin, end, reach(actor))),
        chosen={"from": begin.isoformat(), "to": end.isoformat(), "by": by},
        name=_namer(parts, by),
    )


@router.get("/appraisal.csv")
def as_file(request: Request, supervision: TheSupervision, now: Now, actor: Reader, first: First = None, last: Last = None, by: By = "department") -> Response:
    """Give the scores as a file that spreadsheets open (UTF-8 with a mark)."""
    begin, end = _period(first, last, local_day(now))
    scheme = scheme_on(schemes(), end)
    parts: TheParts = request.app.state.parts
    name = _namer(parts, by)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["名称", *(one.name for one in scheme.criteria), "合计"])
    for one in _scored(request, supervision, actor, begin, end, by):
        writer.writerow([name(one.key), *(one.kept[criterion.code] for criterion in scheme.criteria), one.total])
    headers = {"Content-Disposition": f'attachment; filename="appraisal-{begin}-{end}.csv"'}
    return Response(table.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _namer(parts: TheParts, by: str) -> Any:  # noqa: ANN401 - a function for templates
    if by == "department":
        return lambda key: parts.departments[key].short_name if key in parts.departments else key
    return parts.directory.name
