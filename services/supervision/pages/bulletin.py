"""The monthly bulletin over HTTP, as a page with charts, as PDF, and as a file for spreadsheets (SUP-26)."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.wiring import Now, ThePages
from services.supervision.api import Supervisor, TheSupervision
from services.supervision.pages.figures import COLUMNS
from services.supervision.pages.months import period_asked
from services.supervision.pages.naming import namer
from services.supervision.reports.bulletin import Line, bulletin
from services.supervision.reports.figures import OFFLINE
from services.supervision.reports.printing import Section, as_csv, as_pdf, percent

router = APIRouter()
documents = APIRouter()
Month = Annotated[str, Query(max_length=10)]
NUMBERS = {
    "received": "收件",
    "finished": "办结",
    "in_hand": "在办",
    "late": "超期办结",
    "offline": "线下登记",
    "lights": "黄灯",
    "cards": "红黄牌",
    "score": "考评得分",
}
RATES = {"entry_rate": "录入率", "on_time_rate": "按期率", "early_rate": "提前率", "satisfaction": "满意率", "accuracy": "准确率"}
NOTE = (
    "录入率：收件数占收件与线下登记之和的比例。按期率、提前率：办结件中没有超过、早于承诺时限的比例。"
    "满意率：评价中四分、五分的比例。准确率：当月在办的办件中没有数据错误牌（SUP-Y10、SUP-R08）的比例。"
)


def _lines(supervision: TheSupervision, month: str, now: Now) -> tuple[date, date, list[Line]]:
    first, last = period_asked(month, now)
    return first, last, bulletin(supervision.database, first, last)


@documents.get("/bulletin")
def read(supervision: TheSupervision, now: Now, _: Supervisor, month: Month = "") -> list[dict[str, Any]]:
    """Give each department's month, the last whole one where none is named."""
    return [asdict(line) for line in _lines(supervision, month, now)[2]]


@router.get("/bulletin")
def show(request: Request, supervision: TheSupervision, pages: ThePages, now: Now, _: Supervisor, month: Month = "") -> Response:
    """Show the month."""
    first, last, lines = _lines(supervision, month, now)
    context: dict[str, Any] = {"lines": lines, "month": f"{first:%Y-%m}", "first": first, "last": last, "numbers": NUMBERS, "rates": RATES, "note": NOTE}
    context["figures"] = (*COLUMNS, OFFLINE)
    return pages.render(request, "bulletin.html", percent=percent, **context)


@router.get("/bulletin.csv")
def as_file(request: Request, supervision: TheSupervision, now: Now, _: Supervisor, month: Month = "") -> Response:
    """Give the month as a file that spreadsheets open."""
    first, _last, lines = _lines(supervision, month, now)
    name = namer(request, "department")
    rows = [
        [
            name(line.department),
            *(getattr(line, column) for column in NUMBERS),
            *("" if (rate := getattr(line, column)) is None else f"{rate:.4f}" for column in RATES),
        ]
        for line in lines
    ]
    return as_csv(["部门", *NUMBERS.values(), *RATES.values()], rows, f"bulletin-{first:%Y-%m}")


@router.get("/bulletin.pdf")
def as_document(request: Request, supervision: TheSupervision, now: Now, _: Supervisor, month: Month = "") -> Response:
    """Give the month as PDF."""
    first, last, lines = _lines(supervision, month, now)
    name = namer(request, "department")
    table = Section(
        "各部门情况",
        (("部门", False), *((label, True) for label in NUMBERS.values()), *((label, True) for label in RATES.values())),
        tuple(
            (name(line.department), *(str(getattr(line, column)) for column in NUMBERS), *(percent(getattr(line, column)) for column in RATES))
            for line in lines
        ),
        note=NOTE,
    )
    scores = Section("考评得分", (), (), tuple((name(line.department), float(line.score), f"{line.score} 分") for line in lines))
    finished = [line for line in lines if line.on_time_rate is not None]
    rates = tuple((name(line.department), (line.on_time_rate or 0) * 100, percent(line.on_time_rate)) for line in finished)
    sections = [table, scores, Section("按期率", (), (), rates)]
    title = f"{first.year} 年 {first.month} 月行政审批电子监察通报"
    return as_pdf(title, f"{first} 至 {last}", sections, last, f"bulletin-{first:%Y-%m}", wide=True)
