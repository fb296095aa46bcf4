"""What departments with their own systems report (EXC-01): each report is receipted, or refused with the reason, kept and told."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from pydantic import ValidationError

from contracts import department as steps
from contracts import report as wire
from contracts.envelope import Malformed
from contracts.registry import NewerVersionError, PublicEvent, UnknownTypeError
from contracts.report import Marks, Report
from services.chassis.bus.reasons import reason_of
from services.chassis.service import Transaction
from services.chassis.validation import listed
from services.intake.domain.department_case import DepartmentCase, department_case_id
from services.intake.domain.item import ItemRevision, revision_in_force
from services.intake.domain.service_item import ServiceItem, item_id
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.kernel.calendar import WorkingDayCalendar, local_day
from services.kernel.plain_text import printable, unprintable

MOST_AT_ONCE = 1000
PREFIX = "gov.onewindow.department."
_AHEAD = timedelta(minutes=5)
"""How far a department's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class ReportReceipt:
    """What came of one report: RECEIVED, KNOWN (it was received before) or REFUSED with a code and a detail. `case` is the case's id here."""

    report: str
    number: str
    status: str
    case: str | None = None
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RefusedReport:
    """A report to be kept for an operator."""

    body: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Reporter:
    """A department's system: who it is, and since when it reports."""

    actor: Actor
    department: str
    since: date


class Reporting:
    """Takes a batch of reports in one transaction."""

    def __init__(self, transaction: Transaction, reporter: Reporter, calendar: WorkingDayCalendar, now: datetime) -> None:
        self._transaction = transaction
        self._reporter = reporter
        self._calendar = calendar
        self._now = now
        self.kept: list[RefusedReport] = []
        """What was refused now, and not before."""

    def take(self, bodies: Sequence[bytes]) -> list[ReportReceipt]:
        """Take each report or refuse it; one that is wrong keeps none of the others from being taken."""
        return [self._take(body) for body in bodies]

    def _take(self, body: bytes) -> ReportReceipt:
        try:
            report = wire.from_bytes(body)
        except Malformed as error:
            malformed = Invalid("report-malformed", f"不是 CloudEvents 1.0 事件：{error}", "EXC-01")
            digest = sha256(body).hexdigest()
            marks = wire.marks_of(body, f"编号不详-{digest[:12]}")
            return self._refuse(self._case(marks.subject), marks, digest, malformed, body)
        digest = sha256(msgspec.json.encode((report.type, report.time, report.data), order="sorted")).hexdigest()
        case = self._case(report.subject)
        try:
            event, item = self._checked(report)
            data = event.model_dump(mode="json")
            step = report.type.split(".")[-2]
            actor = self._reporter.actor
            is_new = case.report(report.id, digest, step, data, item, self._reporter.since, report.time, actor, self._now)
        except Refusal as refusal:
            return self._refuse(case, Marks(report.id, report.subject, report.type), digest, refusal, body)
        return ReportReceipt(report.id, report.subject, "RECEIVED" if is_new else "KNOWN", str(case.id))

    def _case(self, number: str) -> DepartmentCase:
        department = self._reporter.department
        case = self._transaction.find(DepartmentCase, department_case_id(department, number))
        if case is None:
            case = DepartmentCase.open_case(department, number, self._reporter.actor, self._now)
            self._transaction.add(case)
        return case

    def _refuse(self, case: DepartmentCase, marks: Marks, digest: str, refusal: Refusal, body: bytes) -> ReportReceipt:
        # It may quote what is wrong.
        detail = printable(refusal.message)
        if case.refuse(marks.id, digest, marks.type, refusal.code, detail, self._reporter.actor, self._now):
            self.kept.append(RefusedReport(body, reason_of(refusal)))
        return ReportReceipt(marks.id, marks.subject, "REFUSED", str(case.id), refusal.code, detail)

    def _checked(self, report: Report) -> tuple[PublicEvent, ItemRevision | None]:
        """Give what a report says, and the item revision that applies to it where it is a receipt."""
        if report.source != f"/departments/{self._reporter.department}":
            raise NotAllowed("source-wrong", f"source 应为 /departments/{self._reporter.department}。", "EXC-01")
        event = _event(report)
        if any(unprintable(text) for text in _texts(event.model_dump(mode="json"))) or unprintable(report.subject):
            raise Invalid("unprintable", "文字中有不能打印的字符。", "EXC-01")
        if report.time > self._now + _AHEAD:
            raise Invalid("time-ahead", f"发生时间 {report.time.isoformat()} 晚于现在。", "EXC-01")
        if local_day(report.time) < self._calendar.first:
            raise Invalid("time-too-early", f"发生时间早于工作日历的第一天 {self._calendar.first}。", "EXC-01")
        return event, self._item(event.item, local_day(report.time)) if isinstance(event, steps.ApplicationReceived) else None

    def _item(self, code: str, day: date) -> ItemRevision:
        found = self._transaction.find(ServiceItem, item_id(code))
        if found is None:
            raise Invalid("item-unknown", f"目录中没有事项 {code}。", "CAT-01")
        # A case may be older than the catalogue: the first revision is the nearest to it.
        item = revision_in_force(found.revisions, day) or found.revisions[0]
        if item.department != self._reporter.department:
            raise NotAllowed("item-of-another-department", f"事项 {code} 由其他部门办理。", "SEC-02")
        return item


def _event(report: Report) -> PublicEvent:
    unknown = Invalid("type-unknown", f"没有 {report.type} 这种事件；见 asyncapi.yaml 的 department 频道。", "EXC-02")
    if not report.type.startswith(PREFIX):
        raise unknown
    try:
        return report.event()
    except UnknownTypeError as error:
        raise unknown from error
    except NewerVersionError as error:
        raise Invalid("type-newer", f"{report.type} 的版本比本系统新。", "EXC-02") from error
    except ValidationError as error:
        raise Invalid("data-wrong", f"数据不符合约定：{listed(error.errors())}", "EXC-02") from error


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, Iterable):
        for one in value:
            yield from _texts(one)
