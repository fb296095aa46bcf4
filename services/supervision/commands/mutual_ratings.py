"""What window and departments think of each other's links of the chain (SUP-29)."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from services.chassis.service import Service, Transaction, command
from services.kernel.actor import Actor
from services.supervision.domain.mutual_rating import Link, MutualRating, rating_id


class MutualRatingCommands(Service):
    """The commands of mutual ratings; each is a transaction of its own."""

    @command
    def rate(
        self,
        transaction: Transaction,
        month: date,
        rated: str,
        links: tuple[Link, ...],
        marks: Mapping[Link, int],
        reason: str,
        actor: Actor,
        now: datetime,
    ) -> UUID:
        """Rate the other side's links of the chain in a month; give the rating's id (SUP-29)."""
        rater = actor.department or ""
        one = transaction.find(MutualRating, rating_id(month, rater, rated))
        if one is None:
            one = MutualRating.begin_for(month, rater, rated, actor, now)
            transaction.add(one)
        one.give(links, marks, reason, actor, now)
        return one.id

    @command
    def answer_rating(self, transaction: Transaction, rating: UUID, answer: str, actor: Actor, now: datetime) -> None:
        """Answer a low mark of the other side."""
        transaction.get(MutualRating, rating).say(answer, actor, now)
