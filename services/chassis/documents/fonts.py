"""The font that documents are set in, and which characters it lacks: a box in place of a letter of somebody's name must never be printed."""

import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont

PACKAGE = "cvttf_NotoSansCJK_Regular"


class FontMissing(RuntimeError):  # noqa: N818 - it is
    """The package with the font is not installed, or holds no font."""


@cache
def font_file() -> Path:
    """Give the file of the font with Chinese characters; raise `FontMissing`."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise FontMissing("the font package cvttf-notosanscjk-regular is not installed")
    files = sorted(Path(found.origin).parent.glob("*.otf"))
    if not files:
        raise FontMissing("the font package cvttf-notosanscjk-regular holds no font")
    return files[0]


@cache
def _drawn() -> frozenset[int]:
    with TTFont(font_file(), lazy=True) as font:
        return frozenset(font.getBestCmap())


def unprintable(text: str) -> str:
    """Give the characters of a text that cannot be printed, each once: those without a glyph, and controls other than the line break."""
    drawn = _drawn()
    bad = (one for one in text if one != "\n" and (ord(one) not in drawn or unicodedata.category(one).startswith("C")))
    return "".join(dict.fromkeys(bad))
