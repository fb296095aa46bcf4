"""One dated revision of an item (事项版本) and its guide「两清单一图表」(CAT-01, CAT-02)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.kernel.process import ProcessDefinition, SpecialProcedure

STATUTORY_DEFAULT = 20
STATUTORY_JOINT = 45
ACCEPTANCE_DEFAULT = 5
COMMITMENT_LIMIT = 3


class Theme(StrEnum):
    """The themes under which the public finds an item (CAT-01)."""

    REGISTRATION = "REGISTRATION"
    OPERATION = "OPERATION"
    LIVELIHOOD = "LIVELIHOOD"
    INVESTMENT = "INVESTMENT"


class ItemKind(StrEnum):
    """How an item is handled (CAT-01)."""

    INSTANT = "INSTANT"
    PROMISED = "PROMISED"
    ESCALATED = "ESCALATED"
    JOINT = "JOINT"


class MaterialFormat(StrEnum):
    """In which form a material may be handed in (APP-04)."""

    ELECTRONIC = "ELECTRONIC"
    PAPER = "PAPER"
    EITHER = "EITHER"


class FieldType(StrEnum):
    """What a field of the application form holds."""

    TEXT = "TEXT"
    LONG_TEXT = "LONG_TEXT"
    NUMBER = "NUMBER"
    DATE = "DATE"
    CHOICE = "CHOICE"


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """The article of a law on which something rests."""

    law: str
    article: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class MaterialDefinition:
    """A material to hand in. `media_types` are those that an electronic one may have; `tolerable` allows 容缺受理 (COR-08)."""

    code: str
    name: str
    required: bool = True
    format: MaterialFormat = MaterialFormat.EITHER
    copies: int = 1
    original_check: bool = False
    sample: str = ""
    media_types: tuple[str, ...] = ("application/pdf", "image/jpeg", "image/png")
    tolerable: bool = False


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the application form. `printed` fields stand on the certificate."""

    code: str
    label: str
    type: FieldType = FieldType.TEXT
    required: bool = True
    choices: tuple[str, ...] = ()
    hint: str = ""
    max_length: int = 200
    printed: bool = False


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee by its standard and basis; `amount` is in fen (FEE-01)."""

    name: str
    standard: str
    amount: int
    basis: str


@dataclass(frozen=True, slots=True)
class ResultDefinition:
    """What a grant results in; `months` is its validity, none where it is unlimited.

    A `numbered_blank` is printed by an officer of the department, who enters its number.
    """

    name: str
    months: int | None = None
    numbered_blank: bool = False


@dataclass(frozen=True, slots=True)
class WindowAddress:
    """Where the item is handled in person."""

    address: str
    hours: str


@dataclass(frozen=True, slots=True)
class OnlineGrade:
    """How far the item goes online, A to D; a delayed one says why and until when (CAT-01)."""

    grade: str
    delayed_reason: str = ""
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class ItemRevision:
    """All that is published of an item from `effective_from` on; what it must say is `guide.check_complete`'s business. Limits are in working days."""

    code: str
    revision: int
    effective_from: date
    name: str
    department: str
    theme: Theme
    kind: ItemKind
    online_grade: OnlineGrade
    summary: str
    legal_basis: tuple[LegalBasis, ...]
    conditions: tuple[str, ...]
    materials: tuple[MaterialDefinition, ...]
    form: tuple[FormField, ...]
    process: ProcessDefinition
    handling_method: str
    statutory_limit: int
    promised_limit: int
    result: ResultDefinition
    decision_authority: str
    window: WindowAddress
    responsibilities: tuple[str, ...]
    accountability: tuple[str, ...]
    consultation_phone: str
    complaint_phone: str
    fees: tuple[Fee, ...] = ()
    acceptance_limit: int = ACCEPTANCE_DEFAULT
    preliminary_limit: int | None = None
    publication_limit: int = 7
    certificate_limit: int = 10
    special_procedures: tuple[SpecialProcedure, ...] = ()
    classified_exemption: str = ""

    @property
    def departments(self) -> frozenset[str]:
        """Every department that takes part in handling it."""
        return frozenset({self.department, *(stage.department for stage in self.process.stages)})

    def material(self, code: str) -> MaterialDefinition | None:
        """Give the material of this code."""
        return next((material for material in self.materials if material.code == code), None)

    def limit_to_accept(self, *, commitment: bool) -> int:
        """Give the acceptance limit: 3 days from a 受理承诺单, or the promised limit if that is shorter (COR-01)."""
        return min(self.acceptance_limit, COMMITMENT_LIMIT, self.promised_limit) if commitment else self.acceptance_limit


def revision_in_force(revisions: Iterable[ItemRevision], day: date) -> ItemRevision | None:
    """Give the revision that applies to an application received on this day, None before the first (CAT-03)."""
    return max((revision for revision in revisions if revision.effective_from <= day), key=lambda revision: revision.effective_from, default=None)
