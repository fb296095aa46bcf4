"""The file of a case: every fact heard of it, and every light and card raised of it. Nothing is ever taken out."""

from dataclasses import replace
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.kernel.aggregate import SYSTEM, RecordedAggregate
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture, picture_of
from services.supervision.domain.warnings import Finding, Level, RaisedWarning, warning_id


class CaseFile(RecordedAggregate):
    """One case as supervision sees it. Its id is the case's."""

    TOPIC = "supervision.CaseFile"
    LIGHTS: ClassVar[frozenset[Level]] = frozenset({Level.LIGHT})

    class Opened(RecordedAggregate.Created):
        """The case was heard of for the first time."""

    class FactHeard(RecordedAggregate.Event):
        """Another service said something of the case."""

        fact: Fact

        def apply(self, aggregate: "CaseFile") -> None:
            """Add it to the set."""
            aggregate.facts[self.fact.evidence] = self.fact
            aggregate.forget_picture()

    class YellowLightLit(RecordedAggregate.Event):
        """A light was lit, or lit again."""

        warning: UUID
        finding: Finding

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep it."""
            aggregate.warnings[self.warning] = RaisedWarning(self.warning, self.finding, self.happened)

    class YellowLightWentOut(RecordedAggregate.Event):
        """A light went out."""

        warning: UUID
        rule: str
        clock: str | None
        reason: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep it as over."""
            aggregate.end(self.warning, self.happened, self.reason)

    class CardIssued(RecordedAggregate.Event):
        """A card was issued."""

        warning: UUID
        finding: Finding
        item: str

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep it."""
            aggregate.warnings[self.warning] = RaisedWarning(self.warning, self.finding, self.happened)

    class CardWithdrawn(RecordedAggregate.Event):
        """A card turned out wrong; it stays on record with the reason."""

        warning: UUID
        rule: str
        reason: str
        evidence: tuple[str, ...]

        def apply(self, aggregate: "CaseFile") -> None:
            """Keep it as withdrawn."""
            aggregate.end(self.warning, self.happened, self.reason)

    class Looked(RecordedAggregate.Event):
        """The rules were asked on a day and found nothing new; the next look is later."""

        on: date

        def apply(self, aggregate: "CaseFile") -> None:
            """Remember the day."""

    def __init__(self) -> None:
        self.facts: dict[str, Fact] = {}
        self.warnings: dict[UUID, RaisedWarning] = {}
        self._picture: Picture | None = None

    @property
    def picture(self) -> Picture:
        """The picture that all facts make, whatever the order in which they were heard."""
        if self._picture is None:
            self._picture = picture_of(self.facts.values())
        return self._picture

    def forget_picture(self) -> None:
        """Fold again when next asked."""
        self._picture = None

    def end(self, warning: UUID, moment: datetime, reason: str) -> None:
        """Mark a warning as over."""
        self.warnings[warning] = replace(self.warnings[warning], ended=moment, reason=reason)

    @classmethod
    def open_file(cls, case: UUID, happened: datetime, now: datetime) -> "CaseFile":
        """Open the file of a case."""
        return cls.begin(cls.Opened, case, SYSTEM, now, happened=happened)

    def hear(self, fact: Fact, now: datetime) -> None:
        """Add a fact; one that was heard before changes nothing."""
        if fact.evidence not in self.facts:
            self.record(self.FactHeard, SYSTEM, now, happened=fact.happened, fact=fact)

    def retract(self, found: list[Finding], now: datetime) -> None:
        """Put out lights and withdraw cards that the facts, as they are known now, do not bear out; raise nothing."""
        by_id = {warning_id(self.id, finding.rule, finding.key): finding for finding in found}
        for warning in [one for one in self.warnings.values() if one.stands]:
            finding = by_id.get(warning.id)
            if warning.finding.level in self.LIGHTS:
                if finding is None or not finding.standing:
                    reason = finding.over if finding is not None else "事后得知的事实表明不应亮灯，予以撤销"
                    fields = {"warning": warning.id, "rule": warning.finding.rule, "clock": warning.finding.clock, "reason": reason}
                    self.trigger_event(self.YellowLightWentOut, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)
            elif finding is None:
                evidence = self.picture.evidence.get("case-decided", ()) or self.picture.evidence.get("clock-stopped", ())
                fields = {"warning": warning.id, "rule": warning.finding.rule, "reason": "事后得知的事实表明没有在这一天超期，予以撤销", "evidence": evidence}
                self.trigger_event(self.CardWithdrawn, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)

    def raise_new(self, found: list[Finding], now: datetime) -> None:
        """Raise what the rules find and was not raised before, as of when it began to hold."""
        for finding in found:
            identity = warning_id(self.id, finding.rule, finding.key)
            known = self.warnings.get(identity)
            if known is not None and known.stands:
                continue
            if finding.level in self.LIGHTS:
                if known is None or finding.standing:
                    since = finding.since if known is None else now
                    self.trigger_event(self.YellowLightLit, timestamp=now, actor=SYSTEM.subject, happened=since, warning=identity, finding=finding)
            elif known is None or known.reason:
                self.trigger_event(
                    self.CardIssued,
                    timestamp=now,
                    actor=SYSTEM.subject,
                    happened=finding.since,
                    warning=identity,
                    finding=finding,
                    item=str(self.picture.item.get("code", "")),
                )
