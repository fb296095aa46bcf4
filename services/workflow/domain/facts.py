"""What a case is made of: what it was accepted with, its open and signed stages, its stops and its extension."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.kernel.process import ProcessDefinition, SpecialProcedure


class Outcome(StrEnum):
    """How a case was decided."""

    GRANTED = "GRANTED"
    REFUSED = "REFUSED"


class CaseState(StrEnum):
    """How far a case is."""

    OPEN = "OPEN"
    DECIDED = "DECIDED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class ItemFee:
    """A fee by its published standard; `amount` is in fen (FEE-01)."""

    name: str
    standard: str
    amount: int
    basis: str


@dataclass(frozen=True, slots=True)
class CaseFee:
    """A fee that was taken; `receipt` is the number of the slip."""

    id: str
    name: str
    amount: int
    receipt: str
    refunded: bool = False


@dataclass(frozen=True, slots=True)
class CaseItem:
    """What a case knows of the item revision under which it was received (CAT-03). Limits are in working days."""

    code: str
    revision: int
    name: str
    kind: str
    department: str
    statutory_limit: int
    promised_limit: int
    acceptance_limit: int
    process: ProcessDefinition
    special_procedures: tuple[SpecialProcedure, ...]
    result_name: str
    result_months: int | None
    decision_authority: str
    preliminary_limit: int | None = None
    publication_limit: int | None = None
    certificate_limit: int | None = None
    online_grade: str | None = None
    materials: tuple[str, ...] | None = None
    fees: tuple[ItemFee, ...] | None = None
    numbered_blank: bool = False


@dataclass(frozen=True, slots=True)
class CaseMaterial:
    """A material of the case; the file lies with intake, or with workflow where it was `added` later."""

    code: str
    name: str
    paper: bool
    digest: str | None = None
    added: bool = False
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class OpenStage:
    """A stage that waits for its signature, and the officer who holds it; `paper_from` is the department from which its own was to get the paper."""

    code: str
    entered_on: date
    officer: str | None = None
    officer_name: str = ""
    paper_from: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A stage as it was signed."""

    stage: str
    officer: str
    officer_name: str
    approves: bool
    opinion: str
    signed: datetime


@dataclass(frozen=True, slots=True)
class CaseStop:
    """A special procedure that stops the clocks; without an end it lasts."""

    id: str
    procedure: SpecialProcedure
    begin: date
    expected_days: int
    reason: str
    notice: str
    end: date | None = None
