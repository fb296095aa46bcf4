"""A complaint has one clock, which runs until it is answered; it may be forwarded on the way, and extended once (SUP-24)."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kernel.actor import Actor
from services.kernel.aggregate import NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import local_day
from services.supervision.domain import answering
from services.supervision.domain.case_file.heard import HeardFile
from services.supervision.domain.complaint import Complaint, ExtensionAsked


class ComplainedFile(HeardFile, part_of="supervision.CaseFile"):
    """The file with the complaints about its case or item."""

    class ComplaintRegistered(RecordedAggregate.Event):
        """Somebody complained about the handling."""

        complaint: Complaint

        def apply(self, aggregate: "ComplainedFile") -> None:
            """Start its clock."""
            aggregate.complaints[self.complaint.id] = self.complaint
            aggregate.forget_picture()

    class ComplaintForwarded(RecordedAggregate.Event):
        """A department was asked what happened; it answers to supervision."""

        complaint: str
        department: str
        reason: str

        def apply(self, aggregate: "ComplainedFile") -> None:
            """Wait for its report."""
            aggregate.change_complaint(self.complaint, forwarded_to=self.department, returned=None)

    class ComplaintReturned(RecordedAggregate.Event):
        """The department that was asked says what it found and did."""

        complaint: str
        department: str
        report: str

        def apply(self, aggregate: "ComplainedFile") -> None:
            """Keep the report."""
            aggregate.change_complaint(self.complaint, returned=self.happened, report=self.report)

    class ComplaintExtensionAsked(RecordedAggregate.Event):
        """More time for the answer was asked for."""

        complaint: str
        asked: ExtensionAsked

        def apply(self, aggregate: "ComplainedFile") -> None:
            """Wait for the approval."""
            aggregate.change_complaint(self.complaint, extension_asked=self.asked)

    class ComplaintExtended(RecordedAggregate.Event):
        """More time for the answer was approved."""

        complaint: str
        days: int
        reason: str

        def apply(self, aggregate: "ComplainedFile") -> None:
            """Extend its clock."""
            aggregate.change_complaint(self.complaint, extended_on=local_day(self.happened), extended_by=self.days, extension_asked=None)

    class ComplaintAnswered(RecordedAggregate.Event):
        """The complaint has its result."""

        complaint: str
        result: str
        complainant: str | None = None
        card: UUID | None = None

        def apply(self, aggregate: "ComplainedFile") -> None:
            """End its clock."""
            aggregate.change_complaint(self.complaint, answered=self.happened, result=self.result, card=self.card)

    def change_complaint(self, complaint: str, **fields: Any) -> None:  # noqa: ANN401 - fields of a complaint
        """Change what is known of a complaint; its clock goes with it."""
        self.complaints[complaint] = replace(self.complaints[complaint], **fields)
        self.forget_picture()

    def register_complaint(self, complaint: Complaint, actor: Actor, now: datetime, result: str = "") -> None:
        """Register a complaint; its clock starts today. A simple one is settled on the spot, with its `result`."""
        answering.check_said(complaint.text, "text", "请登记投诉的内容")
        self.record(self.ComplaintRegistered, actor, now, complaint=complaint)
        if complaint.on_the_spot:
            self.answer_complaint(complaint.id, result, actor, now)

    def forward_complaint(self, complaint: str, department: str, reason: str, actor: Actor, now: datetime) -> None:
        """Ask a department what happened; supervision keeps the complaint and its clock."""
        known = answering.open_complaint(self.complaints, complaint)
        if known.forwarded_to is not None and known.returned is None:
            raise Refusal("forwarded-already", "这件投诉已经转办，还没有反馈。", "SUP-24")
        answering.check_said(reason, "why", "请写明转办的要求")
        self.record(self.ComplaintForwarded, actor, now, complaint=complaint, department=department, reason=reason.strip())

    def return_complaint(self, complaint: str, report: str, actor: Actor, now: datetime) -> None:
        """Say what was found and done, by the department that was asked."""
        asked = self.complaints[complaint].forwarded_to if complaint in self.complaints else None
        if asked is None or asked != actor.department:
            raise NotAllowed("not-asked", "这件投诉没有转给您的部门。", "SUP-24")
        if answering.open_complaint(self.complaints, complaint).returned is not None:
            raise Refusal("returned-already", "已经反馈。", "SUP-24")
        answering.check_said(report, "report", "请写明核实和处理的情况")
        self.record(self.ComplaintReturned, actor, now, complaint=complaint, department=asked, report=report.strip())

    def ask_for_extension(self, complaint: str, days: int, reason: str, actor: Actor, now: datetime) -> None:
        """Ask for more time for the answer, once; another supervisor approves it."""
        known = answering.open_complaint(self.complaints, complaint)
        if known.extended_on is not None or known.extension_asked is not None:
            raise Refusal("extended-already", "投诉办理只能延期一次。", "SUP-24")
        answering.check_extension(days, reason)
        self.record(self.ComplaintExtensionAsked, actor, now, complaint=complaint, asked=ExtensionAsked(days, reason.strip(), actor.subject))

    def approve_extension(self, complaint: str, actor: Actor, now: datetime) -> None:
        """Approve the time that a colleague asked for."""
        asked = answering.open_complaint(self.complaints, complaint).extension_asked
        if asked is None:
            raise Refusal("nothing-asked", "没有待批准的延期。", "SUP-24")
        if asked.by == actor.subject:
            raise NotAllowed("another-approves", "延期由另一名监察员批准。", "SUP-24")
        self.record(self.ComplaintExtended, actor, now, complaint=complaint, days=asked.days, reason=asked.reason)

    def answer_complaint(self, complaint: str, result: str, actor: Actor, now: datetime, card: UUID | None = None) -> None:
        """Give the result of a complaint, and the card that was issued on it, if one was."""
        known = answering.open_complaint(self.complaints, complaint)
        answering.check_said(result, "result", "请写明办理结果")
        self.record(self.ComplaintAnswered, actor, now, complaint=complaint, result=result.strip(), complainant=known.complainant, card=card)
