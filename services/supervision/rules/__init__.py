"""The rules of electronic supervision, one file for each family; each is pure: `(picture, calendar, now) -> findings`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding
from services.supervision.rules.catalogue import R03, R04, Y02, Y03, Y11
from services.supervision.rules.escalation import R02, escalated
from services.supervision.rules.fees import R09
from services.supervision.rules.lateness import Y06, Y07, Y08, Y09
from services.supervision.rules.limits import L01, R01
from services.supervision.rules.others import R10, Y12
from services.supervision.rules.procedure import A01, R05, R06
from services.supervision.rules.records import R08, Y10
from services.supervision.rules.refusals import R07, Y01, Y04, Y05
from services.supervision.rules.unit import Detection, Rule

__all__ = ["RULES", "VERSIONS", "Detection", "Rule", "each_finding", "findings", "rule"]

RULES = (L01, Y01, Y02, Y03, Y04, Y05, Y06, Y07, Y08, Y09, Y10, Y11, Y12, R01, R02, R03, R04, R05, R06, R07, R08, R09, R10, A01)
VERSIONS = {one.code: one.version for one in RULES}
"""The version of each rule that is in force."""
_BY_CODE = {one.code: one for one in RULES}


def _in_force(rules: Sequence[Rule]) -> dict[str, date]:
    return {one.code: one.in_force for one in rules if one.in_force is not None}


_IN_FORCE = _in_force(RULES)


def rule(code: str) -> Rule:
    """Give a rule by its code; raise `KeyError`."""
    return _BY_CODE[code]


def findings(picture: Picture, calendar: WorkingDayCalendar, now: datetime, rules: Sequence[Rule] = RULES) -> list[Finding]:
    """Give everything that the rules find of a case as of a moment, and the cards that supervisors opened; no rule finds the same fact beside such a card."""
    return list(each_finding(picture, calendar, now, rules))


def each_finding(picture: Picture, calendar: WorkingDayCalendar, now: datetime, rules: Sequence[Rule] = RULES) -> Iterator[Finding]:
    """Give the findings one by one, for whoever may not need them all."""
    by_hand = [card.finding for card in picture.cards.values() if card.finding.by_hand]
    seen: list[Finding] = []
    found: list[Finding] = []
    for finding in _enacted((finding for one in rules if one.find is not None for finding in one.find(picture, calendar, now)), picture, rules):
        seen.append(finding)
        if not any(one.is_of_the_fact_of(finding) for one in by_hand):
            found.append(finding)
            yield finding
    mended = [_mended(one, seen) for one in by_hand]
    yield from mended
    if rules is RULES or R02 in rules:
        yield from _enacted(escalated([*found, *mended], picture, now), picture, rules)


def _enacted(found: Iterable[Finding], picture: Picture, rules: Sequence[Rule]) -> Iterator[Finding]:
    """Leave out what a rule's version finds in the time before it was in force, but where a card of an earlier version is about it."""
    since = _IN_FORCE if rules is RULES else _in_force(rules)
    known = {(card.finding.rule, card.finding.key) for card in picture.cards.values()} if since else ()
    for finding in found:
        if finding.day >= since.get(finding.rule, finding.day) or (finding.rule, finding.key) in known:
            yield finding


def _mended(by_hand: Finding, seen: Sequence[Finding]) -> Finding:
    """Give a card by hand with the rectification that its rule sees of the same fact."""
    mended = next((one for one in seen if one.rectified is not None and by_hand.is_of_the_fact_of(one)), None)
    return replace(by_hand, rectified=mended.rectified, rectified_by=mended.rectified_by) if mended else by_hand
