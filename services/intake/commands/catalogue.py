"""What administrators do with the catalogue: publish items and their revisions, and cancel them (CAT-03)."""

from datetime import date, datetime

from services.chassis.service import Service, Transaction, command
from services.intake.domain.item import ItemRevision
from services.intake.domain.service_item import ServiceItem, item_id
from services.kernel.actor import Actor


class CatalogueCommands(Service):
    """The commands of the catalogue; each is a transaction of its own."""

    @command
    def publish_item(self, transaction: Transaction, revision: ItemRevision, actor: Actor, now: datetime) -> None:
        """Add an item or a revision of it; what is there already changes nothing (CAT-03)."""
        item = transaction.find(ServiceItem, item_id(revision.code))
        if item is None:
            transaction.add(ServiceItem.publish(revision, actor, now))
        else:
            item.revise(revision, actor, now)

    @command
    def withdraw_item(self, transaction: Transaction, code: str, last_day: date, reason: str, actor: Actor, now: datetime, basis: str = "") -> None:
        """Cancel an item after a last day."""
        transaction.get(ServiceItem, item_id(code)).withdraw(last_day, reason, actor, now, basis)

    def item(self, code: str) -> ServiceItem:
        """Give an item; raise `NotFound`."""
        return Transaction(self).get(ServiceItem, item_id(code))
