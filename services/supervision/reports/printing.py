"""A report: sections of tables with bars, as PDF and as files that spreadsheets open (SUP-23, SUP-26)."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from fastapi.responses import Response

from services.chassis.documents.typesetting import typeset

_TEMPLATE = Path(__file__).parent / "report.typ"
AUTHOR = "示例区行政审批电子监察中心"
FOOTNOTE = "各项数字由事件流直接计算，任何时段都可以重算；本页的单位、人员和案例均为示例。"


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its heading: columns are (label, whether numbers); bars are (label, percent from 0 to 100, text)."""

    title: str
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]
    bars: tuple[tuple[str, float, str], ...] = ()
    note: str = ""


def as_pdf(title: str, subtitle: str, sections: Sequence[Section], day: date, name: str, *, wide: bool = False) -> Response:
    """Give a report as PDF; the same content of the same day gives the same bytes."""
    content = {"title": title, "subtitle": subtitle, "sections": [asdict(one) for one in sections], "author": AUTHOR, "footnote": FOOTNOTE, "wide": wide}
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(typeset(_TEMPLATE, content, day), media_type="application/pdf", headers=headers)


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    """Give a table as a file that spreadsheets open (UTF-8 with a mark)."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(heads)
    writer.writerows(rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(table.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def percent(rate: float | None) -> str:
    """Write a rate, a dash where there is none."""
    return "—" if rate is None else f"{rate * 100:.1f}%"
