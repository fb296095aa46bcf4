"""What people do with a card: a supervisor issues it on evidence, the department explains, mends or appeals, a supervisor verifies and decides (SUP-21)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.kernel.actor import Actor
from services.kernel.aggregate import RecordedAggregate, Refusal
from services.supervision.domain import answering
from services.supervision.domain.case_file.warned import WarnedFile
from services.supervision.domain.warnings import CardState, Finding, Ground


class AnsweredFile(WarnedFile, part_of="supervision.CaseFile"):
    """The file with the answers to its cards."""

    class CardExplained(RecordedAggregate.Event):
        """The department received a card and explained itself."""

        warning: UUID
        rule: str
        explanation: str

        def apply(self, aggregate: "AnsweredFile") -> None:
            """Keep the explanation."""
            aggregate.change(self.warning, state=CardState.EXPLAINED, explanation=self.explanation)

    class RectificationReported(RecordedAggregate.Event):
        """The department says that it mended what a card is about."""

        warning: UUID
        rule: str
        report: str

        def apply(self, aggregate: "AnsweredFile") -> None:
            """Wait for the verification."""
            aggregate.change(self.warning, state=CardState.REPORTED, report=self.report, reported=self.happened)

    class RectificationRejected(RecordedAggregate.Event):
        """It was not mended."""

        warning: UUID
        rule: str
        reason: str

        def apply(self, aggregate: "AnsweredFile") -> None:
            """Wait for another report."""
            aggregate.change(self.warning, state=CardState.EXPLAINED, reported=None)

    class CardAppealed(RecordedAggregate.Event):
        """The department asks to be exempted."""

        warning: UUID
        rule: str
        ground: Ground
        statement: str

        def apply(self, aggregate: "AnsweredFile") -> None:
            """Wait for the decision."""
            aggregate.change(self.warning, state=CardState.APPEALED, ground=self.ground, statement=self.statement)

    class AppealDecided(RecordedAggregate.Event):
        """The department was exempted, which ends the card, or the card was upheld."""

        warning: UUID
        rule: str
        exempted: bool
        reason: str

        def apply(self, aggregate: "AnsweredFile") -> None:
            """Keep the decision."""
            if self.exempted:
                aggregate.change(self.warning, state=CardState.EXEMPTED, reason=self.reason, ended=self.happened)
            else:
                aggregate.change(self.warning, state=CardState.UPHELD)

    def open_card(self, finding: Finding, actor: Actor, now: datetime) -> UUID:
        """Issue a card by a supervisor's hand, on evidence; no rule twice for the same fact."""
        for warning in self.warnings.values():
            same = warning.finding.rule == finding.rule and set(warning.finding.evidence) & set(finding.evidence)
            if same and warning.state is not CardState.RETRACTED:
                raise Refusal("card-there-already", "同一事实已经按这条规则发出过预警，不重复发牌。", finding.rule)
        identity = self.identity(finding)
        self._issue(identity, finding, actor, now)
        return identity

    def explain(self, warning: UUID, explanation: str, actor: Actor, now: datetime) -> None:
        """Receive a card and explain how it came about, by an officer of the department."""
        card = answering.answered_by(self.warnings, warning, actor)
        answering.check_said(explanation, "explanation", "请说明情况")
        self.record(self.CardExplained, actor, now, warning=card.id, rule=card.finding.rule, explanation=explanation.strip())

    def report(self, warning: UUID, report: str, actor: Actor, now: datetime) -> None:
        """Report what was done to mend it, by an officer of the department."""
        card = answering.answered_by(self.warnings, warning, actor)
        answering.check_said(report, "report", "请写明整改措施和结果")
        self.record(self.RectificationReported, actor, now, warning=card.id, rule=card.finding.rule, report=report.strip())

    def verify(self, warning: UUID, reason: str, actor: Actor, now: datetime, *, mended: bool) -> None:
        """Verify a reported rectification, by a supervisor; mended, it counts as of the day of the report."""
        card = answering.verifiable(self.warnings, warning, actor)
        answering.check_said(reason, "reason", "请写明核实的情况")
        if not mended:
            self.record(self.RectificationRejected, actor, now, warning=card.id, rule=card.finding.rule, reason=reason.strip())
            return
        fields: dict[str, Any] = {"rectified": card.reported, "seen": False, "reason": reason.strip(), "evidence": ()}
        self.record(self.RectificationVerified, actor, now, warning=card.id, rule=card.finding.rule, **fields)

    def appeal(self, warning: UUID, ground: Ground, statement: str, actor: Actor, now: datetime) -> None:
        """Ask for exemption on one of the three grounds, once, by the department's head or leader (E 32)."""
        card = answering.appealable(self.warnings, warning, actor)
        answering.check_said(statement, "statement", "请陈述事实和依据")
        self.record(self.CardAppealed, actor, now, warning=card.id, rule=card.finding.rule, ground=ground, statement=statement.strip())

    def decide_appeal(self, warning: UUID, reason: str, actor: Actor, now: datetime, *, exempted: bool) -> None:
        """Exempt the department, or uphold the card, by a supervisor."""
        card = answering.appealed(self.warnings, warning, actor)
        answering.check_said(reason, "reason", "请写明决定的理由")
        self.record(self.AppealDecided, actor, now, warning=card.id, rule=card.finding.rule, exempted=exempted, reason=reason.strip())
