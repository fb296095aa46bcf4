"""The cards of complaints, found once more by the slow model: five working days and those that were approved in time (SUP-Y09, SUP-24)."""

from collections.abc import Iterable, Iterator

from tests.domain.card_model import Card, Clock, day_of
from tests.domain.complaint_lives import Complained
from tests.domain.life_model import responsible
from tests.domain.lives import DAY, Life


def cards_of_complaints(life: Life, complaints: Iterable[Complained]) -> Iterator[Card]:
    """Give the cards; whoever was responsible for the case when somebody complained answers for it."""
    for one in complaints:
        extensions = () if one.extended is None else ({"on": one.extended.date(), "days": one.days},)
        answer = Clock("SUP-Y09", "complaint", one.registered, 5, one.answered, one.answered, extensions=extensions).answer()
        if answer["breached_at"]:
            yield Card("SUP-Y09", "complaint", answer["due"] + DAY, *responsible(life, one.registered), mended=day_of(one.answered))
