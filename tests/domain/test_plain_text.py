"""What can be printed is known of whole texts, as of each character."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.kernel.plain_text import printable, unprintable


@given(st.text())
@example("一、\r\n\t二　三𠮷")
@example("建筑面积 3 ㎡，18 ℃")
@example("a\u2028b")
def test_a_text_is_printable_where_each_of_its_characters_is(text: str) -> None:
    """Given any text, when it is looked at, then it is wrong just where one of its characters would be replaced, and the first of these is told."""
    wrong = [before for before, after in zip(text, printable(text), strict=True) if before != after]

    told = unprintable(text)

    assert told == (wrong[0] if wrong and unicodedata.category(wrong[0]) == "So" else f"U+{ord(wrong[0]):04X}" if wrong else "")


@pytest.mark.parametrize(("text", "told"), [("好😀", "😀"), ("a\x0bb", "U+000B"), ("a\x85", "U+0085"), ("\u202e17", "U+202E"), ("\ue000", "U+E000"), ("", "")])
def test_what_cannot_be_printed_is_named(text: str, told: str) -> None:
    """Given a text with a picture, a control character or something invisible, when it is looked at, then that is told."""
    assert unprintable(text) == told
