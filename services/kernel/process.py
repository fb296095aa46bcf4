"""How an item is handled, as data (FLW-01): stages in an order, with branches that run in parallel."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from services.kernel.actor import Role


class SpecialProcedure(StrEnum):
    """The procedures that stop the clock, and no others do (L 45, FLW-06)."""

    HEARING = "HEARING"
    BIDDING = "BIDDING"
    AUCTION = "AUCTION"
    INSPECTION = "INSPECTION"
    TESTING = "TESTING"
    QUARANTINE = "QUARANTINE"
    APPRAISAL = "APPRAISAL"
    EXPERT_REVIEW = "EXPERT_REVIEW"


@dataclass(frozen=True, slots=True)
class StageDefinition:
    """One stage: who signs it, and after which others.

    `limit` is in working days. Stages with the same `after` run in parallel; one with several in `after` waits for all of them (FLW-04).
    """

    code: str
    name: str
    department: str
    role: Role
    limit: int
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessDefinition:
    """The stages of an item. The last one, which waits directly or indirectly for all others, decides (FLW-08).

    `accepted_by` is the role that accepts an application or asks for corrections (COR-06). Raises `ValueError`
    where the stages do not form one order that ends in one deciding stage.
    """

    accepted_by: Role
    stages: tuple[StageDefinition, ...]

    def __post_init__(self) -> None:
        """Refuse a process that could not be walked to its end."""
        codes = [stage.code for stage in self.stages]
        if not codes:
            msg = "a process needs at least one stage"
            raise ValueError(msg)
        if len(set(codes)) != len(codes):
            msg = f"a stage code occurs twice: {', '.join(codes)}"
            raise ValueError(msg)
        earlier: set[str] = set()
        for stage in self.stages:
            if stage.limit < 0:
                msg = f"stage {stage.code}: a limit is 0 working days or more"
                raise ValueError(msg)
            if unknown := set(stage.after) - earlier:
                msg = f"stage {stage.code} comes after {', '.join(sorted(unknown))}, which no stage before it is called"
                raise ValueError(msg)
            earlier.add(stage.code)
        last = self.stages[-1].code
        if lost := [code for code in codes if code != last and last not in self.followers(code)]:
            msg = f"the deciding stage {last} does not wait for {', '.join(lost)}"
            raise ValueError(msg)

    def stage(self, code: str) -> StageDefinition:
        """Give the stage of this code; raise `KeyError` where there is none."""
        for stage in self.stages:
            if stage.code == code:
                return stage
        raise KeyError(code)

    @property
    def deciding(self) -> StageDefinition:
        """The stage whose signature is the decision."""
        return self.stages[-1]

    def first(self) -> tuple[StageDefinition, ...]:
        """The stages that are entered upon acceptance."""
        return tuple(stage for stage in self.stages if not stage.after)

    def entered_by(self, signed: str, done: Iterable[str]) -> tuple[StageDefinition, ...]:
        """The stages that the signature of `signed` opens, where `done` (with `signed` in it) are the stages signed so far."""
        finished = set(done)
        return tuple(stage for stage in self.stages if signed in stage.after and finished.issuperset(stage.after))

    def followers(self, code: str) -> frozenset[str]:
        """The codes of all stages that come directly or indirectly after this one."""
        found: set[str] = set()
        for stage in self.stages:
            if code in stage.after or found.intersection(stage.after):
                found.add(stage.code)
        return frozenset(found)
