"""Stories of a case, told in the public events of all services, and what supervision's rules find in them."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts import certificates, common, envelope, intake, workflow
from contracts.common import ApplicantReference, ItemSnapshot, Stage
from contracts.registry import PublicEvent
from services.chassis.clock.calendars import load_calendars
from services.kernel.calendar import SHANGHAI
from services.supervision.domain.complaint import Complaint
from services.supervision.domain.facts import Fact
from services.supervision.domain.seeing import picture_of
from services.supervision.domain.warnings import Finding
from services.supervision.reported import reported_fact
from services.supervision.rules import findings

CALENDAR = load_calendars().newest
DEPARTMENT = "market-regulation"
STAGES = (
    Stage(code="handle", name="承办", department=DEPARTMENT, role="HANDLER", limit=2),
    Stage(code="approve", name="批准", department=DEPARTMENT, role="LEADER", limit=3, after=("handle",)),
)
ITEM = ItemSnapshot(
    code="food-operation-licence",
    revision=1,
    name="食品经营许可证核发",
    kind="PROMISED",
    department=DEPARTMENT,
    statutory_limit=10,
    promised_limit=5,
    acceptance_limit=5,
    accepted_by="HANDLER",
    stages=STAGES,
    special_procedures=("INSPECTION",),
    result_name="食品经营许可证",
    result_months=60,
    decision_authority="示例区市场监督管理局",
    publication_limit=7,
    certificate_limit=10,
    online_grade="A",
    materials=("form", "plan"),
    fees=(common.Fee(name="工本费", standard="每证 10 元", amount=1000, basis="示例价目〔2026〕1号"),),
)
GUIDE = intake.GuideElements(
    legal_basis=1, conditions=2, materials=2, form_fields=3, responsibilities=1, accountability=1, window=True, consultation_phone=True, complaint_phone=True
)
APPLICANT = ApplicantReference(reference="a", kind="PERSON", sealed="x")


def at(text: str) -> datetime:
    """Read a local moment of March 2026 (`9 14:00` is the 9th, a Monday) or of any day (`2026-04-01 09:00`)."""
    day, _, hour = text.partition(" ")
    return datetime.fromisoformat(f"{day if '-' in day else f'2026-03-{int(day):02}'} {hour or '09:00'}").replace(tzinfo=SHANGHAI)


class Story:
    """What the services said of one case, in order; each step gives the story back."""

    def __init__(self, **item: Any) -> None:
        self.item = ITEM.model_copy(update=item)
        self.facts: list[Fact] = []
        self.complaints: dict[str, Complaint] = {}

    @property
    def ended(self) -> datetime:
        """When the last thing happened: a fact, or the answer to a complaint."""
        return max([fact.happened for fact in self.facts] + [one.answered for one in self.complaints.values() if one.answered])

    def said(self, service: str, event: PublicEvent, moment: str, actor: str = "officer", recorded: str = "") -> "Story":
        """Add an event."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(event).__name__).lower()
        position = sum(fact.source == service for fact in self.facts) + 1
        self.facts.append(Fact(service, position, name, at(moment), at(recorded or moment), actor, event.model_dump(mode="json")))
        return self

    def received(self, moment: str = "2 09:00", channel: common.Channel = "KIOSK", *, paper: bool = False, commitment: bool = False, limit: int = 5) -> "Story":
        """Hand it in."""
        material = intake.ReceivedMaterial(code="form", name="申请书", paper=paper, digest=None if paper else "d")
        event = intake.ApplicationReceived(
            number="SJ-1",
            item=self.item,
            channel=channel,
            window="clerk" if channel == "WINDOW" else None,
            applicant=APPLICANT,
            received_on=at(moment).date(),
            commitment=commitment,
            acceptance_limit=limit,
            materials=(material,),
        )
        return self.said("intake", event, moment, "applicant")

    def noticed(self, moment: str, ordinal: int = 1, justification: str | None = "", material: str = "form") -> "Story":
        """Ask for corrections."""
        defect = intake.Defect(material=material, name="申请书", reason="没有签名")
        event = intake.CorrectionNoticeIssued(notice=f"BZ-{ordinal}", ordinal=ordinal, defects=(defect,), at_once=False, justification=justification)
        return self.said("intake", event, moment)

    def corrected(self, moment: str) -> "Story":
        """Hand in what was asked for."""
        return self.said("intake", intake.CorrectionsSubmitted(materials=(), submitted_on=at(moment).date()), moment, "applicant")

    def complained(self, moment: str, answered: str = "", extended: int = 0) -> "Story":
        """Register a complaint about an officer, answer it, and extend its limit on the next day."""
        begun, identity = at(moment), f"complaint-{len(self.complaints) + 1}"
        complaint = Complaint(identity, "TELEPHONE", "推诿", DEPARTMENT, "officer", begun.date(), answered=at(answered) if answered else None)
        if extended:
            complaint = replace(complaint, extended_on=begun.date() + timedelta(days=1), extended_by=extended)
        self.complaints[identity] = complaint
        return self

    def accepted(self, moment: str = "2 10:00") -> "Story":
        """Accept it; the first stage is entered."""
        event = intake.ApplicationAccepted(
            number="SJ-1", item=self.item, applicant=APPLICANT, channel="KIOSK", deemed=False, clock_start=at(moment).date(), materials=(), form="x"
        )
        return self.said("intake", event, moment).entered("handle", moment)

    def opened(self) -> "Story":
        """Receive it on Monday the 2nd, and accept it an hour later."""
        return self.received().accepted()

    def entered(self, code: str, moment: str, paper_from: str | None = None) -> "Story":
        """Enter a stage, for which paper comes from another department or does not."""
        stage = next((one for one in STAGES if one.code == code), STAGES[0].model_copy(update={"code": code, "name": code}))
        on = at(moment).date()
        fields = {"stage": code, "name": stage.name, "department": stage.department, "role": stage.role, "limit": stage.limit}
        event = workflow.StageEntered(**fields, entered_on=on, paper_from=paper_from)  # type: ignore[arg-type]
        return self.said("workflow", event, moment)

    def handed_over(self, moment: str, department: str = DEPARTMENT) -> "Story":
        """Sign for the paper that came from another department."""
        event = workflow.PaperHandedOver(department=department, from_department="health", officer="officer", receipt="YJ-1", materials=("form",))
        return self.said("workflow", event, moment)

    def taken(self, code: str, officer: str, moment: str) -> "Story":
        """Give a stage to an officer."""
        return self.said("workflow", workflow.OfficerAssigned(stage=code, officer=officer), moment)

    def signed(self, code: str, moment: str, officer: str = "officer", department: str = DEPARTMENT) -> "Story":
        """Sign a stage."""
        event = workflow.StageSigned(stage=code, name=code, department=department, officer=officer, approves=True, opinion="同意")
        return self.said("workflow", event, moment, officer)

    def decided(self, moment: str, outcome: common.Outcome = "GRANTED", officer: str = "leader", reasons: str = "") -> "Story":
        """Decide."""
        event = workflow.CaseDecided(
            number="SJ-1",
            outcome=outcome,
            decided_on=at(moment).date(),
            officer=officer,
            grounds="法",
            reasons=reasons,
            item=self.item,
            applicant=APPLICANT,
            form="x",
        )
        return self.said("workflow", event, moment, officer)

    def through(self, moment: str, outcome: common.Outcome = "GRANTED", reasons: str = "") -> "Story":
        """Take it from the first stage to the decision, all at one moment."""
        story = self.signed("handle", moment).entered("approve", moment).signed("approve", moment, "leader")
        return story.decided(moment, outcome, reasons=reasons)

    def published(self, moment: str) -> "Story":
        """Publish the decision."""
        return self.said("workflow", workflow.DecisionPublished(published_on=at(moment).date()), moment)

    def issued(self, moment: str) -> "Story":
        """Issue the certificate."""
        event = certificates.CertificateIssued(
            certificate="c", number="N-1", name="证", outcome="GRANTED", issued_on=at(moment).date(), valid_until=None, digest="d", algorithm="sha256"
        )
        return self.said("certificates", event, moment, "system")

    def delivered(self, moment: str) -> "Story":
        """Hand it over."""
        return self.said("certificates", certificates.ResultDelivered(number="N-1", manner="WINDOW", delivered_on=at(moment).date()), moment, "clerk")

    def charged(self, moment: str, name: str, amount: int) -> "Story":
        """Take a fee."""
        return self.said("workflow", workflow.FeeCharged(fee="fee-1", name=name, amount=amount, receipt="SF-1"), moment, "clerk")

    def revised(self, moment: str, effective: str, revision: int = 1, **guide: Any) -> "Story":
        """Publish a revision of the item."""
        item = self.item.model_copy(update={"revision": revision})
        event = intake.ItemRevisionPublished(item=item, effective_from=date.fromisoformat(effective), guide=GUIDE.model_copy(update=guide))
        return self.said("intake", event, moment, "editor")

    def offline(
        self,
        moment: str,
        *,
        item: str | None = ITEM.code,
        approved: str = "2026-03-02",
        cause: Any = "APPLICANT_ASKED",
        reason: str = "不会上网",
        grade: Any = "A",
    ) -> "Story":
        """Register an approval that was given offline."""
        event = intake.OfflineApprovalRegistered(
            number="XX-1",
            item=item,
            item_name="某审批",
            department=DEPARTMENT,
            online_grade=grade if item else None,
            approved_on=date.fromisoformat(approved),
            registered_on=at(moment).date(),
            cause=cause,
            reason=reason,
            officer="officer",
        )
        return self.said("intake", event, moment, "clerk")

    def reported(self, step: str, moment: str, **data: Any) -> "Story":
        """Let the department's own system report a step as it happened."""
        item = self.item if step == "application-received" else None
        position = len(self.facts) + 1
        event = intake.StepReported(
            department=DEPARTMENT, number="2026-1", report=f"r-{position}", step=step, data=data, item=item, system_since=date(2026, 1, 1)
        )
        said = {"service": "intake", "subject": UUID(int=1), "position": position, "happened": at(moment), "recorded": at(moment), "actor": "system-of-theirs"}
        self.facts.append(reported_fact(event, envelope.wrap(event, **said)))  # type: ignore[arg-type]
        return self

    def all_found(self, moment: str) -> list[Finding]:
        """Give what all rules find as of a moment, by what had happened by then."""
        picture = picture_of(fact for fact in self.facts if fact.recorded <= at(moment))
        picture.complaints = self.complaints
        return findings(picture, CALENDAR, at(moment))

    def found(self, rule: str, moment: str) -> list[Finding]:
        """Give what one rule finds as of a moment."""
        return [finding for finding in self.all_found(moment) if finding.rule == rule]
