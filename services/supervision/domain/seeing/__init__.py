"""How each fact changes the picture of a case: folded in one order, whatever the order in which the facts were heard."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from services.kernel.aggregate import SYSTEM
from services.kernel.calendar import local_day
from services.supervision.domain.facts import Fact, in_order
from services.supervision.domain.picture import Picture
from services.supervision.domain.seeing import application, catalogue, decision, result, stages

_DAY = timedelta(days=1)
_SEEN: Mapping[str, Callable[[Picture, Fact], None]] = {**application.SEEN, **stages.SEEN, **decision.SEEN, **result.SEEN, **catalogue.SEEN}


def picture_of(facts: Iterable[Fact]) -> Picture:
    """Fold the facts of a case, in whatever order they are given."""
    picture = Picture(facts=in_order(facts))
    for fact in picture.facts:
        picture.evidence[fact.name] = (*picture.evidence.get(fact.name, ()), fact.evidence)
        if fact.recorded - fact.happened > _DAY and fact.actor != SYSTEM.subject and not _is_history(fact):
            picture.late.append(fact)
        if fact.reported is not None:
            picture.reports.setdefault(fact.data["report"], fact)
            # Facts of before `case_number` was kept have the case's in `number`, but where the step is about a result.
            picture.number, picture.reporter = picture.number or fact.data.get("case_number", fact.data["number"]), fact.data["reporter"]
        see = _SEEN.get(fact.name)
        if see is not None:
            see(picture, fact)
    return picture


def _is_history(fact: Fact) -> bool:
    return fact.reported is not None and local_day(fact.happened) < fact.reported
