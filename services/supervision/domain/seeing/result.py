"""What became of the result: issued, handed over, archived, revoked; and what was found altered."""

from services.supervision.domain.facts import LOG_ALTERED, Fact
from services.supervision.domain.picture import Picture


def _issued(picture: Picture, fact: Fact) -> None:
    picture.issued = picture.issued or fact.happened


def _delivered(picture: Picture, fact: Fact) -> None:
    picture.delivered = fact.happened


def _archived(picture: Picture, fact: Fact) -> None:
    picture.archived = picture.archived or fact.happened


def _revoked(picture: Picture, fact: Fact) -> None:
    picture.revoked.setdefault(fact.data["number"], fact.happened)


def _altered(picture: Picture, fact: Fact) -> None:
    picture.altered.setdefault(fact.data["number"], fact)


def _log_altered(picture: Picture, fact: Fact) -> None:
    service = fact.data["service"]
    picture.number, picture.item = f"LOG-{service}", {"name": f"{service} 服务的事件流", "department": fact.data["department"]}
    picture.altered_logs.append(fact)


SEEN = {
    "certificate-issued": _issued,
    "result-delivered": _delivered,
    "result-archived": _archived,
    "alteration-found": _altered,
    LOG_ALTERED: _log_altered,
    "certificate-revoked": _revoked,
}
