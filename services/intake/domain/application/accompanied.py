"""Paper is signed for once; the applicant may withdraw before acceptance, sees how the case goes on, and marks each stage once (HAL-04, APP-08, SUP-25)."""

from datetime import datetime

from services.intake.domain.application.received import UNANSWERED, ReceivedApplication
from services.intake.domain.facts import ApplicationState, Channel, Progress
from services.intake.domain.review import BEST, WORST, ReviewStage, ReviewTag
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import SYSTEM, Invalid, NotAllowed, RecordedAggregate, Refusal

_REACHED = {"result-delivered": "DELIVERED", "pickup-notice-issued": "TO_COLLECT", "case-withdrawn": "WITHDRAWN", "case-decided": "DECIDED"}
"""What an accepted application has come to, by what was heard of its case; the farthest first, as services are heard in any order."""
_CLOCK = ("clock-stopped", "clock-resumed")


class AccompaniedApplication(ReceivedApplication, part_of="intake.Application"):
    """The application with what goes along with its answer."""

    class PaperSignedFor(RecordedAggregate.Event):
        """The department signed for the paper that the window had received."""

        department: str
        receipt: str
        materials: tuple[str, ...]

        def apply(self, aggregate: "AccompaniedApplication") -> None:
            """Remember the slip."""
            aggregate.paper_receipt = self.receipt

    class Withdrawn(RecordedAggregate.Event):
        """The applicant withdrew it."""

        reason: str

        def apply(self, aggregate: "AccompaniedApplication") -> None:
            """End the application."""
            aggregate.state = ApplicationState.WITHDRAWN

    class Reviewed(RecordedAggregate.Event):
        """The applicant marked a stage of the service."""

        stage: ReviewStage
        level: int
        tags: tuple[ReviewTag, ...]

        def apply(self, aggregate: "AccompaniedApplication") -> None:
            """Remember it: each stage is marked once."""
            aggregate.reviews = {**aggregate.reviews, self.stage: self.level}

    class ProgressNoted(RecordedAggregate.Event):
        """Another service told how the case goes on."""

        progress: Progress

        def apply(self, aggregate: "AccompaniedApplication") -> None:
            """Show it to the applicant."""
            aggregate.progress = (*aggregate.progress, self.progress)

    @property
    def paper(self) -> tuple[str, ...]:
        """The codes of the materials on paper."""
        return tuple(material.code for material in self.materials if material.paper)

    def may_sign_for_paper(self, actor: Actor) -> bool:
        """Say whether an officer has paper to sign for."""
        is_there = self.channel is Channel.WINDOW and bool(self.paper) and not self.paper_receipt
        return is_there and actor.has(Role.HANDLER) and actor.department == self.item.department

    def sign_for_paper(self, receipt: str, actor: Actor, now: datetime) -> None:
        """Sign for the paper that the window had received, by the department's handler, once (HAL-04)."""
        if not (actor.has(Role.HANDLER) and actor.department == self.item.department):
            raise NotAllowed("not-your-paper", "纸质材料由承办部门签收。", "HAL-04")
        if not self.may_sign_for_paper(actor):
            raise Refusal("nothing-to-sign", "没有待签收的纸质材料。", "HAL-04")
        self.record(self.PaperSignedFor, actor, now, department=self.item.department, receipt=receipt, materials=self.paper)

    def withdraw(self, reason: str, actor: Actor, now: datetime) -> None:
        """Withdraw before acceptance (APP-08); afterwards the case is withdrawn where it is handled."""
        self.check_applicant(actor)
        if self.state not in UNANSWERED:
            raise Refusal("not-withdrawable", "申请已经受理或者结束，不能在此撤回。", "APP-08")
        self.record(self.Withdrawn, actor, now, reason=reason.strip())

    def note(self, progress: Progress, now: datetime) -> None:
        """Note what another service said of the case."""
        self.record(self.ProgressNoted, SYSTEM, now, happened=progress.happened, progress=progress)

    @property
    def reached(self) -> str:
        """How far it is, as its applicant sees it: until acceptance its state, afterwards what was heard of the case."""
        heard = [step.kind for step in self.progress]
        if self.state is not ApplicationState.ACCEPTED:
            return self.state.value
        if far := next((code for kind, code in _REACHED.items() if kind in heard), ""):
            return far
        return "STANDING" if next((kind for kind in reversed(heard) if kind in _CLOCK), "") == "clock-stopped" else "OPEN"

    def reviewable(self) -> tuple[ReviewStage, ...]:
        """Give the stages that are over and were not marked yet."""
        over = {
            ReviewStage.RECEPTION: True,
            ReviewStage.CORRECTION: self.notices > 0,
            ReviewStage.ACCEPTANCE: self.state in {ApplicationState.ACCEPTED, ApplicationState.NOT_ACCEPTED},
            ReviewStage.RESULT: any(one.kind == "case-decided" for one in self.progress),
        }
        return tuple(stage for stage, is_over in over.items() if is_over and stage not in self.reviews)

    def review(self, stage: ReviewStage, level: int, tags: tuple[ReviewTag, ...], actor: Actor, now: datetime) -> None:
        """Mark a stage of the service from 1 to 5, once, by the applicant alone (SUP-25)."""
        if actor.subject != self.account:
            raise NotAllowed("not-yours", "只有申请人可以评价。", "SUP-25")
        if not WORST <= level <= BEST:
            raise Invalid("level-wrong", "请选择一到五的评价。", "SUP-25", {"level": "请选择评价"})
        if stage not in self.reviewable():
            raise Refusal("not-reviewable", "这个环节还没有结束，或者已经评价过。", "SUP-25")
        self.record(self.Reviewed, actor, now, stage=stage, level=level, tags=tags)
