"""Takes news of the past out of what is told singly, and tells it in the morning (ADR 0023)."""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from contracts.supervision import CardIssued, CardWithdrawn, YellowLightLit
from services.chassis.service import Transaction
from services.chassis.web.wording import formal_day
from services.kernel.calendar import local_day
from services.notification.domain.correspondence import Correspondence, Mailed
from services.notification.domain.gathering import Gathering, PastCard, gathering_id, is_past, morning_after, past_card_id
from services.notification.domain.message import Contact
from services.notification.notices import Addresses, concerned, gathered_notice


def takes(event: PublicEvent, envelope: Envelope, transaction: Transaction) -> bool:
    """Take an event that is news of the past, and say whether it is: each recipient's morning counts its card."""
    now = envelope.recorded
    match event:
        case YellowLightLit():
            # A light reminds of what is due within days; where these are long over, what came of it has cards of its own.
            return is_past(envelope.time, now)
        case CardIssued() if event.opened_by is None and is_past(envelope.time, now):
            recipients, stands = tuple(concerned(event.officer, event.department)), True
            known = transaction.find(PastCard, past_card_id(event.card))
            if known is None:
                known = PastCard.of(event.card, now)
                transaction.add(known)
            known.issue(recipients, now)
        case CardWithdrawn():
            known = transaction.find(PastCard, past_card_id(event.card))
            if known is None or not known.recipients:
                return False
            recipients, stands = known.recipients, False
            known.withdraw(now)
        case _:
            return False
    for mailbox in recipients:
        _open(mailbox, now, transaction).hear(event.card, now, stands=stands)
    return True


def _open(mailbox: str, now: datetime, transaction: Transaction) -> Gathering:
    """Give the first morning after a moment that has not told yet: nothing is ever added to what was told."""
    due = morning_after(now)
    while (known := transaction.find(Gathering, gathering_id(mailbox, due))) is not None:
        if known.is_open:
            return known
        due = morning_after(due)
    begun = Gathering.begin_for(mailbox, due, now)
    transaction.add(begun)
    return begun


def tell(gathering: Gathering, now: datetime, transaction: Transaction, directory: Addresses, mailed: Mailed) -> None:
    """Tell a mailbox what it has not been told, if there is anything, and close what was gathered for it."""
    if not gathering.is_open:
        return
    gathering.close(now)
    if gathering.news:
        letter = Correspondence.about(uuid5(NAMESPACE_URL, f"urn:onewindow:gathered:{gathering.id}"), gathering.due, now)
        transaction.add(letter)
        letter.learn(Contact("", None, "", formal_day(local_day(gathering.due)), "过往事项"), now, mailed=mailed)
        letter.tell(gathered_notice(gathering, directory), now, mailed=mailed)
