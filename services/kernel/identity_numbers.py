"""The numbers by which persons and legal persons are known (APP-01): GB 11643 and GB 32100, with their check characters."""

from datetime import date

from services.kernel.aggregate import Invalid

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()  # noqa: SIM905 - read as a list
)
_CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_LENGTH = 18


def id_number(text: str, today: date) -> str:
    """Give a person's 18-digit number in its normal form; raise `Invalid` with what is wrong (GB 11643)."""
    number = text.strip().upper()
    if len(number) != _LENGTH or not number[:-1].isascii() or not number[:-1].isdigit() or number[-1] not in _ID_CHECKS:
        raise _invalid("id_number", "公民身份号码为 18 位，前 17 位是数字，末位是数字或 X")
    if number[:2] not in _PROVINCES:
        raise _invalid("id_number", "公民身份号码的地区代码不正确")
    born = _birthday(number)
    if born is None or born > today or born.year < 1900:  # noqa: PLR2004
        raise _invalid("id_number", "公民身份号码中的出生日期不正确")
    if id_check_character(number[:-1]) != number[-1]:
        raise _invalid("id_number", "公民身份号码的校验位不正确，请核对")
    return number


def id_check_character(body: str) -> str:
    """Give the check character of the first 17 digits (ISO 7064, MOD 11-2)."""
    return _ID_CHECKS[sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, body, strict=True)) % 11]


def _birthday(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def credit_code(text: str) -> str:
    """Give a unified social credit code in its normal form; raise `Invalid` with what is wrong (GB 32100)."""
    code = text.strip().upper()
    if len(code) != _LENGTH or any(character not in _CREDIT_CHARACTERS for character in code):
        raise _invalid("credit_code", "统一社会信用代码为 18 位数字或大写字母（不用 I、O、S、V、Z）")
    if credit_check_character(code[:-1]) != code[-1]:
        raise _invalid("credit_code", "统一社会信用代码的校验位不正确，请核对")
    return code


def credit_check_character(body: str) -> str:
    """Give the check character of the first 17 characters (MOD 31-3)."""
    total = sum(weight * _CREDIT_CHARACTERS.index(character) for weight, character in zip(_CREDIT_WEIGHTS, body, strict=True))
    return _CREDIT_CHARACTERS[-total % 31]


def masked(number: str) -> str:
    """Show no more of a number than its ends, as where it is not needed whole (SEC-02)."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if len(number) > 8 else "*" * len(number)  # noqa: PLR2004


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(f"{field.replace('_', '-')}-wrong", message, "APP-01", {field: message})
