"""SUP-R09: whatever is charged must stand in the published standard, to the fen; deposits never do (FEE-01)."""

from collections.abc import Iterable
from datetime import datetime

from services.chassis.web.wording import money
from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import Finding, Level
from services.supervision.rules.unit import MEASURES, Detection, Rule, who

DEPOSITS = ("押金", "保证金", "抵押")


def _off_the_standard(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterable[Finding]:  # noqa: ARG001 - by events alone
    published = picture.item.get("fees")
    if published is None:
        return
    standards = {fee["name"]: fee["amount"] for fee in published}
    for identity, fee in picture.fees.items():
        if standards.get(fee.name) == fee.amount:
            continue
        if any(word in fee.name for word in DEPOSITS):
            why = "收取押金、保证金"
        elif fee.name in standards:
            why = f"标准为 {money(standards[fee.name])}"
        else:
            why = "公布的标准中没有这项收费"
        fields = {"rectified": fee.refunded, "rectified_by": picture.evidence_of("fee-refunded") if fee.refunded else ()}
        detail = f"{fee.name} {money(fee.amount)}：{why}"
        yield R09.found(picture, calendar, identity, fee.charged.happened, (fee.charged.evidence,), detail=detail, officer=who(fee.charged), **fields)  # type: ignore[arg-type]


R09 = Rule(
    code="SUP-R09",
    level=Level.RED,
    title="没有依据收费、不按标准收费或者收取押金",
    article=f"{MEASURES}第二十一条第（九）项、第十条第（一）项",
    detected="登记的收费在公布的标准中没有，或者金额不符；投诉或者核查发现",
    rectified="全额退还",
    responsible="收费的部门和人员",
    version=1,
    by=(Detection.EVENT, Detection.HAND),
    find=_off_the_standard,
)
