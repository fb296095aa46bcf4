"""What the rules find is raised as of when it began to hold; what the facts do not bear out is withdrawn, and what was mended is closed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.kernel.actor import Actor
from services.kernel.aggregate import SYSTEM, RecordedAggregate
from services.supervision.domain.case_file.heard import HeardFile
from services.supervision.domain.warnings import CardState, Finding, Level, RaisedWarning, warning_id


class WarnedFile(HeardFile, part_of="supervision.CaseFile"):
    """The file with its lights and cards, as the rules raise, correct, withdraw and close them."""

    class YellowLightLit(RecordedAggregate.Event):
        """A light was lit, or lit again."""

        warning: UUID
        finding: Finding

        def apply(self, aggregate: "WarnedFile") -> None:
            """Keep it."""
            aggregate.keep(self.warning, self.finding, self.happened)

    class YellowLightWentOut(RecordedAggregate.Event):
        """A light went out."""

        warning: UUID
        rule: str
        clock: str | None
        reason: str

        def apply(self, aggregate: "WarnedFile") -> None:
            """Keep it as over."""
            aggregate.change(self.warning, ended=self.happened, reason=self.reason)

    class CardIssued(RecordedAggregate.Event):
        """A card was issued."""

        warning: UUID
        finding: Finding
        item: str

        def apply(self, aggregate: "WarnedFile") -> None:
            """Keep it."""
            aggregate.keep(self.warning, self.finding, self.happened)

    class CardWithdrawn(RecordedAggregate.Event):
        """A card turned out wrong; it stays on record with the reason."""

        warning: UUID
        rule: str
        reason: str
        evidence: tuple[str, ...]

        def apply(self, aggregate: "WarnedFile") -> None:
            """Keep it as withdrawn."""
            aggregate.change(self.warning, ended=self.happened, reason=self.reason, state=CardState.RETRACTED)

    class CardCorrected(RecordedAggregate.Event):
        """A late fact showed that somebody else was responsible."""

        warning: UUID
        rule: str
        department: str
        officer: str | None

        def apply(self, aggregate: "WarnedFile") -> None:
            """Name who was responsible indeed."""
            finding = aggregate.warnings[self.warning].finding
            aggregate.change(self.warning, finding=replace(finding, department=self.department, officer=self.officer))

    class RectificationVerified(RecordedAggregate.Event):
        """It was mended; `seen` says that the events show it, without anybody's word. It closes the card."""

        warning: UUID
        rule: str
        rectified: datetime
        seen: bool
        reason: str
        evidence: tuple[str, ...]

        def apply(self, aggregate: "WarnedFile") -> None:
            """Close the card."""
            fields = {"rectified": self.rectified, "is_seen": self.seen, "reason": self.reason, "ended": self.happened}
            aggregate.change(self.warning, state=CardState.RECTIFIED, **fields)

    class Looked(RecordedAggregate.Event):
        """The rules were asked on a day and found nothing new; the next look is later."""

        on: date

        def apply(self, aggregate: "WarnedFile") -> None:
            """Remember the day."""

    def change(self, warning: UUID, **fields: Any) -> None:  # noqa: ANN401 - fields of a warning
        """Change what is known of a warning; the clocks of cards go with it."""
        known = self.warnings[warning]
        self.warnings[warning] = replace(known, version=known.version + 1, **fields)
        self._new_clocks()

    def keep(self, warning: UUID, finding: Finding, moment: datetime) -> None:
        """Keep a warning that was raised."""
        self.warnings[warning] = RaisedWarning(warning, finding, moment)
        self._new_clocks()

    def _new_clocks(self) -> None:
        if "picture" in vars(self):
            self.picture.forget_clocks()

    def identity(self, finding: Finding) -> UUID:
        """Give the id of the warning that a finding is or would be."""
        return warning_id(self.id, finding.rule, finding.key)

    def retract(self, found: list[Finding], now: datetime, versions: Mapping[str, int], because: str = "", shown_by: tuple[str, ...] = ()) -> None:
        """Put out lights, withdraw cards that the facts, as they are known now, do not bear out, and close those that were mended; raise nothing.

        `versions` are those of the rules that found. `because` says what is new where it is no fact, `shown_by` names the fact where it is one.
        """
        by_key = {(finding.rule, finding.key): finding for finding in found}
        for warning in list(self.warnings.values()):
            finding = by_key.get((warning.finding.rule, warning.finding.key))
            why = because or _later_version(warning.finding, versions) or "事后得知的事实表明"
            if warning.finding.level is Level.LIGHT:
                if warning.stands and (finding is None or not finding.standing):
                    reason = finding.over if finding is not None else f"{why}不应亮灯，予以撤销"
                    fields = {"warning": warning.id, "rule": warning.finding.rule, "clock": warning.finding.clock, "reason": reason}
                    self.trigger_event(self.YellowLightWentOut, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)
            elif finding is None:
                # What was mended under an earlier version of its rule is over and done with.
                if warning.state is not CardState.RECTIFIED or not _later_version(warning.finding, versions):
                    self._withdraw(warning, now, why, shown_by)
            else:
                self._correct(warning, finding, now)
                self._close(warning, finding, now)

    def _withdraw(self, warning: RaisedWarning, now: datetime, why: str, shown_by: tuple[str, ...]) -> None:
        if warning.is_void:
            return
        finding = warning.finding
        if finding.rule == "SUP-R02":
            reason = "所依据的黄牌已经整改、免责或者撤销，予以撤销"
        elif finding.clock is not None:
            reason = f"{why}没有在这一天超期，予以撤销"
        else:
            reason = f"{why}没有这一违规，予以撤销"
        fields = {"warning": warning.id, "rule": finding.rule, "reason": reason, "evidence": shown_by}
        self.trigger_event(self.CardWithdrawn, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)

    def _correct(self, warning: RaisedWarning, finding: Finding, now: datetime) -> None:
        if not warning.is_void and (warning.finding.department, warning.finding.officer) != (finding.department, finding.officer):
            fields = {"warning": warning.id, "rule": finding.rule, "department": finding.department, "officer": finding.officer}
            self.trigger_event(self.CardCorrected, timestamp=now, actor=SYSTEM.subject, happened=now, **fields)

    def _close(self, warning: RaisedWarning, finding: Finding, now: datetime) -> None:
        """Close a card that the events show as mended; where they come to show another moment, that one holds."""
        if finding.rectified is None or warning.is_void:
            return
        if warning.state is CardState.RECTIFIED and (not warning.is_seen or warning.rectified == finding.rectified):
            return
        fields = {"warning": warning.id, "rule": finding.rule, "rectified": finding.rectified, "seen": True, "reason": "事实表明已经整改"}
        evidence = finding.rectified_by
        happened = max(finding.rectified, warning.raised)
        self.trigger_event(self.RectificationVerified, timestamp=now, actor=SYSTEM.subject, happened=happened, evidence=evidence, **fields)

    def raise_new(self, found: list[Finding], now: datetime) -> None:
        """Raise what the rules find and was not raised before, as of when it began to hold."""
        for finding in found:
            identity = self.identity(finding)
            known = self.warnings.get(identity)
            if known is not None and known.stands:
                continue
            if finding.level is Level.LIGHT:
                if known is None or finding.standing:
                    since = finding.since if known is None else now
                    self.trigger_event(self.YellowLightLit, timestamp=now, actor=SYSTEM.subject, happened=since, warning=identity, finding=finding)
            elif known is None or known.state is CardState.RETRACTED:
                self._issue(identity, finding, SYSTEM, now)

    def _issue(self, identity: UUID, finding: Finding, actor: Actor, now: datetime) -> None:
        fields = {"warning": identity, "finding": finding, "item": str(self.picture.item.get("code", ""))}
        self.trigger_event(self.CardIssued, timestamp=now, actor=actor.subject, happened=finding.since, **fields)


def _later_version(finding: Finding, versions: Mapping[str, int]) -> str:
    """Say by which later version of its rule a finding is judged now, nothing where it is the same."""
    version = versions.get(finding.rule, finding.version)
    return f"按第 {version} 版规则（发出时为第 {finding.version} 版）" if version > finding.version else ""
