"""Sets result documents as PDF (CER-01). The same content gives the same bytes, so that a repeated making changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from itertools import chain
from pathlib import Path

import segno

from services.certificates.documents import wording
from services.chassis.documents.typesetting import check_printable, typeset
from services.chassis.web.wording import formal_day

_HERE = Path(__file__).parent


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
    check_printable("".join(_texts(content)))
    template = "letter" if wording.is_letter(content.title, granted=content.granted) else "certificate"
    return typeset(_HERE / f"{template}.typ", {**_values(content), "address": address, "code": _code(address)}, content.issued_on)


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
        "issued_on": formal_day(content.issued_on),
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


def _code(address: str) -> str:
    """Give the QR code as SVG, with the quiet zone that its standard asks for."""
    drawing = BytesIO()
    segno.make(address, error="m", micro=False).save(drawing, kind="svg", border=4)
    return drawing.getvalue().decode()
