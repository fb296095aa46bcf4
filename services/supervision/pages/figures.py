"""The figures of a period, as a page with a chart, as PDF, as a file for spreadsheets, and down to the cases behind each of them (SUP-23)."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis.http.paging import Page
from services.chassis.problems import Problem
from services.chassis.wiring import Now, ThePages
from services.kernel.calendar import local_day
from services.supervision.api import Reader, TheSupervision, reach
from services.supervision.pages.moments import First, Last, period_asked
from services.supervision.pages.naming import namer
from services.supervision.reports.figures import Figures, behind, figures_of
from services.supervision.reports.printing import Section, as_csv, as_pdf, percent

router = APIRouter()
documents = APIRouter()
COLUMNS = ("received", "accepted", "deemed", "refused", "withdrawn", "finished", "granted", "early", "late", "in_hand", "overdue", "lights", "cards")
LABELS = {
    "received": "收件",
    "accepted": "受理",
    "deemed": "其中视为受理",
    "refused": "不予受理",
    "withdrawn": "撤回",
    "finished": "办结",
    "granted": "其中准予",
    "early": "提前办结",
    "late": "超期办结",
    "in_hand": "在办",
    "overdue": "在办超期",
    "lights": "黄灯",
    "cards": "红黄牌",
    "offline": "线下登记",
    "on_time_rate": "按期率",
    "early_rate": "提前率",
}
RATES = ("on_time_rate", "early_rate")
GROUPS = {"department": "部门", "item": "事项", "window": "窗口", "officer": "承办人员"}
By = Annotated[str, Query(pattern="^(department|item|window|officer)$")]


@router.get("/figures")
def show(
    request: Request, supervision: TheSupervision, pages: ThePages, now: Now, actor: Reader, first: First = "", last: Last = "", by: By = "department"
) -> Response:
    """Show the figures of a period."""
    begin, end = period_asked(first, last, local_day(now))
    context: dict[str, Any] = {
        "figures": figures_of(supervision.database, begin, end, by, reach(actor)),
        "chosen": {"from": begin.isoformat(), "to": end.isoformat(), "by": by},
        "columns": COLUMNS,
        "labels": LABELS,
        "groups": tuple(GROUPS.items()),
    }
    return pages.render(request, "figures.html", name=namer(request, by), percent=percent, **context)


@router.get("/figures/behind")
def show_behind(
    request: Request,
    supervision: TheSupervision,
    pages: ThePages,
    now: Now,
    actor: Reader,
    key: Annotated[str, Query(max_length=100)],
    figure: Annotated[str, Query(max_length=20)],
    first: First = "",
    last: Last = "",
    by: By = "department",
    cursor: str = "",
) -> Response:
    """Show the cases, or the lights and cards, that a figure counts."""
    begin, end = period_asked(first, last, local_day(now))
    rows, following = _behind(supervision, actor, begin, end, by, key, figure, cursor)
    context: dict[str, Any] = {"rows": rows, "following": following, "figure": figure, "label": LABELS[figure], "first": begin, "last": end, "by": by}
    return pages.render(request, "behind.html", of=namer(request, by)(key), officer=namer(request, "officer"), **context)


@documents.get("/figures/behind")
def read_behind(
    supervision: TheSupervision,
    now: Now,
    actor: Reader,
    key: Annotated[str, Query(max_length=100)],
    figure: Annotated[str, Query(max_length=20)],
    first: First = "",
    last: Last = "",
    by: By = "department",
    cursor: str = "",
) -> Page[dict[str, Any]]:
    """Give the cases, or the lights and cards, that a figure counts."""
    begin, end = period_asked(first, last, local_day(now))
    rows, following = _behind(supervision, actor, begin, end, by, key, figure, cursor)
    return Page(items=rows, next=following)


@router.get("/figures.csv")
def as_file(request: Request, supervision: TheSupervision, now: Now, actor: Reader, first: First = "", last: Last = "", by: By = "department") -> Response:
    """Give the figures as a file that spreadsheets open (UTF-8 with a mark)."""
    begin, end = period_asked(first, last, local_day(now))
    name = namer(request, by)
    rows = []
    for one in figures_of(supervision.database, begin, end, by, reach(actor)):
        rates = ["" if (rate := getattr(one, column)) is None else f"{rate:.4f}" for column in RATES]
        rows.append([name(one.key), *(getattr(one, column) for column in COLUMNS), *rates])
    return as_csv(["名称", *(LABELS[column] for column in (*COLUMNS, *RATES))], rows, f"figures-{begin}-{end}")


@router.get("/figures.pdf")
def as_document(request: Request, supervision: TheSupervision, now: Now, actor: Reader, first: First = "", last: Last = "", by: By = "department") -> Response:
    """Give the figures as PDF."""
    begin, end = period_asked(first, last, local_day(now))
    name = namer(request, by)
    found = figures_of(supervision.database, begin, end, by, reach(actor))
    heads = ((GROUPS[by], False), *((LABELS[column], True) for column in (*COLUMNS, *RATES)))
    table = Section(f"按{GROUPS[by]}", heads, tuple((name(one.key), *_row(one)) for one in found))
    most = max((one.finished for one in found), default=0) or 1
    bars = tuple((name(one.key), one.finished * 100 / most, f"{one.finished} 件") for one in found)
    return as_pdf("行政审批电子监察统计", f"{begin} 至 {end}", [table, Section("办结", (), (), bars)], end, f"figures-{begin}-{end}", wide=True)


def _row(one: Figures) -> tuple[str, ...]:
    return (*(str(getattr(one, column)) for column in COLUMNS), *(percent(getattr(one, column)) for column in RATES))


def _behind(
    supervision: TheSupervision, actor: Reader, begin: date, end: date, by: str, key: str, figure: str, cursor: str
) -> tuple[list[dict[str, Any]], str | None]:
    try:
        return behind(supervision.database, begin, end, by, key, figure, reach(actor), cursor)
    except KeyError as error:
        raise Problem(404, "not-found", "没有找到", "没有这项统计。") from error
