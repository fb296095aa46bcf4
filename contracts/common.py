"""Words that several services' public events share."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Day = date
"""A local day (Asia/Shanghai)."""
WorkingDays = int
ItemKind = Literal["INSTANT", "PROMISED", "ESCALATED", "JOINT"]
Channel = Literal["ONLINE", "WINDOW", "KIOSK", "POST", "DEPARTMENT"]
Outcome = Literal["GRANTED", "REFUSED"]
SpecialProcedure = Literal["HEARING", "BIDDING", "AUCTION", "INSPECTION", "TESTING", "QUARANTINE", "APPRAISAL", "EXPERT_REVIEW"]


class Part(BaseModel):
    """A part of a public event's data: frozen and closed, as the event itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(Part):
    """One stage of a process: its limit is in working days; those with the same `after` run in parallel (FLW-01)."""

    code: str
    name: str
    department: str
    role: str
    limit: WorkingDays
    after: tuple[str, ...] = ()


class Fee(Part):
    """A fee by its published standard; `amount` is in fen (FEE-01)."""

    name: str
    standard: str
    amount: int
    basis: str


class ItemSnapshot(Part):
    """What a case must know of the item revision under which it was received, and keeps (CAT-03).

    What is None was not said yet when the event was made; no rule may conclude anything from it.
    """

    code: str
    revision: int
    name: str
    kind: ItemKind
    department: str
    statutory_limit: WorkingDays
    promised_limit: WorkingDays
    acceptance_limit: WorkingDays
    accepted_by: str
    stages: tuple[Stage, ...]
    special_procedures: tuple[SpecialProcedure, ...] = ()
    result_name: str
    result_months: int | None = Field(description="validity of the result in months; none where it is unlimited")
    decision_authority: str
    preliminary_limit: WorkingDays | None = None
    publication_limit: WorkingDays | None = None
    certificate_limit: WorkingDays | None = None
    online_grade: Literal["A", "B", "C", "D"] | None = None
    materials: tuple[str, ...] | None = None
    fees: tuple[Fee, ...] | None = None
    numbered_blank: bool = Field(default=False, description="the result is printed on a numbered blank, by an officer")


class ApplicantReference(Part):
    """The applicant as the bus may know it: a reference. `sealed` is a JWE with name, numbers and contact, for those who hold the key (SEC-02)."""

    reference: str
    kind: Literal["PERSON", "LEGAL_PERSON"]
    sealed: str
