"""Sets result documents as PDF (CER-01). The same content gives the same bytes, so that a repeated making changes nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from itertools import chain
from pathlib import Path
from threading import Lock

import segno
import typst

from services.certificates.documents import wording
from services.certificates.documents.fonts import font_file, unprintable

_HERE = Path(__file__).parent
_ONE_AT_A_TIME = Lock()


class RenderError(RuntimeError):
    """The document could not be set as it should be: a glyph or a font is missing."""


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """What stands on a result: a certificate, a letter that grants, or a letter that refuses, with reasons and the right to appeal."""

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
    valid_from: date | None = None
    """The first day of the validity; the day of issue where it is not said."""
    case_number: str = ""
    sample: bool = True


def render(content: DocumentContent, address: str) -> bytes:
    """Give the PDF; `address` is what its QR code says. Raises `RenderError`."""
    content = _tidied(content)
    if bad := unprintable("".join(_texts(content))):
        raise RenderError("文书中有字体不能显示的字符：" + "、".join(f"{one}（U+{ord(one):04X}）" for one in bad))
    inputs = {"content": json.dumps({**_values(content), "address": address, "code": _code(address)}, ensure_ascii=False)}
    compiler = _compiler("letter" if wording.is_letter(content.title, granted=content.granted) else "certificate")
    moment = datetime(content.issued_on.year, content.issued_on.month, content.issued_on.day, tzinfo=UTC)
    try:
        # A compiler keeps what it read between documents, and so serves one thread at a time.
        with _ONE_AT_A_TIME:
            pdf, warnings = compiler.compile_with_warnings(format="pdf", timestamp=int(moment.timestamp()), sys_inputs=inputs)
    except typst.TypstError as error:
        raise RenderError(str(error)) from error
    if warnings:
        raise RenderError("; ".join(warning.message for warning in warnings))
    if not isinstance(pdf, bytes):
        raise RenderError("the document came out in several files")
    return pdf


def _values(content: DocumentContent) -> dict[str, object]:
    validity = wording.validity(content.valid_from or content.issued_on, content.valid_until)
    if not wording.is_letter(content.title, granted=content.granted):
        paragraphs = wording.attesting(content.title, content.grounds)
    elif content.granted:
        paragraphs = wording.granting(content.item_name, content.grounds, content.reasons, validity)
    else:
        paragraphs = wording.refusing(content.item_name, content.title, content.authority, content.grounds, content.reasons)
    return {
        "number": content.number,
        "case_number": content.case_number,
        "title": content.title,
        "granted": content.granted,
        "holder": content.holder,
        "authority": content.authority,
        "item_name": content.item_name,
        "fields": [list(field) for field in content.fields],
        "paragraphs": paragraphs,
        "issued_on": wording.chinese(content.issued_on),
        "validity": validity,
        "sample": content.sample,
    }


def _tidied(content: DocumentContent) -> DocumentContent:
    return replace(
        content,
        holder=_tidy(content.holder),
        fields=tuple((_tidy(label), _tidy(value)) for label, value in content.fields),
        grounds=_tidy(content.grounds),
        reasons=_tidy(content.reasons),
    )


def _tidy(text: str) -> str:
    """Give a text as typed by people with one kind of line break, no tabs, and no empty lines."""
    return "\n".join(line.replace("\t", " ").strip() for line in text.splitlines() if line.strip())


def _texts(content: DocumentContent) -> Iterator[str]:
    yield from (content.number, content.title, content.holder, content.authority, content.item_name, content.grounds, content.reasons, content.case_number)
    yield from chain.from_iterable(content.fields)


@cache
def _compiler(template: str) -> typst.Compiler:
    """Give the compiler of a template; making one reads the font, which takes its time."""
    return typst.Compiler(_HERE / f"{template}.typ", root=_HERE, font_paths=[font_file().parent], ignore_system_fonts=True)


def _code(address: str) -> str:
    """Give the QR code as SVG, with the quiet zone that its standard asks for."""
    drawing = BytesIO()
    segno.make(address, error="m", micro=False).save(drawing, kind="svg", border=4)
    return drawing.getvalue().decode()
