"""A case that a department handles in its own system: what it reported is kept as told, each report once, in whatever order (EXC-01)."""

from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from services.intake.domain.item import ItemRevision
from services.kernel.actor import Actor
from services.kernel.aggregate import RecordedAggregate, Refusal


def department_case_id(department: str, number: str) -> UUID:
    """Give the id of a department's case by its own number."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:department-case:{department}:{number}")


class DepartmentCase(RecordedAggregate):
    """One such case. Whether its steps fit together is for supervision to see, when all of them are there."""

    TOPIC = "intake.DepartmentCase"

    class Opened(RecordedAggregate.Created):
        """It was heard of for the first time."""

        department: str
        number: str

    class StepReported(RecordedAggregate.Event):
        """A step was reported. `digest` is that of the report, by which a repetition is known."""

        report: str
        digest: str
        department: str
        number: str
        step: str
        data: dict[str, Any]
        item: ItemRevision | None
        system_since: date

        def apply(self, aggregate: "DepartmentCase") -> None:
            """Keep the step."""
            aggregate.reports[self.report] = self.digest
            aggregate.refused.discard(self.report)
            aggregate.last_step = self.step
            if self.item is not None and aggregate.item is None:
                aggregate.item = self.item

    class ReportRefused(RecordedAggregate.Event):
        """A report could not be taken."""

        report: str
        digest: str
        department: str
        number: str
        type: str
        code: str
        detail: str

        def apply(self, aggregate: "DepartmentCase") -> None:
            """Remember it, so that the same one is told once."""
            aggregate.refused.add(self.report)
            aggregate.told.add((self.report, self.digest))

    def __init__(self, department: str, number: str) -> None:
        self.department = department
        self.number = number
        self.reports: dict[str, str] = {}
        self.refused: set[str] = set()
        # For ever: the bus may deliver again what was put right long ago.
        self.told: set[tuple[str, str]] = set()
        self.item: ItemRevision | None = None
        self.last_step = ""

    @classmethod
    def open_case(cls, department: str, number: str, actor: Actor, now: datetime) -> "DepartmentCase":
        """Open it by its department and number."""
        return cls.begin(cls.Opened, department_case_id(department, number), actor, now, department=department, number=number)

    def report(
        self, report: str, digest: str, step: str, data: dict[str, Any], item: ItemRevision | None, since: date, happened: datetime, actor: Actor, now: datetime
    ) -> bool:
        """Keep a step as it was told, with its true time; say whether it is new. Raise `Refusal` where the id stands for something else."""
        known = self.reports.get(report)
        if known is not None and known != digest:
            raise Refusal("report-id-reused", f"编号 {report} 已经用于另一条数据；更正请用新的编号。", "EXC-01")
        if known is not None:
            return False
        fields: dict[str, Any] = {"report": report, "digest": digest, "department": self.department, "number": self.number, "step": step, "data": data}
        self.record(self.StepReported, actor, now, happened, **fields, item=item, system_since=since)
        return True

    def refuse(self, report: str, digest: str, kind: str, code: str, detail: str, actor: Actor, now: datetime) -> bool:
        """Note that a report could not be taken; say whether that is new."""
        if (report, digest) in self.told:
            return False
        fields: dict[str, Any] = {"report": report, "digest": digest, "department": self.department, "number": self.number}
        self.record(self.ReportRefused, actor, now, **fields, type=kind, code=code, detail=detail)
        return True
