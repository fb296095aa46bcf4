"""A spot check: cases drawn by chance that anybody can draw again, a finding for each, and a card where something was at fault (SUP-28, E 17(4))."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, RecordedAggregate, Refusal

MOST = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that could be drawn."""

    case: UUID
    number: str
    item_name: str
    department: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a supervisor found in a drawn case; a rule where it was at fault, with the card that was issued."""

    reason: str
    rule: str | None
    card: UUID | None
    found: datetime
    by: str


def draw(population: Sequence[Candidate], size: int, seed: int) -> tuple[Candidate, ...]:
    """Draw cases by chance: the same population and seed give the same cases, in whatever order the population comes."""
    ordered = sorted(population, key=lambda one: one.case)
    return tuple(random.Random(seed).sample(ordered, min(size, len(ordered))))  # noqa: S311 - to be drawn again, not to be secret


def digest_of(population: Sequence[Candidate]) -> str:
    """Give what proves which cases could be drawn."""
    return sha256("\n".join(sorted(str(one.case) for one in population)).encode()).hexdigest()


class SpotCheck(RecordedAggregate):
    """One draw, with what was found."""

    TOPIC = "supervision.SpotCheck"

    class Drawn(RecordedAggregate.Created):
        """Cases were drawn. `digest` is that of all cases that could be."""

        seed: int
        population: int
        digest: str
        department: str
        first: date
        last: date
        drawn: tuple[Candidate, ...]

    class Found(RecordedAggregate.Event):
        """A drawn case was looked at."""

        case: UUID
        finding: Finding

        def apply(self, aggregate: "SpotCheck") -> None:
            """Keep the finding."""
            aggregate.findings[self.case] = self.finding

    def __init__(self, seed: int, population: int, digest: str, department: str, first: date, last: date, drawn: tuple[Candidate, ...]) -> None:
        self.seed = seed
        self.population = population
        self.digest = digest
        self.department = department
        self.first = first
        self.last = last
        self.drawn = drawn
        self.findings: dict[UUID, Finding] = {}

    @classmethod
    def draw_cases(
        cls, check: UUID, population: Sequence[Candidate], size: int, seed: int, department: str, first: date, last: date, actor: Actor, now: datetime
    ) -> "SpotCheck":
        """Draw so many cases of a department (all where it is empty) that were received in a period."""
        _check_supervisor(actor)
        errors = {}
        if not 1 <= size <= MOST:
            errors["size"] = f"一次抽取 1 至 {MOST} 件"
        if last < first:
            errors["last"] = "截止日期不能早于起始日期"
        if not population and not errors:
            errors["first"] = "这段时间没有收到办件"
        if errors:
            raise Invalid("draw-wrong", "请改正所列各项。", "SUP-28", errors)
        fields: dict[str, Any] = {"department": department, "first": first, "last": last, "drawn": draw(population, size, seed)}
        return cls.begin(cls.Drawn, check, actor, now, seed=seed, population=len(population), digest=digest_of(population), **fields)

    def find(self, case: UUID, reason: str, rule: str | None, card: UUID | None, actor: Actor, now: datetime) -> None:
        """Record what was found in a drawn case, once."""
        _check_supervisor(actor)
        if case not in {one.case for one in self.drawn}:
            raise Refusal("not-drawn", "这一件没有被抽中。", "SUP-28")
        if case in self.findings:
            raise Refusal("found-already", "这一件已经检查过。", "SUP-28")
        if not reason.strip():
            raise Invalid("reason-missing", "请写明检查的情况。", "SUP-28", {"reason": "请写明检查的情况"})
        self.record(self.Found, actor, now, case=case, finding=Finding(reason.strip(), rule, card, now, actor.subject))


def _check_supervisor(actor: Actor) -> None:
    if not actor.has(Role.SUPERVISOR):
        raise NotAllowed("supervisor-draws", "由监察员抽查。", "SUP-28")
