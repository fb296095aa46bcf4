"""What people write can be printed on a certificate: no control characters, nothing invisible, no emoji."""

import re
import unicodedata

_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_PICTURES = 0x1F000
_BLANKS = re.compile("[\r\n\t\u3000]+")
_RARE = re.compile("[\U0001f000-\U0010ffff]")


def unprintable(text: str) -> str:
    """Give the first character that cannot be printed, as people may name it; nothing where all can. Line breaks are allowed."""
    # Almost every text is plainly printable, which Python says of a whole text at once.
    plain = _BLANKS.sub("", text)
    if plain.isprintable() and not _RARE.search(plain):
        return ""
    for character in text:
        if not _is_printable(character):
            return character if unicodedata.category(character) == "So" else f"U+{ord(character):04X}"
    return ""


def printable(text: str) -> str:
    """Give the text with a mark in place of each character that cannot be printed: for what is quoted from others."""
    return "".join(character if _is_printable(character) else "\ufffd" for character in text)


def _is_printable(character: str) -> bool:
    category = unicodedata.category(character)
    # Symbols such as ㎡ and ℃ lie below the pictures.
    return (category not in _FORBIDDEN or character in "\r\n\t") and not (category == "So" and ord(character) >= _PICTURES)
