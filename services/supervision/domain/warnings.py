"""What a rule finds, the warnings that supervision has raised of it, and how far each card is (SUP-21)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5


class Level(StrEnum):
    """黄灯, 黄牌, 红牌, 异常."""

    LIGHT = "LIGHT"
    YELLOW = "YELLOW"
    RED = "RED"
    ANOMALY = "ANOMALY"


class CardState(StrEnum):
    """How far a card is; the last three are its ends."""

    ISSUED = "ISSUED"
    EXPLAINED = "EXPLAINED"
    REPORTED = "REPORTED"
    APPEALED = "APPEALED"
    UPHELD = "UPHELD"
    RECTIFIED = "RECTIFIED"
    EXEMPTED = "EXEMPTED"
    RETRACTED = "RETRACTED"


class Ground(StrEnum):
    """The grounds on which a department is exempted (E 32)."""

    FRAUD = "FRAUD"
    CONFLICT_OF_LAWS = "CONFLICT_OF_LAWS"
    FORCE_MAJEURE = "FORCE_MAJEURE"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule holds of a case. `key` tells its facts from others of the same rule; `since` is when it began to hold, whenever it was found.

    `standing` is False where it held once and does no longer (a light that went out). `rectified` is when what a card is about was mended,
    as far as events show it. `by_hand` says that a supervisor opened it, so that no rule takes it back.
    """

    rule: str
    version: int
    level: Level
    title: str
    key: str
    since: datetime
    day: date
    clock: str | None
    due: date | None
    department: str
    officer: str | None
    evidence: tuple[str, ...]
    statutory: bool = False
    rectify_by: date | None = None
    standing: bool = True
    over: str = ""
    detail: str = ""
    rectified: datetime | None = None
    rectified_by: tuple[str, ...] = ()
    by_hand: bool = False

    def is_of_the_fact_of(self, other: "Finding") -> bool:
        """Say whether both are about the same fact under the same rule: on shared evidence; that a clock was breached is a fact of its own."""
        return (self.rule, self.clock) == (other.rule, other.clock) and not set(self.evidence).isdisjoint(other.evidence)


@dataclass(frozen=True, slots=True)
class RaisedWarning:
    """A light or card as it was raised, and how it ended, if it did."""

    id: UUID
    finding: Finding
    raised: datetime
    ended: datetime | None = None
    reason: str = ""
    state: CardState = CardState.ISSUED
    explanation: str = ""
    report: str = ""
    reported: datetime | None = None
    rectified: datetime | None = None
    is_seen: bool = False
    """The rectification was seen in the events, not verified by a person."""
    ground: Ground | None = None
    statement: str = ""
    version: int = 1
    """Counts what happened to it, so that nobody answers what somebody else has just changed."""

    @property
    def stands(self) -> bool:
        """Say whether it still stands."""
        return self.ended is None

    @property
    def is_yellow(self) -> bool:
        """Say whether it is a yellow card."""
        return self.finding.level is Level.YELLOW

    @property
    def is_void(self) -> bool:
        """Say whether it counts for nothing: proved wrong, or the department was exempted."""
        return self.state in {CardState.RETRACTED, CardState.EXEMPTED}

    @property
    def met(self) -> datetime | None:
        """When it was mended, or said to be mended and not found otherwise: whoever reports in time does not answer for a late verification."""
        moments = [moment for moment in (self.rectified, self.reported) if moment is not None]
        return min(moments, default=None)


def warning_id(case: UUID, rule: str, key: str) -> UUID:
    """Give the id of a warning: no rule fires twice for the same fact."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:warning:{case}:{rule}:{key}")
