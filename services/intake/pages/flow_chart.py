"""The flow chart of an item, drawn from its process definition (CAT-02): one row for each step, branches that run in parallel side by side."""

from collections.abc import Callable
from html import escape

from services.chassis.web.words import word
from services.kernel.process import ProcessDefinition, StageDefinition

_WIDTH, _HEIGHT, _GAP, _ROW = 216, 66, 28, 104
_Box = tuple[int, int]


def rows_of(process: ProcessDefinition) -> list[list[StageDefinition]]:
    """Give the stages row by row: each below everything that it comes after."""
    depth: dict[str, int] = {}
    for stage in process.stages:
        depth[stage.code] = max((depth[before] + 1 for before in stage.after), default=0)
    return [[stage for stage in process.stages if depth[stage.code] == level] for level in range(max(depth.values()) + 1)]


def flow_chart_svg(process: ProcessDefinition, department: Callable[[str], str], *, acceptance_limit: int, result: str) -> str:
    """Give the chart as SVG without styles or scripts of its own; `department` gives the name for a code."""
    rows = rows_of(process)
    across = max(3, *(len(row) for row in rows))
    width = across * (_WIDTH + _GAP) + _GAP
    middle = width // 2
    places: dict[str, _Box] = {}
    parts = [_box((middle, 0), "提交申请", "网上、窗口、自助终端", "start")]
    parts.append(_box((middle, 1), "受理", f"{word(process.accepted_by)} · {acceptance_limit} 个工作日内", "step"))
    side = middle + _WIDTH + _GAP
    parts += [_box((middle - _WIDTH - _GAP, 1), "一次性告知补正", "补正齐全后重新计时", "aside"), _box((side, 1), "不予受理", "书面说明理由", "aside")]
    y = _ROW + 20 + _HEIGHT // 2
    parts += [_line(middle - _WIDTH // 2, y, middle - _WIDTH // 2 - _GAP, y), _line(middle + _WIDTH // 2, y, side - _WIDTH // 2, y)]
    parts.append(_down((middle, 0), (middle, 1)))
    for level, row in enumerate(rows, 2):
        left = middle - (len(row) - 1) * (_WIDTH + _GAP) // 2
        for index, stage in enumerate(row):
            places[stage.code] = (left + index * (_WIDTH + _GAP), level)
            kind = "decision" if stage.code == process.deciding.code else "step"
            parts.append(_box(places[stage.code], stage.name, f"{department(stage.department)}·{word(stage.role)}·{_limit(stage.limit)}", kind))
            parts += [_down(places[before], places[stage.code], before, stage.code) for before in stage.after] or [_down((middle, 1), places[stage.code])]
    last = len(rows) + 2
    parts += [_box((middle, last), "制作并送达结果", result, "end"), _down(places[process.deciding.code], (middle, last))]
    height = (last + 1) * _ROW
    described = "；".join(f"{stage.name}，{department(stage.department)}，{_limit(stage.limit)}" for stage in process.stages)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="flow-title flow-text" '
        'font-size="15" text-anchor="middle"><title id="flow-title">办理流程图</title>'
        f'<desc id="flow-text">提交申请，受理，{escape(described)}，送达结果</desc>'
        '<defs><marker id="flow-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L10 5L0 10z" fill="#4d5d69"/></marker></defs>{"".join(parts)}</svg>'
    )


def _limit(days: int) -> str:
    return f"{days} 个工作日" if days else "当日"


_FILLS = {
    "start": ("#0b4f6c", "#fff"),
    "end": ("#0f766e", "#fff"),
    "step": ("#fff", "#14232e"),
    "decision": ("#fff4d6", "#14232e"),
    "aside": ("#eef2f4", "#14232e"),
}


def _box(place: _Box, title: str, text: str, kind: str) -> str:
    x, top = place[0] - _WIDTH // 2, place[1] * _ROW + 20
    fill, ink = _FILLS[kind]
    dash = ' stroke-dasharray="5 4"' if kind == "aside" else ""
    small = 13 if len(text) < 16 else 11  # noqa: PLR2004 - longer lines need smaller letters
    return (
        f'<g><rect x="{x}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="{fill}" stroke="#0b4f6c" stroke-width="1.5"{dash}/>'
        f'<text x="{place[0]}" y="{top + 28}" fill="{ink}" font-weight="bold">{escape(title)}</text>'
        f'<text x="{place[0]}" y="{top + 50}" fill="{ink}" font-size="{small}">{escape(text)}</text></g>'
    )


def _down(above: _Box, below: _Box, *edge: str) -> str:
    """Draw an arrow from a box to one in a row below."""
    x1, y1, x2, y2 = above[0], above[1] * _ROW + 20 + _HEIGHT, below[0], below[1] * _ROW + 20
    bend = (y1 + y2) // 2 if above[1] + 1 == below[1] else y2 - (_ROW - _HEIGHT) // 2
    named = f' data-edge="{escape("-".join(edge))}"' if edge else ""
    path = f"M{x1} {y1}V{bend}H{x2}V{y2 - 1}"
    return f'<path d="{path}" fill="none" stroke="#4d5d69" stroke-width="1.5" marker-end="url(#flow-arrow)"{named}/>'


def _line(x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<path d="M{x1} {y1}L{x2} {y2}" stroke="#4d5d69" stroke-width="1.5" marker-end="url(#flow-arrow)"/>'
