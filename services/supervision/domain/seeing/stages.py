"""Who has the case and since when: stages, their holders and signatures, the paper that goes with them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.kernel.calendar import local_day
from services.supervision.domain.case_seen import StageSeen
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture


def _entered(picture: Picture, fact: Fact) -> None:
    data = fact.data
    on = date.fromisoformat(data["entered_on"])
    entered = StageSeen(data["stage"], data["name"], data["department"], data["role"], data["limit"], fact.happened, on, fact.evidence)
    # Facts of before paper went on say nothing of it.
    entered.gets_paper = data.get("paper_from") is not None
    picture.stages.append(entered)


def _assigned(picture: Picture, fact: Fact) -> None:
    for stage in reversed(picture.stages):
        if stage.code == fact.data["stage"] and stage.ended is None:
            stage.holders.append((fact.happened, fact.data["officer"]))
            return


def _signed(picture: Picture, fact: Fact) -> None:
    code = fact.data["stage"]
    if not any(stage.code == code and stage.ended is None for stage in picture.stages):
        picture.contradict(fact, f"「{fact.data['name']}」环节没有进入就已签署")
    picture.signed[code] = fact
    _handed_over(picture, fact)
    end_stages(picture, fact, code)
    if fact.reported is not None and picture.accepted is not None:
        enter(picture, fact)


def _rolled_back(picture: Picture, fact: Fact) -> None:
    for code in fact.data["reopened"]:
        picture.signed.pop(code, None)
    end_stages(picture, fact, *fact.data["reopened"])


def _handed_over(picture: Picture, fact: Fact) -> None:
    picture.paper_with.setdefault(fact.data["department"], fact.happened)


def enter(picture: Picture, fact: Fact) -> None:
    """Enter the stages that are open now, by the item's process: a department's own system reports signatures alone."""
    entered = {stage.code for stage in picture.stages}
    stages: Iterable[Mapping[str, Any]] = picture.item.get("stages", ())
    for stage in stages:
        if stage["code"] not in entered and all(code in picture.signed for code in stage["after"]):
            defined = (stage["code"], stage["name"], stage["department"], stage["role"], stage["limit"])
            picture.stages.append(StageSeen(*defined, fact.happened, local_day(fact.happened), fact.evidence))


def end_stages(picture: Picture, fact: Fact, *codes: str) -> None:
    """End the stages of these codes that are open, or all."""
    for stage in picture.stages:
        if stage.ended is None and (not codes or stage.code in codes):
            stage.ended = fact.happened


SEEN = {
    "stage-entered": _entered,
    "paper-handed-over": _handed_over,
    "officer-assigned": _assigned,
    "stage-signed": _signed,
    "case-rolled-back": _rolled_back,
}
