"""Stops, resumptions and extensions of the clock, and the decision with what follows from it."""

from dataclasses import replace
from datetime import date

from services.kernel.clock import Extension, Stop
from services.supervision.domain.case_seen import FeeSeen
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture
from services.supervision.domain.seeing.stages import end_stages


def _stopped(picture: Picture, fact: Fact) -> None:
    data = fact.data
    known = picture.stops.get(data["stop"])
    begin = date.fromisoformat(data["from_day"])
    picture.stops[data["stop"]] = Stop(begin, known.end if known else None, data["procedure"], data["notice"])


def _resumed(picture: Picture, fact: Fact) -> None:
    stop = picture.stops.get(fact.data["stop"])
    if stop is not None:
        picture.stops[fact.data["stop"]] = Stop(stop.begin, date.fromisoformat(fact.data["to_day"]), stop.kind, stop.event)
    else:
        picture.contradict(fact, "恢复了从未暂停的计时")


def _extended(picture: Picture, fact: Fact) -> None:
    picture.extension = Extension(date.fromisoformat(fact.data["granted_on"]), fact.data["days"])


def _decided(picture: Picture, fact: Fact) -> None:
    if picture.decision is not None:
        picture.contradict(fact, "同一办件作出了两次决定")
    if fact.reported is not None and picture.accepted is None:
        picture.contradict(fact, "没有受理就已作出决定")
    picture.decided, picture.outcome, picture.decision = fact.happened, fact.data["outcome"], fact
    picture.decided_on = date.fromisoformat(fact.data["decided_on"])
    picture.signed_at_decision = dict(picture.signed)
    if fact.reported is not None:
        end_stages(picture, fact)


def _published(picture: Picture, fact: Fact) -> None:
    picture.published = picture.published or fact.happened


def _forwarded(picture: Picture, fact: Fact) -> None:
    picture.forwarded = picture.forwarded or fact.happened


def _charged(picture: Picture, fact: Fact) -> None:
    picture.fees[fact.data["fee"]] = FeeSeen(fact.data["name"], fact.data["amount"], fact)


def _refunded(picture: Picture, fact: Fact) -> None:
    fee = picture.fees.get(fact.data["fee"])
    if fee is not None:
        picture.fees[fact.data["fee"]] = replace(fee, refunded=fact.happened)


SEEN = {
    "clock-stopped": _stopped,
    "clock-resumed": _resumed,
    "limit-extended": _extended,
    "case-decided": _decided,
    "decision-published": _published,
    "preliminary-opinion-forwarded": _forwarded,
    "fee-charged": _charged,
    "fee-refunded": _refunded,
}
