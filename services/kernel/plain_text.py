"""What people write can be printed on a certificate: no control characters, nothing invisible, no emoji."""

import unicodedata

_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_PICTURES = 0x1F000


def unprintable(text: str) -> str:
    """Give the first character that cannot be printed, as people may name it; nothing where all can. Line breaks are allowed."""
    for character in text:
        category = unicodedata.category(character)
        # Symbols such as ㎡ and ℃ lie below the pictures.
        if (category in _FORBIDDEN and character not in "\r\n\t") or (category == "So" and ord(character) >= _PICTURES):
            return character if category == "So" else f"U+{ord(character):04X}"
    return ""
