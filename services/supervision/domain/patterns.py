"""Ways of handling that keep the lights green and the applicant waiting: each is seen in the facts of a case, with its evidence; none is a card by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from statistics import median

from services.kernel.calendar import SHANGHAI, WorkingDayCalendar, local_day
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture


class PatternKind(StrEnum):
    """What a supervisor ought to look at."""

    STOP_BEFORE_EXPIRY = "STOP_BEFORE_EXPIRY"
    REPEATED_CORRECTION = "REPEATED_CORRECTION"
    AFTER_HOURS = "AFTER_HOURS"
    BACK_ENTRY = "BACK_ENTRY"
    INSTANT_DECISION = "INSTANT_DECISION"
    DEEMED_ACCEPTANCE = "DEEMED_ACCEPTANCE"
    LONG_STOP = "LONG_STOP"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on something is a pattern, as data."""

    left_when_stopped: int = 1
    """Working days left, at most, when a stop begins."""
    corrections: int = 2
    signatures_in_a_burst: int = 5
    """Signatures of one officer, after hours, on one day."""
    opens: time = time(8, 30)
    closes: time = time(18, 0)
    seconds_to_decide: int = 120
    """From acceptance to decision, for an item that is not decided on the day itself."""
    times_the_median: float = 3.0
    """A stop that lasts so many times the median of its item."""
    stops_for_a_median: int = 5
    """With fewer stops of an item, there is no median to speak of."""


THRESHOLDS = Thresholds()


REVISED = {"clock-stopped": (PatternKind.STOP_BEFORE_EXPIRY, PatternKind.LONG_STOP), "case-decided": (PatternKind.INSTANT_DECISION,)}
"""What a later fact may show to be none after all, by the fact that showed it."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing seen in a case. `weight` is the number that makes it remarkable: days left, ordinal, seconds, days stopped.

    A stop that still lasts grows by the day: `lasts_since` is the day on which it began, and its weight is counted when somebody asks.
    """

    kind: PatternKind
    happened: datetime
    officer: str | None
    weight: int
    detail: str
    evidence: str
    lasts_since: date | None = None


def signs(picture: Picture, calendar: WorkingDayCalendar, thresholds: Thresholds = THRESHOLDS) -> Iterator[Sign]:
    """Give what a case shows; after-hours signatures and stops one by one, since only many of them, or the longest, are a pattern."""
    for fact in picture.facts:
        if fact.name == "clock-stopped":
            yield from _stopped(picture, fact, calendar, thresholds)
        elif fact.name == "correction-notice-issued" and fact.data["ordinal"] >= thresholds.corrections:
            yield Sign(PatternKind.REPEATED_CORRECTION, fact.happened, fact.actor, fact.data["ordinal"], f"第 {fact.data['ordinal']} 次要求补正", fact.evidence)
        elif fact.name == "stage-signed" and is_after_hours(fact.happened, calendar, thresholds):
            local = fact.happened.astimezone(SHANGHAI)
            yield Sign(PatternKind.AFTER_HOURS, fact.happened, fact.data["officer"], 1, f"{local:%m-%d %H:%M} 签署「{fact.data['name']}」", fact.evidence)
        elif fact.name == "application-accepted" and fact.data["deemed"]:
            yield Sign(PatternKind.DEEMED_ACCEPTANCE, fact.happened, None, 1, "受理时限内没有答复，拖成视为受理", fact.evidence)
    yield from _decided(picture, thresholds)
    offline = picture.offline
    if offline is not None and offline.data["cause"] not in {"OUTAGE", "CLASSIFIED"}:
        detail = f"{offline.data['approved_on']} 线下办理，没有系统故障，{offline.data['registered_on']} 补录"
        yield Sign(PatternKind.BACK_ENTRY, offline.happened, offline.data["officer"], 1, detail, offline.evidence)


def is_after_hours(moment: datetime, calendar: WorkingDayCalendar, thresholds: Thresholds = THRESHOLDS) -> bool:
    """Say whether nobody works then."""
    local = moment.astimezone(SHANGHAI)
    return not calendar.is_working(local.date()) or not thresholds.opens <= local.time() < thresholds.closes


def _stopped(picture: Picture, fact: Fact, calendar: WorkingDayCalendar, thresholds: Thresholds) -> Iterator[Sign]:
    promised = picture.clock("promised")
    day = local_day(fact.happened)
    if promised is not None and day >= promised.facts.start:
        left = promised.said(calendar, day).left
        if 0 <= left <= thresholds.left_when_stopped:
            yield Sign(PatternKind.STOP_BEFORE_EXPIRY, fact.happened, fact.actor, left, f"只剩 {left} 个工作日时暂停计时", fact.evidence)
    stop = picture.stops.get(fact.data["stop"])
    if stop is not None:
        # The end of the case ends every stop that still lasts (clock.md, rule 5).
        end = min((day for day in (stop.end, picture.ended_on) if day is not None), default=None)
        days = calendar.count(stop.begin, max(end, stop.begin)) if end else 0
        detail = f"预计 {fact.data['expected_days']} 个工作日"
        yield Sign(PatternKind.LONG_STOP, fact.happened, fact.actor, days, detail, fact.evidence, None if end else stop.begin)


def _decided(picture: Picture, thresholds: Thresholds) -> Iterator[Sign]:
    decision = picture.decision
    if decision is None or picture.accepted is None or picture.deemed or not picture.item.get("promised_limit"):
        return
    seconds = int((decision.happened - picture.accepted).total_seconds())
    if 0 <= seconds <= thresholds.seconds_to_decide:
        yield Sign(PatternKind.INSTANT_DECISION, decision.happened, decision.data["officer"], seconds, f"受理后 {seconds} 秒就作出决定", decision.evidence)


def is_long(days: int, of_the_item: Sequence[int], thresholds: Thresholds = THRESHOLDS) -> bool:
    """Say whether a stop lasted far longer than the median of its item's stops."""
    return len(of_the_item) >= thresholds.stops_for_a_median and days > thresholds.times_the_median * max(median(of_the_item), 1)
