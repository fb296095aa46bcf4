"""Steps that have a limit of their own: forwarding, publication, issuing, complaints (SUP-Y06 to SUP-Y09)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding, Level
from services.supervision.rules.unit import MEASURES, Detection, Rule


def _not_forwarded(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:
    return Y06.breaches(picture, calendar, now, "preliminary")


def _not_published(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:
    return Y07.breaches(picture, calendar, now, "publication")


def _not_issued(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:
    return Y08.breaches(picture, calendar, now, "certificate")


def _not_answered(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:
    for finding in Y09.breaches(picture, calendar, now, "complaint"):
        complaint = picture.complaints[finding.evidence[0]]
        yield replace(finding, department=complaint.department, officer=complaint.officer)


Y06 = Rule(
    code="SUP-Y06",
    level=Level.YELLOW,
    title="初审意见没有按时上报",
    article=f"{MEASURES}第二十条第（六）项，行政许可法第四十三条",
    detected="上报件自受理起，初审时限（事项规定，最长二十个工作日）届满仍没有上报上级机关",
    rectified="登记上报",
    responsible="时限届满时办理该环节的部门和人员，初审已签发的为签发人",
    version=1,
    by=(Detection.CLOCK,),
    find=_not_forwarded,
)
Y07 = Rule(
    code="SUP-Y07",
    level=Level.YELLOW,
    title="办理结果没有按时公开",
    article=f"{MEASURES}第二十条第（七）项，行政许可法第四十条",
    detected="作出决定之后，事项规定的公开时限届满仍没有公开",
    rectified="公开决定",
    responsible="作出决定的部门和人员",
    version=1,
    by=(Detection.CLOCK,),
    find=_not_published,
)
Y08 = Rule(
    code="SUP-Y08",
    level=Level.YELLOW,
    title="证照没有按时颁发",
    article=f"{MEASURES}第二十条第（八）项，行政许可法第四十四条",
    detected="准予决定之后十个工作日（承诺更短的从其承诺）届满仍没有制作颁发证照",
    rectified="制作颁发证照",
    responsible="作出决定的部门和人员",
    version=1,
    by=(Detection.CLOCK,),
    find=_not_issued,
)
Y09 = Rule(
    code="SUP-Y09",
    level=Level.YELLOW,
    title="投诉没有按时办理",
    article=f"{MEASURES}第二十条第（九）项、第二十三条",
    detected="投诉登记之后五个工作日（经批准延期的加上延长的日数）届满仍没有办理结果",
    rectified="登记办理结果",
    responsible="被投诉的部门，登记时已明确人员的为该人员",
    version=1,
    by=(Detection.CLOCK,),
    find=_not_answered,
)
