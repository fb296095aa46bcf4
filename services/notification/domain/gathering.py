"""News of the past: a card whose lawful moment lies far back is not told singly but counted, in one message for each mailbox and morning (ADR 0023)."""

from datetime import datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from services.kernel.aggregate import SYSTEM, RecordedAggregate
from services.kernel.calendar import SHANGHAI, local_day

PAST = timedelta(days=10)
"""From the last working day before the longest holiday (nine days) to the first one after it, on which it may still be reported in time."""
TELLING = time(8)
"""Local time. It leaves the night, in which histories are sent, in one piece, and comes before the working day in which a card can be answered."""


def is_past(happened: datetime, recorded: datetime) -> bool:
    """Say whether something that was found only now is news of the past: local days count, not hours."""
    return local_day(recorded) - local_day(happened) > PAST


def morning_after(moment: datetime) -> datetime:
    """Give when that is told of which one hears at a moment."""
    morning = datetime.combine(local_day(moment), TELLING, SHANGHAI)
    return morning if moment < morning else morning + timedelta(days=1)


def past_card_id(card: str) -> UUID:
    """Give the id under which a card of the past is kept."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:past-card:{card}")


def gathering_id(mailbox: str, due: datetime) -> UUID:
    """Give the id of what a mailbox is told on a morning."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:gathering:{mailbox}:{local_day(due)}")


class PastCard(RecordedAggregate):
    """A card of the past. Those who were told of it by number are told by number, too, that it was withdrawn."""

    TOPIC = "notification.PastCard"

    class Begun(RecordedAggregate.Created):
        """The card was heard of."""

    class Issued(RecordedAggregate.Event):
        """The card was issued, perhaps anew after a withdrawal."""

        recipients: tuple[str, ...]

        def apply(self, aggregate: "PastCard") -> None:
            """Remember for whom it counts."""
            aggregate.recipients = self.recipients

    class Withdrawn(RecordedAggregate.Event):
        """The card was withdrawn."""

        def apply(self, aggregate: "PastCard") -> None:
            """It counts for nobody."""
            aggregate.recipients = ()

    def __init__(self) -> None:
        self.recipients: tuple[str, ...] = ()
        """For whom it counts, nobody where it does not stand."""

    @classmethod
    def of(cls, card: str, now: datetime) -> "PastCard":
        """Begin with a card."""
        return cls.begin(cls.Begun, past_card_id(card), SYSTEM, now)

    def issue(self, recipients: tuple[str, ...], now: datetime) -> None:
        """Let it count for those whom it concerns."""
        self.record(self.Issued, SYSTEM, now, recipients=recipients)

    def withdraw(self, now: datetime) -> None:
        """Let it count no longer."""
        self.record(self.Withdrawn, SYSTEM, now)


class Gathering(RecordedAggregate):
    """What one mailbox is told on one morning. A card that came and was withdrawn before is no news, nor is one that was withdrawn and came again."""

    TOPIC = "notification.Gathering"

    class Begun(RecordedAggregate.Created):
        """The first news came."""

        mailbox: str
        due: datetime

    class CardCame(RecordedAggregate.Event):
        """A card of the past was issued."""

        card: str

        def apply(self, aggregate: "Gathering") -> None:
            """Count it, or forget that it had gone."""
            aggregate.turn(self.card, stands=True)

    class CardWent(RecordedAggregate.Event):
        """A card of the past was withdrawn."""

        card: str

        def apply(self, aggregate: "Gathering") -> None:
            """Forget it, or count that it went where an earlier morning told of it."""
            aggregate.turn(self.card, stands=False)

    class Closed(RecordedAggregate.Event):
        """The morning came. What comes now is told on the next one."""

        def apply(self, aggregate: "Gathering") -> None:
            """Take nothing more."""
            aggregate.is_open = False

    def __init__(self, mailbox: str, due: datetime) -> None:
        self.mailbox = mailbox
        self.due = due
        self.is_open = True
        self.news: dict[str, bool] = {}
        """The cards that came, True, or went, False."""

    @classmethod
    def begin_for(cls, mailbox: str, due: datetime, now: datetime) -> "Gathering":
        """Begin with what a mailbox is told on a morning."""
        return cls.begin(cls.Begun, gathering_id(mailbox, due), SYSTEM, now, mailbox=mailbox, due=due)

    def turn(self, card: str, *, stands: bool) -> None:
        """Keep how a card stands now; as it stood before is no news."""
        if self.news.get(card, stands) is stands:
            self.news[card] = stands
        else:
            del self.news[card]

    def hear(self, card: str, now: datetime, *, stands: bool) -> None:
        """Hear that a card came or went."""
        self.record(self.CardCame if stands else self.CardWent, SYSTEM, now, card=card)

    def close(self, now: datetime) -> None:
        """Take nothing more."""
        if self.is_open:
            self.record(self.Closed, SYSTEM, now)

    @property
    def came(self) -> int:
        """How many cards stand of which nothing was told before."""
        return sum(self.news.values())

    @property
    def went(self) -> int:
        """How many cards of which an earlier morning told were withdrawn."""
        return len(self.news) - self.came
