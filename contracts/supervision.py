"""What supervision says: lights and cards, each with its rule and its evidence. The subject is the case."""

from typing import Literal

from contracts.common import Day
from contracts.registry import PublicEvent, public


@public("gov.onewindow.supervision.yellow-light-lit.v1")
class YellowLightLit(PublicEvent):
    """At most one working day is left of a clock (SUP-L01)."""

    rule: str
    clock: str
    department: str
    officer: str | None
    due: Day
    lit_on: Day
    evidence: tuple[str, ...]


@public("gov.onewindow.supervision.yellow-light-went-out.v1")
class YellowLightWentOut(PublicEvent):
    """The light no longer stands, and why."""

    rule: str
    clock: str
    reason: str


@public("gov.onewindow.supervision.card-issued.v1")
class CardIssued(PublicEvent):
    """A card was issued. `officer` is the one responsible at the moment of the violation."""

    card: str
    level: Literal["YELLOW", "RED", "ANOMALY"]
    rule: str
    rule_version: int
    title: str
    clock: str | None
    item: str
    department: str
    officer: str | None
    statutory: bool
    due: Day | None
    rectify_by: Day | None
    evidence: tuple[str, ...]


@public("gov.onewindow.supervision.card-withdrawn.v1")
class CardWithdrawn(PublicEvent):
    """A card was wrong, as a late fact shows; it stays on record with this reason."""

    card: str
    rule: str
    reason: str
    evidence: tuple[str, ...]
