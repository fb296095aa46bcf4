"""What the facts say of a case: what it is, how far it is, who holds it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.kernel.clock import Extension, Stop
from services.supervision.domain.complaint import Complaint
from services.supervision.domain.facts import Fact
from services.supervision.domain.warnings import RaisedWarning

PRE_REVIEW_LIMIT = 2
ARCHIVING_LIMIT = 1
COMPLAINT_LIMIT = 5


@dataclass(slots=True)
class StageSeen:
    """A stage as it was entered, with who held it since when, and when it was signed or reopened."""

    code: str
    name: str
    department: str
    role: str
    limit: int
    entered: datetime
    entered_on: date
    evidence: str
    ended: datetime | None = None
    holders: list[tuple[datetime, str]] = field(default_factory=list)
    gets_paper: bool = False
    """Whether its department is to sign for paper that another one has."""

    @property
    def key(self) -> str:
        """What its clock is called."""
        return f"stage:{self.code}:{int(self.entered.timestamp())}"

    @property
    def handover_key(self) -> str:
        """What the clock of its paper is called."""
        return f"handover:{self.key}"


@dataclass(frozen=True, slots=True)
class FeeSeen:
    """A fee that was taken, in fen, and when it was given back."""

    name: str
    amount: int
    charged: Fact
    refunded: datetime | None = None


@dataclass(slots=True)
class CaseSeen:
    """All that supervision knows of a case, or of an item of the catalogue. Empty fields were not heard of yet."""

    facts: Sequence[Fact] = ()
    """All of them, in their order."""
    number: str = ""
    item: dict[str, Any] = field(default_factory=dict)
    reporter: str = ""
    """The department whose own system reports the case."""
    channel: str = ""
    window: str | None = None
    applicant: str = ""
    received: datetime | None = None
    received_on: date | None = None
    acceptance_limit: int = 5
    pre_review_limit: int = PRE_REVIEW_LIMIT
    archiving_limit: int = ARCHIVING_LIMIT
    complaint_limit: int = COMPLAINT_LIMIT
    commitment: bool = False
    has_paper: bool = False
    paper_signed: datetime | None = None
    paper_with: dict[str, datetime] = field(default_factory=dict)
    """Since when departments have had the paper of the case: they signed for it, or signed a stage."""
    pre_reviewed: datetime | None = None
    answers: list[datetime] = field(default_factory=list)
    answered_by_department: datetime | None = None
    corrected: list[datetime] = field(default_factory=list)
    notices: list[Fact] = field(default_factory=list)
    accepted: datetime | None = None
    deemed: bool = False
    refused: datetime | None = None
    refusal: Fact | None = None
    clock_start: date | None = None
    stages: list[StageSeen] = field(default_factory=list)
    signed: dict[str, Fact] = field(default_factory=dict)
    stops: dict[str, Stop] = field(default_factory=dict)
    extension: Extension | None = None
    outcome: str | None = None
    decided: datetime | None = None
    decided_on: date | None = None
    decision: Fact | None = None
    signed_at_decision: Mapping[str, Fact] = field(default_factory=dict)
    withdrawn: datetime | None = None
    withdrawn_on: date | None = None
    published: datetime | None = None
    forwarded: datetime | None = None
    issued: datetime | None = None
    delivered: datetime | None = None
    archived: datetime | None = None
    fees: dict[str, FeeSeen] = field(default_factory=dict)
    altered: dict[str, Fact] = field(default_factory=dict)
    altered_logs: list[Fact] = field(default_factory=list)
    revoked: dict[str, datetime] = field(default_factory=dict)
    offline: Fact | None = None
    revisions: list[Fact] = field(default_factory=list)
    cancelled: Fact | None = None
    late: list[Fact] = field(default_factory=list)
    contradictions: list[tuple[Fact, str]] = field(default_factory=list)
    gaps: list[tuple[Fact, str]] = field(default_factory=list)
    """What does not fit together in a department's reports, as long as others may still arrive that explain it."""
    refused_reports: dict[str, Fact] = field(default_factory=dict)
    reports: dict[str, Fact] = field(default_factory=dict)
    evidence: dict[str, tuple[str, ...]] = field(default_factory=dict)
    complaints: Mapping[str, Complaint] = field(default_factory=dict)
    cards: Mapping[UUID, RaisedWarning] = field(default_factory=dict)

    def contradict(self, fact: Fact, detail: str) -> None:
        """Note what cannot be. Reports arrive in any order, so that one that explains it may still come."""
        (self.contradictions if fact.reported is None else self.gaps).append((fact, detail))

    @property
    def department(self) -> str:
        """The department that is responsible for the item."""
        return str(self.item.get("department", self.reporter))

    @property
    def state(self) -> str:
        """How far the case is."""
        if self.offline is not None:
            return "OFFLINE"
        if self.revisions or self.cancelled:
            return "ITEM"
        if self.altered_logs:
            return "LOG"
        if self.withdrawn_on is not None:
            return "WITHDRAWN"
        if self.decided is not None:
            return "DECIDED"
        if self.refused is not None:
            return "NOT_ACCEPTED"
        if self.accepted is not None:
            return "OPEN"
        return "CORRECTION" if self.answers else "RECEIVED"

    @property
    def ended(self) -> datetime | None:
        """When the case's clocks ended."""
        return self.decided or self.withdrawn

    @property
    def ended_on(self) -> date | None:
        """The day on which the case's clocks end."""
        return self.decided_on or self.withdrawn_on

    def open_stages(self, moment: datetime) -> list[StageSeen]:
        """Give the stages that were open at a moment."""
        return [stage for stage in self.stages if stage.entered <= moment and (stage.ended is None or stage.ended > moment)]

    @property
    def officer(self) -> str | None:
        """Whose case it is: who decided it or refused to accept it, else who took it up last of the open stages, of all stages once it is over."""
        if self.decision is not None:
            return str(self.decision.data["officer"])
        if self.refusal is not None:
            return self.refusal.actor
        held = [stage.holders[-1] for stage in [stage for stage in self.stages if stage.ended is None] or self.stages if stage.holders]
        return max(held)[1] if held else None

    def responsible(self, moment: datetime) -> tuple[str, str | None]:
        """Give the department and the officer, if any held it, responsible at a moment; after the decision, whoever made it."""
        for stage in self.open_stages(moment):
            held = [officer for since, officer in stage.holders if since <= moment]
            return stage.department, held[-1] if held else None
        if self.decision is not None and self.decision.happened <= moment:
            return self.department, str(self.decision.data["officer"])
        return self.department, None

    def awaiting(self) -> Iterator[Fact]:
        """Give the reported facts that others may still explain."""
        yield from (fact for fact, _ in self.gaps)
        if self.decision is not None and self.decision.reported is not None:
            yield self.decision

    def evidence_of(self, *names: str) -> tuple[str, ...]:
        """Give the ids of all facts of these names."""
        found: tuple[str, ...] = ()
        for name in names:
            if name in self.evidence:
                found += self.evidence[name]
        return found
