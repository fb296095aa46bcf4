"""SUP-R02: a yellow card that was not rectified one working day after it becomes a red card. It follows from the other rules' findings."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.kernel.calendar import local_day, start_of
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding, Level
from services.supervision.rules.unit import MEASURES, Detection, Rule

_DAY = timedelta(days=1)

R02 = Rule(
    code="SUP-R02",
    level=Level.RED,
    title="黄牌逾期没有整改",
    article=f"{MEASURES}第二十一条第（二）项",
    detected="黄牌发出后次一工作日终了仍没有整改；按时报告整改又经核实的，以报告之日为准",
    rectified="黄牌所指的问题已经整改",
    responsible="黄牌的责任部门和人员",
    version=1,
    by=(Detection.CLOCK,),
)


def escalated(found: Sequence[Finding], picture: Picture, now: datetime) -> Iterable[Finding]:
    """Find the yellow cards, found by rule or opened by hand, that were not rectified in time."""
    cards = {(card.finding.rule, card.finding.key): card for card in picture.cards.values()}
    for finding in found:
        if finding.level is not Level.YELLOW or finding.rectify_by is None:
            continue
        card = cards.get((finding.rule, finding.key))
        if card is not None and card.is_void:
            continue
        moments = (finding.rectified, card.rectified if card else None, card.reported if card else None)
        met = min((moment for moment in moments if moment is not None), default=None)
        since = start_of(finding.rectify_by + _DAY)
        if now < since or (met is not None and local_day(met) <= finding.rectify_by):
            continue
        mended = min((moment for moment in moments[:2] if moment is not None), default=None)
        yield Finding(
            rule=R02.code,
            version=R02.version,
            level=R02.level,
            title=f"{R02.title}：{finding.title}",
            key=f"{finding.rule}:{finding.key}",
            since=since,
            day=local_day(since),
            clock=f"rectification:{finding.rule}:{finding.key}",
            due=finding.rectify_by,
            department=finding.department,
            officer=finding.officer,
            evidence=finding.evidence,
            detail=finding.detail,
            rectified=mended,
            rectified_by=finding.rectified_by,
        )
