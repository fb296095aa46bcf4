"""What a rule finds, and the warnings that supervision has raised of it."""

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


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule holds of a case. `key` tells its facts from others of the same rule; `since` is when it began to hold, whenever it was found.

    `standing` is False where it held once and does no longer (a light that went out).
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


@dataclass(frozen=True, slots=True)
class RaisedWarning:
    """A light or card as it was raised, and how it ended, if it did."""

    id: UUID
    finding: Finding
    raised: datetime
    ended: datetime | None = None
    reason: str = ""

    @property
    def stands(self) -> bool:
        """Say whether it still stands."""
        return self.ended is None


def warning_id(case: UUID, rule: str, key: str) -> UUID:
    """Give the id of a warning: no rule fires twice for the same fact."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:warning:{case}:{rule}:{key}")
