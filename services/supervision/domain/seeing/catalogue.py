"""What is no case but is watched like one: items of the catalogue, and approvals given outside the window."""

from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture


def _offline(picture: Picture, fact: Fact) -> None:
    data = fact.data
    picture.offline, picture.number = fact, data["number"]
    picture.item = {"code": data["item"] or "", "name": data["item_name"], "department": data["department"], "online_grade": data["online_grade"]}


def _revised(picture: Picture, fact: Fact) -> None:
    picture.revisions.append(fact)
    picture.item, picture.number = fact.data["item"], fact.data["item"]["code"]


def _cancelled(picture: Picture, fact: Fact) -> None:
    picture.cancelled = fact
    if not picture.item:
        picture.item = {"code": fact.data["item"], "name": fact.data["name"] or fact.data["item"], "department": fact.data["department"]}
        picture.number = fact.data["item"]


SEEN = {
    "offline-approval-registered": _offline,
    "item-revision-published": _revised,
    "item-withdrawn": _cancelled,
}
