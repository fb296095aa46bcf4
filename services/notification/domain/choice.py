"""By which channels a person wants to be told: in the application always, by e-mail unless the person said otherwise (NOT-01)."""

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from services.kernel.actor import Actor
from services.kernel.aggregate import RecordedAggregate


def choice_id(account: str) -> UUID:
    """Give the id of what an account chose."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:channels:{account}")


class ChannelChoice(RecordedAggregate):
    """What one person chose; only that person does. It holds for what is told from then on."""

    TOPIC = "notification.ChannelChoice"

    class Begun(RecordedAggregate.Created):
        """The person chooses for the first time."""

    class EmailChosen(RecordedAggregate.Event):
        """The person wants e-mails, or no longer."""

        wanted: bool

        def apply(self, aggregate: "ChannelChoice") -> None:
            """Remember it."""
            aggregate.email = self.wanted

    def __init__(self) -> None:
        self.email = True

    @classmethod
    def of(cls, actor: Actor, now: datetime) -> "ChannelChoice":
        """Begin with the choice of whoever acts."""
        return cls.begin(cls.Begun, choice_id(actor.subject), actor, now)

    def choose(self, actor: Actor, now: datetime, *, email: bool) -> None:
        """Choose; the same again changes nothing."""
        if email is not self.email:
            self.record(self.EmailChosen, actor, now, wanted=email)
