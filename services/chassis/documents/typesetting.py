"""Sets documents as PDF with Typst: the same content and day give the same bytes."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from services.chassis.documents.fonts import font_file, unprintable

_ONE_AT_A_TIME = Lock()


class RenderError(RuntimeError):
    """The document could not be set as it should be: a glyph or a font is missing."""


def check_printable(texts: str) -> None:
    """Raise `RenderError` where a text has characters that the font does not have."""
    if bad := unprintable(texts):
        raise RenderError("文书中有字体不能显示的字符：" + "、".join(f"{one}（U+{ord(one):04X}）" for one in bad))


def typeset(template: Path, content: Mapping[str, Any], day: date) -> bytes:
    """Give the PDF of a template with its content, dated on a day. Raises `RenderError`."""
    inputs = {"content": json.dumps(content, ensure_ascii=False)}
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        # A compiler keeps what it read between documents, and so serves one thread at a time.
        with _ONE_AT_A_TIME:
            pdf, warnings = _compiler(template).compile_with_warnings(format="pdf", timestamp=int(moment.timestamp()), sys_inputs=inputs)
    except typst.TypstError as error:
        raise RenderError(str(error)) from error
    if warnings:
        raise RenderError("; ".join(warning.message for warning in warnings))
    if not isinstance(pdf, bytes):
        raise RenderError("the document came out in several files")
    return pdf


@cache
def _compiler(template: Path) -> typst.Compiler:
    """Give the compiler of a template; making one reads the font, which takes its time."""
    return typst.Compiler(template, root=template.parent, font_paths=[font_file().parent], ignore_system_fonts=True)
