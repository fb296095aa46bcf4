"""What a document of a result says: the decision that it is made from, how long it is valid, and how it stands (CER-05)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Status(StrEnum):
    """What whoever checks a result is told (CER-05)."""

    AUTHENTIC = "AUTHENTIC"
    ALTERED = "ALTERED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a result is made from."""

    case_number: str
    item: str
    item_name: str
    department: str
    authority: str
    result_name: str
    months: int | None
    granted: bool
    grounds: str
    reasons: str
    decided_on: date
    applicant: str
    applicant_sealed: str
    form_sealed: str
    numbered_blank: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A result as it was made. `digest` is of the PDF, `signature` a JWS over number, digest and algorithm; `blank` is the number of the printed blank."""

    number: str
    title: str
    valid_until: date | None
    digest: str
    algorithm: str
    file: str
    signature: str
    blank: str = ""


def valid_until(decided_on: date, months: int | None) -> date | None:
    """Give the last day of a validity of so many months, None where it is unlimited."""
    if months is None:
        return None
    month = decided_on.month - 1 + months
    year, month = decided_on.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
    # Five years from 12 March end on 11 March.
    return date.fromordinal(date(year, month, min(decided_on.day, last)).toordinal() - (1 if decided_on.day <= last else 0))
