"""A complaint about the handling of a case, or about an item of the catalogue, and how far its answer is (SUP-24)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ExtensionAsked:
    """So many working days more, why, and who asks."""

    days: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint as it was registered; its text stays within supervision."""

    id: str
    channel: str
    text: str
    department: str
    officer: str | None
    registered_on: date
    extended_on: date | None = None
    extended_by: int = 0
    answered: datetime | None = None
    result: str = ""
    complainant: str | None = None
    """The account of whoever complained in the own name."""
    on_the_spot: bool = False
    """Whether it was simple, and settled when it was registered."""
    extension_asked: ExtensionAsked | None = None
    """More time that waits for another supervisor's approval."""
    forwarded_to: str | None = None
    """The department that was asked what happened; it answers to supervision."""
    returned: datetime | None = None
    report: str = ""
    card: UUID | None = None
    """The card that was issued on it."""
