"""What supervision says: lights and cards, each with its rule and its evidence. The subject is mostly the case."""

from typing import Literal

from contracts.common import Day, Part
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
    opened_by: str | None = None
    detail: str = ""


@public("gov.onewindow.supervision.card-withdrawn.v1")
class CardWithdrawn(PublicEvent):
    """A card was wrong, as a late fact shows; it stays on record with this reason."""

    card: str
    rule: str
    reason: str
    evidence: tuple[str, ...]


@public("gov.onewindow.supervision.card-corrected.v1")
class CardCorrected(PublicEvent):
    """A late fact showed that somebody else was responsible for what a card is about."""

    card: str
    rule: str
    department: str
    officer: str | None


@public("gov.onewindow.supervision.card-explained.v1")
class CardExplained(PublicEvent):
    """The department received a card and explained itself (SUP-21)."""

    card: str
    rule: str
    explanation: str


@public("gov.onewindow.supervision.rectification-reported.v1")
class RectificationReported(PublicEvent):
    """The department says that it has mended what a card is about; a supervisor verifies it."""

    card: str
    rule: str
    report: str
    reported_on: Day


@public("gov.onewindow.supervision.rectification-verified.v1")
class RectificationVerified(PublicEvent):
    """What a card is about was mended on this day: seen in the events, or verified by a supervisor. The card is closed."""

    card: str
    rule: str
    rectified_on: Day
    evidence: tuple[str, ...]


@public("gov.onewindow.supervision.rectification-rejected.v1")
class RectificationRejected(PublicEvent):
    """A supervisor found that it was not mended."""

    card: str
    rule: str
    reason: str


@public("gov.onewindow.supervision.card-appealed.v1")
class CardAppealed(PublicEvent):
    """The department appealed against a card, on one of the three grounds of exemption (E 32)."""

    card: str
    rule: str
    ground: Literal["FRAUD", "CONFLICT_OF_LAWS", "FORCE_MAJEURE"]
    statement: str


@public("gov.onewindow.supervision.appeal-decided.v1")
class AppealDecided(PublicEvent):
    """A supervisor exempted the department, which ends the card, or upheld the card."""

    card: str
    rule: str
    outcome: Literal["EXEMPTED", "UPHELD"]
    reason: str


@public("gov.onewindow.supervision.complaint-registered.v1")
class ComplaintRegistered(PublicEvent):
    """A complaint about the handling of a case was registered (SUP-24)."""

    complaint: str
    channel: Literal["WEB", "LETTER", "VISIT", "TELEPHONE"]
    registered_on: Day
    department: str
    on_the_spot: bool = False


@public("gov.onewindow.supervision.complaint-forwarded.v1")
class ComplaintForwarded(PublicEvent):
    """A department is asked what happened in a case that somebody complained about; it answers to supervision."""

    complaint: str
    department: str
    reason: str


@public("gov.onewindow.supervision.complaint-returned.v1")
class ComplaintReturned(PublicEvent):
    """The department that was asked about a complaint said what it found and did."""

    complaint: str
    department: str
    report: str


@public("gov.onewindow.supervision.complaint-extended.v1")
class ComplaintExtended(PublicEvent):
    """More time for the answer to a complaint was approved."""

    complaint: str
    days: int
    reason: str


@public("gov.onewindow.supervision.complaint-answered.v1")
class ComplaintAnswered(PublicEvent):
    """A complaint has its result. Sealed, the `account` of whoever complained in the own name, and is told."""

    complaint: str
    result: str
    answered_on: Day
    complainant_sealed: str | None = None


@public("gov.onewindow.supervision.disagreement-raised.v1")
class DisagreementRaised(PublicEvent):
    """A department does not agree with what `other`, who takes part in the case, does in it (SUP-29)."""

    disagreement: str
    department: str
    other: str
    matter: str


@public("gov.onewindow.supervision.disagreement-stated.v1")
class DisagreementStated(PublicEvent):
    """The other side said how it sees a disagreement; `department` is that side, `asker` who raised it."""

    disagreement: str
    department: str
    asker: str
    statement: str


@public("gov.onewindow.supervision.disagreement-settled.v1")
class DisagreementSettled(PublicEvent):
    """A disagreement is settled, by a supervisor or, `agreed`, between the two sides."""

    disagreement: str
    sides: tuple[str, str]
    result: str
    agreed: bool


@public("gov.onewindow.supervision.log-altered.v1")
class LogAltered(PublicEvent):
    """These events of a service's log are not as a checkpoint has them (AUD-02); `department` runs it. The subject is the log."""

    service: str
    positions: tuple[int, ...]
    department: str


@public("gov.onewindow.supervision.accountability-found.v1")
class AccountabilityFound(PublicEvent):
    """It was found who answers for a month's confirmed violations, and how, or on which ground nobody does (SUP-27).

    `month` is its first day; without an `officer` the department answers. The subject is who answers for the month.
    """

    month: Day
    department: str
    officer: str | None
    measure: Literal["SUPERVISION_ADVICE", "SUPERVISION_ADMONITION"] | None
    mitigated: bool
    exempted: Literal["FRAUD", "CONFLICT_OF_LAWS", "FORCE_MAJEURE"] | None
    reason: str
    cards: tuple[str, ...]


@public("gov.onewindow.supervision.accountability-withdrawn.v1")
class AccountabilityWithdrawn(PublicEvent):
    """What was found of whoever answers for a month stands no longer, and why."""

    month: Day
    department: str
    officer: str | None
    why: str


class DeadlineChange(Part):
    """What a new version of the calendar changes in one clock: the due day before and after, none while it stands; `reason` names the days."""

    clock: str
    title: str
    before: Day | None
    after: Day | None
    reason: str


@public("gov.onewindow.supervision.deadlines-recomputed.v1")
class DeadlinesRecomputed(PublicEvent):
    """A new version of the calendar changed what is due in a case (CLK-01); nothing is said where it changes nothing."""

    calendar: str
    previous: str
    changes: tuple[DeadlineChange, ...]
    department: str
    officer: str | None
