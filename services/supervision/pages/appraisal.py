"""Appraisal and accountability, over HTTP, as pages and as a file that spreadsheets open (SUP-26, SUP-27)."""

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
from services.supervision.domain.appraisal import Score, accountability, scheme_on, scores
from services.supervision.pages.naming import namer
from services.supervision.reports.appraisal import marks, reviewed, schemes
from services.supervision.reports.printing import Section, as_csv, as_pdf

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
    database = supervision.database
    return scores(scheme_on(schemes(), end), keys, marks(database, begin, end, seen), by, reviewed(database, begin, end, by, seen))


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
    return pages.render(
        request,
        "appraisal.html",
        scheme=scheme_on(schemes(), end),
        scores=_scored(request, supervision, actor, begin, end, by),
        accountable=accountability(marks(supervision.database, begin, end, reach(actor))),
        chosen={"from": begin.isoformat(), "to": end.isoformat(), "by": by},
        name=namer(request, by),
    )


@router.get("/appraisal.csv")
def as_file(request: Request, supervision: TheSupervision, now: Now, actor: Reader, first: First = None, last: Last = None, by: By = "department") -> Response:
    """Give the scores as a file that spreadsheets open (UTF-8 with a mark)."""
    begin, end = _period(first, last, local_day(now))
    scheme = scheme_on(schemes(), end)
    name = namer(request, by)
    rows = [
        [name(one.key), *(one.kept[criterion.code] for criterion in scheme.criteria), one.total] for one in _scored(request, supervision, actor, begin, end, by)
    ]
    return as_csv(["名称", *(one.name for one in scheme.criteria), "合计"], rows, f"appraisal-{begin}-{end}")


@router.get("/appraisal.pdf")
def as_document(
    request: Request, supervision: TheSupervision, now: Now, actor: Reader, first: First = None, last: Last = None, by: By = "department"
) -> Response:
    """Give the scores and their deductions as PDF."""
    begin, end = _period(first, last, local_day(now))
    scheme, name = scheme_on(schemes(), end), namer(request, by)
    found = _scored(request, supervision, actor, begin, end, by)
    heads = (("名称", False), *((f"{one.name}（{one.weight}）", True) for one in scheme.criteria), ("合计", True))
    kept = tuple((name(one.key), *(str(one.kept[criterion.code]) for criterion in scheme.criteria), str(one.total)) for one in found)
    bars = tuple((name(one.key), float(one.total), f"{one.total} 分") for one in found)
    why = tuple((name(one.key), f"−{points}", said, "、".join(mark.number for mark in shown)) for one in found for _, points, said, shown in one.deductions)
    sections = [Section("得分", heads, kept, bars), Section("扣分", (("名称", False), ("扣分", True), ("原因", False), ("办件", False)), why)]
    return as_pdf("行政审批绩效考评", f"{begin} 至 {end}", sections, end, f"appraisal-{begin}-{end}", wide=True)
