"""The cards of approvals that were given offline, found once more as the rules read (SUP-Y10, SUP-Y11, SUP-R03)."""

from collections.abc import Iterator

from tests.domain.card_model import Card, next_working_day
from tests.domain.catalogue_lives import OfflineApproval
from tests.domain.lives import DEPARTMENT, START


def cards_of_offline(one: OfflineApproval) -> Iterator[Card]:
    """Without an item in the catalogue; without a reason where it must be online; registered later than on the next working day, but for an outage."""
    rules = []
    if not one.in_catalogue:
        rules.append("SUP-R03")
    elif one.grade in "AB" and (one.cause == "NONE" or one.reason.strip() == ""):
        rules.append("SUP-Y11")
    if one.cause != "OUTAGE" and one.registered.date() > next_working_day(START.date()):
        rules.append("SUP-Y10")
    for rule in rules:
        yield Card(rule, "", one.registered.date(), DEPARTMENT, one.officer)
