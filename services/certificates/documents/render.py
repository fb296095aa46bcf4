"""Sets result documents as PDF (CER-01). The same content gives the same bytes, so that a repeated making changes nothing."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import segno
import typst

_HERE = Path(__file__).parent


class RenderError(RuntimeError):
    """The document could not be set as it should be: a glyph or a font is missing."""


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """What stands on a result: `granted` makes a certificate, otherwise it is a decision letter with reasons and the right to appeal."""

    number: str
    title: str
    granted: bool
    holder: str
    authority: str
    item_name: str
    fields: tuple[tuple[str, str], ...]
    grounds: str
    reasons: str
    issued_on: date
    valid_until: date | None
    sample: bool = True


def render(content: DocumentContent, address: str) -> bytes:
    """Give the PDF; `address` is what its QR code says. Raises `RenderError`."""
    values = {
        "number": content.number,
        "title": content.title,
        "granted": content.granted,
        "holder": content.holder,
        "authority": content.authority,
        "item_name": content.item_name,
        "fields": [list(field) for field in content.fields],
        "grounds": content.grounds,
        "reasons": content.reasons,
        "issued_on": _chinese(content.issued_on),
        "validity": f"自{_chinese(content.issued_on)}至{_chinese(content.valid_until)}" if content.valid_until else "长期有效",
        "sample": content.sample,
        "code": _code(address),
    }
    moment = datetime(content.issued_on.year, content.issued_on.month, content.issued_on.day, tzinfo=UTC)
    try:
        inputs = {"content": json.dumps(values, ensure_ascii=False)}
        pdf, warnings = _compiler().compile_with_warnings(format="pdf", timestamp=int(moment.timestamp()), sys_inputs=inputs)
    except typst.TypstError as error:
        raise RenderError(str(error)) from error
    if warnings:
        raise RenderError("; ".join(warning.message for warning in warnings))
    if not isinstance(pdf, bytes):
        raise RenderError("the document came out in several files")
    return pdf


@cache
def _compiler() -> typst.Compiler:
    """Give the compiler with the document's template; making one reads the font, which takes its time."""
    return typst.Compiler(_HERE / "result.typ", root=_HERE, font_paths=[_font_folder()], ignore_system_fonts=True)


def _font_folder() -> Path:
    """Give the folder of the font with Chinese characters that the package brings."""
    found = find_spec("cvttf_NotoSansCJK_Regular")
    if found is None or found.origin is None:
        raise RenderError("the font package cvttf-notosanscjk-regular is not installed")
    return Path(found.origin).parent


def _code(address: str) -> str:
    """Give the QR code as SVG."""
    drawing = BytesIO()
    segno.make(address, error="m").save(drawing, kind="svg", border=1)
    return drawing.getvalue().decode()


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
