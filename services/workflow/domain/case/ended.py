"""A decision is published and, where it is a preliminary one, forwarded, each once; until it is made the applicant may withdraw (FLW-05, APP-08)."""

from datetime import date, datetime

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import local_day
from services.workflow.domain.case.opened import OpenedCase
from services.workflow.domain.facts import CaseState, Outcome


class EndedCase(OpenedCase, part_of="workflow.Case"):
    """The case at its end."""

    class Published(RecordedAggregate.Event):
        """The decision was made public."""

        published_on: date

        def apply(self, aggregate: "EndedCase") -> None:
            """Remember the day."""
            aggregate.published_on = self.published_on

    class Forwarded(RecordedAggregate.Event):
        """The preliminary opinion went to the higher authority."""

        forwarded_on: date
        to: str
        document: str

        def apply(self, aggregate: "EndedCase") -> None:
            """Remember the day."""
            aggregate.forwarded_on = self.forwarded_on

    class Withdrawn(RecordedAggregate.Event):
        """The applicant withdrew."""

        withdrawn_on: date
        reason: str

        def apply(self, aggregate: "EndedCase") -> None:
            """End the case and its clocks."""
            aggregate.state = CaseState.WITHDRAWN
            aggregate.open.clear()
            aggregate.decided_on = self.withdrawn_on

    def publish(self, actor: Actor, now: datetime) -> None:
        """Make the decision public, by an officer of the department that made it; once (L 40)."""
        self._check_decided(actor)
        if self.published_on is not None:
            raise Refusal("published-already", "决定已经公开。", "SUP-Y07")
        self.record(self.Published, actor, now, published_on=local_day(now))

    def forward(self, to: str, document: str, actor: Actor, now: datetime) -> None:
        """Record that the preliminary opinion, which is this case's decision, went to the higher authority; once (FLW-05)."""
        if self.item.kind != "ESCALATED":
            raise Refusal("not-escalated", "只有上报件需要上报。", "FLW-05")
        self._check_decided(actor)
        if self.outcome is not Outcome.GRANTED:
            raise Refusal("nothing-to-forward", "初审不同意的不上报。", "FLW-05")
        if self.forwarded_on is not None:
            raise Refusal("forwarded-already", "初审意见已经上报。", "FLW-05")
        errors = {name: "必须填写" for name, value in (("to", to), ("document", document)) if not value.strip()}
        if errors:
            raise Invalid("forwarding-wrong", "上报应当写明上级机关和文号。", "FLW-05", errors)
        self.record(self.Forwarded, actor, now, forwarded_on=local_day(now), to=to.strip(), document=document.strip())

    def withdraw(self, reason: str, actor: Actor, now: datetime) -> None:
        """End the case at the applicant's own wish (APP-08)."""
        if not actor.has(Role.WINDOW_CLERK) and actor.subject != self.account:
            raise NotAllowed("not-yours", "这不是您的申请。", "SEC-03")
        self._check_open()
        if actor.subject != self.account and not reason.strip():
            raise Invalid("reason-missing", "窗口代为办理撤回，应当登记申请人的书面申请。", "APP-08", {"reason": "请填写申请人书面申请的日期和理由"})
        self.record(self.Withdrawn, actor, now, withdrawn_on=local_day(now), reason=reason.strip())

    def _check_decided(self, actor: Actor) -> None:
        if not (actor.has(Role.HANDLER, Role.SECTION_HEAD, Role.LEADER) and actor.department == self.item.department):
            raise NotAllowed("not-your-case", "由作出决定的部门办理。", "SEC-02")
        if self.state is not CaseState.DECIDED:
            raise Refusal("not-decided", "还没有作出决定。", "FLW-08")
