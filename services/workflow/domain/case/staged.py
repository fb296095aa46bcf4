"""Stages are entered in the order of the process, held by an officer and signed with an opinion; the deciding signature is the decision (FLW-01 to 09)."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import local_day
from services.kernel.process import StageDefinition
from services.workflow.domain.case.opened import OpenedCase
from services.workflow.domain.facts import CaseItem, CaseState, OpenStage, Outcome, Signature


class StagedCase(OpenedCase, part_of="workflow.Case"):
    """The case on its way through the stages."""

    class OfficerAssigned(RecordedAggregate.Event):
        """An officer took the stage, or took it over."""

        stage: str
        officer: str
        officer_name: str
        previous: str | None
        reason: str

        def apply(self, aggregate: "StagedCase") -> None:
            """Remember who holds the stage."""
            aggregate.open[self.stage] = replace(aggregate.open[self.stage], officer=self.officer, officer_name=self.officer_name)

    class StageSigned(RecordedAggregate.Event):
        """The stage was signed."""

        stage: StageDefinition
        officer_name: str
        approves: bool
        opinion: str

        def apply(self, aggregate: "StagedCase") -> None:
            """Close the stage."""
            del aggregate.open[self.stage.code]
            signature = Signature(self.stage.code, self.actor, self.officer_name, self.approves, self.opinion, self.happened)
            aggregate.signed[self.stage.code] = signature
            aggregate.history = (*aggregate.history, signature)
            aggregate.paper_with |= {self.stage.department}

    class RolledBack(RecordedAggregate.Event):
        """The case went back to an earlier stage."""

        from_stage: str
        to_stage: str
        reopened: tuple[str, ...]
        reason: str

        def apply(self, aggregate: "StagedCase") -> None:
            """Signatures of the stages behind no longer count; the history keeps them."""
            for code in self.reopened:
                aggregate.signed.pop(code, None)
                aggregate.open.pop(code, None)

    class Decided(RecordedAggregate.Event):
        """The licence was granted or refused. Carries what the result is made from."""

        number: str
        item: CaseItem
        applicant: str
        applicant_kind: str
        applicant_sealed: str
        form_sealed: str
        outcome: Outcome
        decided_on: date
        grounds: str
        reasons: str

        def apply(self, aggregate: "StagedCase") -> None:
            """End the case."""
            aggregate.state = CaseState.DECIDED
            aggregate.outcome = self.outcome
            aggregate.decided_on = self.decided_on
            aggregate.grounds = self.grounds
            aggregate.reasons = self.reasons

    def take(self, code: str, reason: str, actor: Actor, now: datetime) -> None:
        """Take an open stage; taking it over from another officer needs a reason (FLW-09)."""
        stage, held = self._stage(code, actor)
        if held.officer == actor.subject:
            return
        if held.officer is not None and not reason.strip():
            raise Invalid("reason-missing", f"该环节由{held.officer_name}办理，接办应当说明理由。", "FLW-09", {"reason": "请填写接办理由"})
        fields: dict[str, Any] = {"officer": actor.subject, "officer_name": actor.name, "previous": held.officer, "reason": reason.strip()}
        self.record(self.OfficerAssigned, actor, now, stage=stage.code, **fields)

    def assign(self, code: str, officer: str, officer_name: str, reason: str, actor: Actor, now: datetime) -> None:
        """Give an open stage to another officer, by a head or leader of the stage's department, with a reason (FLW-09)."""
        stage, held = self._entered(code)
        if not (actor.has(Role.SECTION_HEAD, Role.LEADER) and actor.department == stage.department):
            raise NotAllowed("head-assigns", "只有本环节所在部门的科室负责人或分管领导可以指派承办人员。", "FLW-09")
        if held.officer == officer:
            return
        if not reason.strip():
            raise Invalid("reason-missing", "指派或更换承办人员应当说明理由。", "FLW-09", {"reason": "请填写理由"})
        fields: dict[str, Any] = {"officer": officer, "officer_name": officer_name, "previous": held.officer, "reason": reason.strip()}
        self.record(self.OfficerAssigned, actor, now, stage=stage.code, **fields)

    def sign(self, code: str, opinion: str, actor: Actor, now: datetime, *, approves: bool, grounds: str = "", reasons: str = "") -> None:
        """Sign a stage with an opinion (FLW-02); the signature of the deciding stage is the decision (FLW-08)."""
        stage, held = self._stage(code, actor)
        if held.officer not in {None, actor.subject}:
            raise Refusal("held-by-another", f"该环节由{held.officer_name}办理，请先接办。", "FLW-09")
        decides = stage.code == self.item.process.deciding.code
        _check_content(opinion, grounds, reasons, approves=approves, decides=decides)
        if decides and any(stop.end is None for stop in self.stops):
            raise Refusal("procedure-lasts", "特别程序尚未结束，请先恢复计时再作出决定。", "FLW-06")
        if held.officer is None:
            fields: dict[str, Any] = {"officer": actor.subject, "officer_name": actor.name, "previous": None, "reason": ""}
            self.record(self.OfficerAssigned, actor, now, stage=stage.code, **fields)
        self.record(self.StageSigned, actor, now, stage=stage, officer_name=actor.name, approves=approves, opinion=opinion.strip())
        if decides:
            self._decide(Outcome.GRANTED if approves else Outcome.REFUSED, grounds.strip(), reasons.strip(), actor, now)
        else:
            for following in self.item.process.entered_by(stage.code, self.signed):
                self.enter(following, now)

    def _decide(self, outcome: Outcome, grounds: str, reasons: str, actor: Actor, now: datetime) -> None:
        self.record(
            self.Decided,
            actor,
            now,
            number=self.number,
            item=self.item,
            applicant=self.applicant,
            applicant_kind=self.applicant_kind,
            applicant_sealed=self.applicant_sealed,
            form_sealed=self.form_sealed,
            outcome=outcome,
            decided_on=local_day(now),
            grounds=grounds,
            reasons=reasons,
        )

    def roll_back(self, code: str, to: str, reason: str, actor: Actor, now: datetime) -> None:
        """Send the case back from an open stage to one before it; only the stages behind that one are done again (FLW-03)."""
        stage, _ = self._stage(code, actor)
        if not reason.strip():
            raise Invalid("reason-missing", "退回应当说明理由。", "FLW-03", {"reason": "请填写理由"})
        process = self.item.process
        if to not in self.signed or stage.code not in process.followers(to):
            raise Refusal("no-earlier-stage", "只能退回到本环节之前已经签署的环节。", "FLW-03")
        reopened = tuple(one.code for one in process.stages if one.code == to or one.code in process.followers(to))
        self.record(self.RolledBack, actor, now, from_stage=stage.code, to_stage=to, reopened=reopened, reason=reason.strip())
        self.enter(process.stage(to), now)

    def _stage(self, code: str, actor: Actor) -> tuple[StageDefinition, OpenStage]:
        stage, held = self._entered(code)
        if not self.may_sign(stage, actor):
            raise NotAllowed("not-your-stage", f"「{stage.name}」环节不由您签署。", "FLW-02")
        return stage, held

    def _entered(self, code: str) -> tuple[StageDefinition, OpenStage]:
        self._check_open()
        try:
            stage = self.item.process.stage(code)
        except KeyError:
            raise Refusal("no-such-stage", "没有这个环节。", "FLW-01") from None
        if code not in self.open:
            raise Refusal("stage-not-open", f"「{stage.name}」环节现在不能签署：还没有进入，或者已经签署。", "FLW-02")
        return stage, self.open[code]


def _check_content(opinion: str, grounds: str, reasons: str, *, approves: bool, decides: bool) -> None:
    """Refuse a signature that leaves out what it must say; everything that is missing is told at once."""
    missing = {}
    if not opinion.strip():
        missing["opinion"] = ("opinion-missing", "签署应当填写意见。", "FLW-02", "请填写意见")
    if decides and not grounds.strip():
        missing["grounds"] = ("grounds-missing", "决定应当载明依据。", "FLW-08", "请填写决定依据")
    if decides and not approves and not reasons.strip():
        missing["reasons"] = ("reasons-missing", "不予许可应当说明理由，并告知复议和诉讼的权利。", "FLW-08", "请填写不予许可的理由")
    if missing:
        code, _, article, _ = next(iter(missing.values()))
        raise Invalid(code, "".join(message for _, message, _, _ in missing.values()), article, {field: said[3] for field, said in missing.items()})
