"""Persons and legal persons are known by numbers whose check characters are right (APP-01)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.aggregate import Invalid
from services.kernel.identity_numbers import credit_check_character, credit_code, id_check_character, id_number, masked

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "440524188001010014"[:6] + "19800101001" + id_check_character("44052419800101001"), " 11010519491231002x "]
)
def test_a_right_number_is_taken_in_its_normal_form(number: str) -> None:
    """Given the standard's own example, also with blanks and a small x, it is right."""
    assert id_number(number, TODAY) == number.strip().upper()


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("110105194912310021", "校验位"),
        ("1101051949123100", "18 位"),
        ("11010519491331002X", "出生日期"),
        ("110105202712310020", "出生日期"),
        ("99010519491231002X", "地区"),
        ("1101051949123100２X"[:18], "18 位"),
    ],
)
def test_a_wrong_number_is_refused_with_the_reason(number: str, why: str) -> None:
    """Given a slip, the message says which part is wrong."""
    with pytest.raises(Invalid, match=why):
        id_number(number, TODAY)


@given(st.integers(0, 16), st.integers(1, 9))
def test_every_single_slip_is_found(place: int, slip: int) -> None:
    """Given one wrong digit, the number is refused."""
    right = "11010519491231002X"
    wrong = right[:place] + str((int(right[place]) + slip) % 10) + right[place + 1 :]
    with pytest.raises(Invalid):
        id_number(wrong, TODAY)


def test_a_credit_code_is_checked() -> None:
    """Given a known code of a real company it is right, with a slip it is refused (GB 32100)."""
    assert credit_code("91350100M000100Y43") == "91350100M000100Y43"
    with pytest.raises(Invalid, match="校验位"):
        credit_code("91350100M000100Y44")
    with pytest.raises(Invalid, match="18 位"):
        credit_code("91350100I000100Y43")
    assert credit_check_character("91350100M000100Y4") == "3"


def test_a_masked_number_shows_its_ends_only() -> None:
    """Given a number, what is shown where it is not needed does not tell it (SEC-02)."""
    assert masked("11010519491231002X") == "1101**********002X"
