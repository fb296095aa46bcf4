"""The cards of offline approvals and of items, found once more as the rules read (SUP-Y02, SUP-Y03, SUP-Y10, SUP-Y11, SUP-R03, SUP-R04)."""

from collections.abc import Collection, Iterator
from datetime import date

from tests.domain.card_model import Card, next_working_day
from tests.domain.catalogue_lives import ELEMENTS, ItemChanges, OfflineApproval
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


def cards_of_item(item: ItemChanges) -> Iterator[Card]:
    """A guide that lacks an element or its form until a later one has it; a revision in force before it was public; a cancellation on no basis."""
    for number, one in enumerate(item.revisions):
        day, editor = item.published(number).date(), f"editor-{number}"
        if one.lacks is None:
            continue
        is_late = number > 0 and item.effective(number) < day
        if any(element in one.lacks for element in ELEMENTS):
            yield Card("SUP-Y02", "", day, DEPARTMENT, editor, mended=_whole_again(item, number, ELEMENTS))
        elif is_late:
            yield Card("SUP-Y02", "", day, DEPARTMENT, editor)
        if "form_fields" in one.lacks:
            yield Card("SUP-Y03", "", day, DEPARTMENT, editor, mended=_whole_again(item, number, ["form_fields"]))
    if item.ended is not None and item.basis is not None and item.basis.strip() == "":
        yield Card("SUP-R04", "", item.ended.date(), DEPARTMENT, "canceller")


def _whole_again(item: ItemChanges, number: int, elements: Collection[str]) -> date | None:
    for later in range(number + 1, len(item.revisions)):
        lacks = item.revisions[later].lacks
        if lacks is not None and lacks.isdisjoint(elements):
            return item.published(later).date()
    return None
