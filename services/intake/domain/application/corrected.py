"""Everything that is to be corrected is told once, in one notice, and the applicant hands in all of it (COR-01, COR-03 to COR-05)."""

from datetime import date, datetime

from services.intake.domain.application.received import ReceivedApplication
from services.intake.domain.facts import ApplicationState, Defect
from services.intake.domain.form import SubmittedMaterial
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, RecordedAggregate, Refusal
from services.kernel.calendar import WorkingDayCalendar, local_day


class CorrectedApplication(ReceivedApplication, part_of="intake.Application"):
    """The application with its notices and corrections."""

    class CorrectionNoticeIssued(RecordedAggregate.Event):
        """The one notice that lists everything to be corrected was given."""

        notice: str
        ordinal: int
        defects: tuple[Defect, ...]
        at_once: bool
        justification: str

        def apply(self, aggregate: "CorrectedApplication") -> None:
            """Wait for the corrections."""
            aggregate.state = ApplicationState.CORRECTION
            aggregate.notices += 1
            aggregate.defects = self.defects
            aggregate.asked_by = self.actor

    class CorrectionsSubmitted(RecordedAggregate.Event):
        """The applicant handed in what the notice asked for."""

        materials: tuple[SubmittedMaterial, ...]
        submitted_on: date

        def apply(self, aggregate: "CorrectedApplication") -> None:
            """Take the corrected materials in the place of the old."""
            corrected = {material.code: material for material in self.materials}
            kept = [material for material in aggregate.materials if material.code not in corrected]
            aggregate.materials = (*kept, *self.materials)
            aggregate.corrected = frozenset(corrected)
            aggregate.complete_on = self.submitted_on
            aggregate.state = ApplicationState.CORRECTED

    def issue_correction_notice(
        self, notice: str, defects: tuple[Defect, ...], justification: str, actor: Actor, now: datetime, calendar: WorkingDayCalendar
    ) -> None:
        """Tell the applicant everything that is to be corrected, once (COR-01); a second time only of what was corrected (COR-03).

        A clerk tells at once, on the day on which it came in at a window, whichever role accepts it later.
        """
        at_once = self.may_tell_at_once(actor, local_day(now))
        if not at_once:
            self._check_authority(actor)
        self._check_waits("补正通知")
        self._check_in_time(now, calendar)
        if not defects or any(not defect.reason.strip() for defect in defects):
            raise Invalid("defects-missing", "补正通知应当一次列明全部需要补正的材料和理由。", "COR-01", {"defects": "请列明材料和理由"})
        if unknown := [defect.name for defect in defects if self.item.material(defect.material) is None]:
            raise Invalid("defects-unknown", f"不得要求办事指南之外的材料：{'、'.join(unknown)}。", "COR-04", {"defects": "只能要求办事指南列明的材料"})
        if self.notices:
            if any(defect.material not in self.corrected for defect in defects):
                raise Refusal("second-notice", "补正内容应当一次告知，第二次只能针对补正后的材料。", "COR-03")
            if not justification.strip():
                raise Invalid("justification-missing", "再次要求补正应当说明理由。", "COR-03", {"justification": "请说明理由"})
        self.record(
            self.CorrectionNoticeIssued,
            actor,
            now,
            notice=notice,
            ordinal=self.notices + 1,
            defects=defects,
            at_once=at_once,
            justification=justification.strip(),
        )

    def submit_corrections(self, materials: tuple[SubmittedMaterial, ...], actor: Actor, now: datetime) -> None:
        """Take what the notice asked for, all of it; it goes back to whoever asked (COR-05)."""
        if self.state is not ApplicationState.CORRECTION:
            raise Refusal("nothing-to-correct", "目前没有需要补正的材料。", "COR-01")
        self.check_applicant(actor)
        there = {material.code for material in materials}
        if missing := [defect.name for defect in self.defects if defect.material not in there]:
            fields = {defect.material: f"请提交{defect.name}" for defect in self.defects if defect.material not in there}
            raise Invalid("corrections-incomplete", f"补正材料不齐：还缺{'、'.join(missing)}。", "COR-01", fields)
        if extra := there - {defect.material for defect in self.defects}:
            raise Invalid("corrections-unasked", f"没有要求补正：{'、'.join(sorted(extra))}。", "COR-01", dict.fromkeys(extra, "没有要求补正这项材料"))
        self.record(self.CorrectionsSubmitted, actor, now, materials=materials, submitted_on=local_day(now))
