"""Each rule of supervision by itself: what it finds, what it narrowly does not find, and what mends it (SUP-L01 to SUP-A01)."""

from dataclasses import dataclass
from datetime import date

import pytest

from contracts import certificates, intake, workflow
from services.console import rules_document
from services.supervision.domain.seeing import picture_of
from services.supervision.domain.warnings import Level
from services.supervision.rules import RULES, Detection, rule
from services.supervision.rules.catalogue import ELEMENTS
from tests.domain.supervision_stories import CALENDAR, DEPARTMENT, GUIDE, Story, at


@dataclass(frozen=True)
class Example:
    """A story in which a rule fires as of a moment, one in which it narrowly does not, and the first one mended (none: a person verifies it)."""

    code: str
    fires: Story
    at: str
    near_miss: Story
    near_at: str
    mended: Story | None = None
    mended_at: str = ""
    officer: str | None = "officer"
    detail: str = ""


def opened(**item: object) -> Story:
    """Give a case received and accepted on Monday the 2nd of March."""
    return Story(**item).opened()


def handing_over(moment: str) -> Story:
    """Give a case that comes from another department to the next stage, with its paper."""
    return opened().signed("handle", "2 10:30", department="health").entered("approve", moment, paper_from="health")


def granted(**item: object) -> Story:
    """Give a case granted on Tuesday the 3rd."""
    return opened(**item).through("3 10:00")


def escalated() -> Story:
    """Give a case that must be forwarded within three days."""
    return opened(kind="ESCALATED", preliminary_limit=3)


def forwarded(story: Story, moment: str) -> Story:
    """Forward the preliminary opinion."""
    return story.said("workflow", workflow.PreliminaryOpinionForwarded(forwarded_on=MONDAY, to="市局", document="1号"), moment)


def altered(story: Story, moment: str) -> Story:
    """Find the library's record altered."""
    return story.said("certificates", certificates.AlterationFound(number="N-1", found_on=MONDAY), moment, "system")


def cancelled(basis: str | None) -> Story:
    """Cancel an item."""
    event = intake.ItemWithdrawn(item="x", last_day=MONDAY, reason="不办了", basis=basis, department=DEPARTMENT, name="某事项")
    return Story().said("intake", event, "2 09:00", "editor")


def reported(forwarded: str = "") -> Story:
    """Give a case that a department reports, due to be forwarded within three days."""
    story = Story(kind="ESCALATED", preliminary_limit=3).reported("application-received", "2 09:00", applicant="a", applicant_kind="PERSON")
    story.reported("application-accepted", "2 10:00")
    return story.reported("preliminary-opinion-forwarded", forwarded, to="市局", document="1号") if forwarded else story


def sent_back() -> Story:
    """Give a case that the leader sent back and that was signed anew: the first signatures no longer count."""
    story = opened().signed("handle", "3").entered("approve", "3").signed("approve", "4", "leader")
    story.said("workflow", workflow.CaseRolledBack(from_stage="approve", to_stage="handle", reopened=("handle", "approve"), reason="补查"), "4 10:00", "leader")
    return story.entered("handle", "4 10:00").signed("handle", "5").entered("approve", "5").signed("approve", "6", "leader").decided("6 10:00")


def complained(answered: str = "", extended: int = 0) -> Story:
    """Give a case about which somebody complained on the 2nd; it is due on the 9th."""
    return opened().complained("2 10:00", answered, extended)


MONDAY = date(2026, 3, 2)
TOLD_THRICE = opened().noticed("3").noticed("4", 2, "补正后的签名不是本人").noticed("5", 3, "还是不是")
REVOKED = certificates.CertificateRevoked(number="N-1", revoked_on=MONDAY, reason="被改动")
REFUND = workflow.FeeRefunded(fee="fee-1", reason="没有依据")

EXAMPLES = [
    Example("SUP-L01", opened(), "6 00:00", opened(), "5 23:59", officer=None),
    Example("SUP-R01", opened(), "10 00:00", opened(), "9 23:59", opened().taken("handle", "he", "3").through("10 09:00"), "10 09:00", officer=None),
    Example(
        "SUP-R01", opened().taken("handle", "first", "3").taken("handle", "second", "10 08:00"), "10 09:00", opened().through("9 23:59"), "12", officer="first"
    ),
    Example(
        "SUP-Y02",
        Story().revised("2", "2026-03-02", accountability=0),
        "2",
        Story().revised("2", "2026-03-02"),
        "2",
        Story().revised("2", "2026-03-02", accountability=0).revised("3", "2026-03-03", 2),
        "3",
        "editor",
        "没有公开：追责情形",
    ),
    Example(
        "SUP-Y02",
        Story().revised("2", "2026-03-01").revised("4", "2026-03-03", 2),
        "4",
        Story().revised("2", "2026-03-01").revised("4", "2026-03-04", 2),
        "4",
        officer="editor",
    ),
    Example(
        "SUP-Y03",
        Story().revised("2", "2026-03-02", form_fields=0),
        "2",
        Story().revised("2", "2026-03-02", form_fields=1),
        "2",
        Story().revised("2", "2026-03-02", form_fields=0).revised("3", "2026-03-03", 2),
        "3",
        "editor",
    ),
    Example("SUP-Y04", TOLD_THRICE, "5", opened().noticed("3").noticed("4", 2, "补正后的签名不是本人"), "5", detail="第 3 次告知"),
    Example("SUP-Y04", opened().noticed("3").noticed("4", 2, " "), "4", opened().noticed("3"), "4"),
    Example(
        "SUP-Y05", opened().through("3", "REFUSED", "不符合条件。"), "3", opened().through("3", "REFUSED", "厨房距污染源不足二十五米"), "3", officer="leader"
    ),
    Example(
        "SUP-Y05",
        Story().received().said("intake", intake.AcceptanceRefused(notice="B", reasons=""), "3"),
        "3",
        Story().received().said("intake", intake.AcceptanceRefused(notice="B", reasons="不属于本机关职权范围"), "3"),
        "3",
    ),
    Example("SUP-Y06", escalated(), "6 00:00", escalated(), "5 23:59", forwarded(escalated(), "9"), "9", officer=None),
    Example("SUP-Y06", escalated().through("4"), "6 00:00", forwarded(escalated().through("4"), "5 17:00"), "12", officer="leader"),
    Example("SUP-Y06", reported(), "6 00:00", reported("5 17:00"), "9", reported("9"), "9", officer=None),
    Example("SUP-Y07", granted(), "13 00:00", granted(), "12 23:59", granted().published("13 10:00"), "13 10:00", "leader"),
    Example(
        "SUP-Y08", granted(certificate_limit=5), "11 00:00", granted(certificate_limit=5), "10 23:59", granted(certificate_limit=5).issued("12"), "12", "leader"
    ),
    Example("SUP-Y09", complained(), "10 00:00", complained(), "9 23:59", complained(answered="11 10:00"), "11 10:00", "officer"),
    Example("SUP-Y09", complained(), "10 08:00", complained(answered="9 23:59"), "10 08:00", officer="officer"),
    Example("SUP-Y09", complained(extended=2), "12 00:00", complained(extended=2), "11 23:59", officer="officer"),
    Example(
        "SUP-Y10",
        opened().said("workflow", workflow.DecisionPublished(published_on=MONDAY), "3", recorded="5"),
        "5",
        opened().said("workflow", workflow.DecisionPublished(published_on=MONDAY), "3", recorded="4 23:00"),
        "5",
    ),
    Example("SUP-Y10", opened().signed("approve", "3"), "3", opened().signed("handle", "3"), "3"),
    Example("SUP-Y10", Story().offline("4"), "4", Story().offline("3"), "3"),
    Example("SUP-Y11", Story().offline("3", cause="NONE", reason="忙"), "3", Story().offline("3", cause="OUTAGE", reason="停电"), "3"),
    Example("SUP-Y11", Story().offline("3", cause="OUTAGE", reason=" "), "3", Story().offline("3", cause="NONE", reason="", grade="C"), "3"),
    Example("SUP-Y11", Story().offline("3", cause="NONE", reason="", grade="B"), "3", Story().offline("3", cause="CLASSIFIED", reason="涉密"), "3"),
    Example("SUP-R03", Story().offline("3", item=None), "3", Story().offline("3"), "3"),
    Example("SUP-R04", cancelled(""), "2", cancelled("示例政办发〔2026〕3号"), "2", officer="editor"),
    Example("SUP-R04", cancelled(" "), "2", cancelled(None), "2", officer="editor"),
    Example(
        "SUP-R05",
        opened().signed("handle", "3").entered("extra", "3"),
        "3",
        opened().signed("handle", "3").entered("approve", "3"),
        "3",
        officer=None,
        detail="增加了环节：extra",
    ),
    Example("SUP-R05", opened().decided("3"), "3", granted(), "3", officer="leader", detail="缺少环节：承办、批准"),
    Example(
        "SUP-R05",
        opened().entered("approve", "2 10:00").signed("approve", "3 09:00", "leader").signed("handle", "3 09:01").decided("3 10:00"),
        "3 10:00",
        opened().signed("handle", "3 09:00").entered("approve", "3 09:00").signed("approve", "3 09:00", "leader").decided("3 10:00"),
        "3 10:00",
        officer="leader",
        detail="「批准」先于「承办」签署",
    ),
    Example(
        "SUP-R05",
        opened().entered("approve", "2 10:00").signed("approve", "3 09:00", "leader").signed("handle", "3 09:01").decided("3 10:00"),
        "3 10:00",
        sent_back(),
        "6 10:00",
        officer="leader",
    ),
    Example("SUP-R05", opened().noticed("3", material="bank-statement"), "3", opened().noticed("3"), "3"),
    Example(
        "SUP-R06", opened().signed("handle", "3").entered("approve", "3").signed("approve", "3", "deputy").decided("3"), "3", granted(), "3", officer="leader"
    ),
    Example(
        "SUP-R06",
        opened().signed("handle", "3", department="health").entered("approve", "3").signed("approve", "3", "leader").decided("3"),
        "3",
        granted(),
        "3",
    ),
    Example(
        "SUP-R08",
        altered(granted().issued("4"), "9"),
        "9",
        granted().issued("4"),
        "9",
        altered(granted().issued("4"), "9").said("certificates", REVOKED, "9 12:00"),
        "9 12:00",
        "leader",
    ),
    Example(
        "SUP-R09",
        opened().charged("3", "工本费", 1200),
        "3",
        opened().charged("3", "工本费", 1000),
        "3",
        opened().charged("3", "工本费", 1200).said("workflow", REFUND, "4"),
        "4",
        "clerk",
        "工本费 12.00 元：标准为 10.00 元",
    ),
    Example("SUP-R09", opened().charged("3", "保证金", 5000), "3", opened(fees=None).charged("3", "保证金", 5000), "3", officer="clerk"),
    Example("SUP-A01", opened(), "5 00:00", opened(), "4 23:59", opened().signed("handle", "5 09:00"), "5 09:00", None, "承办"),
    Example("SUP-A01", Story().received(channel="ONLINE"), "5 00:00", Story().received(channel="ONLINE").noticed("4 23:00"), "5 00:00", officer=None),
    Example(
        "SUP-A01", Story().received("2 11:59", "WINDOW", paper=True), "2 14:00", Story().received("2 12:00", "WINDOW", paper=True), "3 09:29", officer=None
    ),
    Example(
        "SUP-A01",
        handing_over("2 11:59").taken("approve", "leader", "2 13:00"),
        "2 14:00",
        handing_over("2 11:59").handed_over("2 13:59"),
        "2 14:00",
        handing_over("2 11:59").taken("approve", "leader", "2 13:00").handed_over("2 15:00"),
        "2 15:00",
        "leader",
        "批准",
    ),
    Example(
        "SUP-A01",
        handing_over("2 12:00").handed_over("2 13:00", "health"),
        "3 09:30",
        handing_over("2 12:00"),
        "3 09:29",
        handing_over("2 12:00").signed("approve", "3 10:00", "leader"),
        "3 10:00",
        None,
        "批准",
    ),
    Example(
        "SUP-A01",
        granted().published("3").issued("3").delivered("4"),
        "6 00:00",
        granted().published("3").issued("3").delivered("4"),
        "5 23:59",
        granted()
        .published("3")
        .issued("3")
        .delivered("4")
        .said("certificates", certificates.ResultArchived(number="N-1", sheet="GD-1", archived_on=MONDAY), "6"),
        "6",
        "leader",
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.code)
def test_a_rule_fires_narrowly_does_not_and_is_mended(example: Example) -> None:
    """Given a story, the rule finds its violation once, and who is responsible; a hair's breadth away it finds nothing; what mends it is seen."""
    (found,) = example.fires.found(example.code, example.at)
    assert (found.department, found.officer) == (DEPARTMENT, example.officer)
    assert found.version == rule(example.code).version
    assert found.level is rule(example.code).level
    known = {fact.evidence for fact in example.fires.facts} | set(example.fires.complaints)
    assert set(found.evidence) <= known and found.evidence  # noqa: PT018 - one statement about the evidence
    assert example.detail in found.detail
    assert found.rectified is None
    assert example.near_miss.found(example.code, example.near_at) == []
    if example.mended is not None:
        (mended,) = example.mended.found(example.code, example.mended_at)
        assert mended.rectified == example.mended.ended
        assert mended.since <= mended.rectified


def test_every_rule_that_events_or_clocks_show_has_an_example() -> None:
    """Given all rules, those that fire by themselves are all among the examples; the others are opened by hand, complaint, or follow from another card."""
    automatic = {one.code for one in RULES if set(one.by) & {Detection.EVENT, Detection.CLOCK}}
    assert automatic - {example.code for example in EXAMPLES} == {"SUP-R02"}
    assert {one.code for one in RULES} - automatic == {"SUP-Y01", "SUP-Y12", "SUP-R07", "SUP-R10"}


def test_the_rules_are_those_of_the_requirements() -> None:
    """Given the list of rules, it is L01, Y01 to Y12, R01 to R10 and A01, each with all that a unit must say."""
    codes = ["L01", *(f"Y{number:02}" for number in range(1, 13)), *(f"R{number:02}" for number in range(1, 11)), "A01"]
    assert [one.code for one in RULES] == [f"SUP-{code}" for code in codes]
    for one in RULES:
        assert all((one.title, one.article, one.detected, one.rectified, one.responsible, one.by))
        assert {"L": Level.LIGHT, "Y": Level.YELLOW, "R": Level.RED, "A": Level.ANOMALY}[one.code[4]] is one.level


def test_the_document_of_the_rules_has_not_drifted() -> None:
    """Given the rules, docs/rules.md is what `make rules` writes."""
    assert rules_document.PATH.read_text(encoding="utf-8") == rules_document.document()


def test_a_lawful_case_has_no_finding() -> None:
    """Given a case that was handled as it should be, no rule finds anything, months later too."""
    story = granted().published("4").issued("3").delivered("5").charged("5 10:00", "工本费", 1000)
    archived = certificates.ResultArchived(number="N-1", sheet="GD-1", archived_on=MONDAY)
    assert story.said("certificates", archived, "5 15:00").all_found("2026-06-01 09:00") == []


@pytest.mark.parametrize(("when", "found"), [("16 23:59", False), ("17 00:00", True)])
def test_a_yellow_card_that_is_not_rectified_becomes_red(when: str, *, found: bool) -> None:
    """Given a decision that was not published by the 12th, the yellow card of the 13th becomes red when the 16th, a Monday, is over (SUP-R02)."""
    assert bool(granted().found("SUP-R02", when)) is found


def test_a_yellow_card_rectified_in_time_never_becomes_red() -> None:
    """Given a publication on the last day of the rectification, no red card comes; a day later, it comes, and is mended at once."""
    assert granted().issued("4").published("16 23:00").found("SUP-R02", "2026-04-30 09:00") == []
    (late,) = granted().issued("4").published("17 09:00").found("SUP-R02", "17 09:00")
    assert late.rectified is not None


def test_a_special_procedure_stops_the_stage_and_the_preliminary_opinion() -> None:
    """Given an inspection that lasts, neither the stage nor the preliminary opinion falls due meanwhile (clock.md)."""
    story = escalated()
    stopped = workflow.ClockStopped(stop="s", procedure="INSPECTION", from_day=MONDAY, expected_days=9, reason="检验", notice="TB-1")
    standing = story.said("workflow", stopped, "2 11:00").all_found("2026-04-30 09:00")
    assert standing == []


GRANTED_BY = workflow.LimitExtended(granted_on=date(2026, 3, 6), days=3, reason="复杂", approved_by="leader")
INSPECTION = workflow.ClockStopped(stop="s", procedure="INSPECTION", from_day=date(2026, 3, 6), expected_days=9, reason="检验", notice="TB-1")


@pytest.mark.parametrize(
    ("story", "when", "over"),
    [
        (opened(), "9 23:59", ""),
        (opened().through("9 17:00"), "9 17:00", "已在时限内作出决定"),
        (opened(), "10 00:00", "已经超期，由红牌代替"),
        (opened().through("10 09:00"), "10 09:00", "已经超期，由红牌代替"),
        (opened().said("workflow", INSPECTION, "6 10:00"), "9 09:00", "特别程序期间暂停计时"),
        (opened().said("workflow", GRANTED_BY, "6 10:00"), "6 10:00", "时限延长，剩余超过一个工作日"),
    ],
)
def test_a_light_goes_out_and_says_why(story: Story, when: str, over: str) -> None:
    """Given a light of the 6th, it stands until the case is decided, breached, stopped or extended, and says which (SUP-L01, clock.md, rule 8)."""
    (light,) = story.found("SUP-L01", when)
    assert (light.day, light.standing, light.over) == (date(2026, 3, 6), not over, over)


def test_a_light_names_whoever_holds_the_stage_when_it_is_lit() -> None:
    """Given a stage taken over at noon, the light of that midnight names the first holder; where the acceptance comes late, it is lit at once."""
    (light,) = opened().taken("handle", "first", "5").taken("handle", "second", "6 12:00").found("SUP-L01", "6 13:00")
    assert light.officer == "first"
    (light,) = Story(promised_limit=1).opened().found("SUP-L01", "2 10:00")
    assert (light.since, light.day) == (at("2 10:00"), MONDAY)


PROMISED, STATUTORY = "超过承诺时限未作出决定", "超过法定时限未作出决定"


@pytest.mark.parametrize(
    ("story", "when", "expected"),
    [
        (opened(), "16 23:59", [(PROMISED, False, "promised", 10)]),
        (opened(), "17 00:00", [(PROMISED, False, "promised", 10), (STATUTORY, True, "statutory", 17)]),
        (opened(promised_limit=10), "17 00:00", [(STATUTORY, True, "promised", 17)]),
        (opened(promised_limit=10), "16 23:59", []),
    ],
)
def test_the_red_card_marks_the_statutory_breach_as_such(story: Story, when: str, expected: list[tuple[str, bool, str, int]]) -> None:
    """Given limits of five and ten days, each breach has its card, the statutory one marked; where both end on one day, there is one card (SUP-R01)."""
    found = [(one.title, one.statutory, one.clock, one.day.day) for one in story.found("SUP-R01", when)]
    assert found == expected


@pytest.mark.parametrize("element", ELEMENTS)
def test_each_element_that_must_be_public_is_missed(element: str) -> None:
    """Given a guide without one of the elements, the finding names it (SUP-Y02, CAT-02)."""
    (found,) = Story().revised("2", "2026-03-02", **{element: type(getattr(GUIDE, element))()}).found("SUP-Y02", "2")
    assert found.detail == f"没有公开：{ELEMENTS[element]}"


@pytest.mark.parametrize(
    ("story", "clock", "start", "limit", "due"),
    [
        (Story().received(), "acceptance", 2, 5, 9),
        (Story().received(commitment=True, limit=3), "acceptance", 2, 3, 5),
        (Story().received().noticed("4").corrected("6"), "acceptance:2", 6, 5, 13),
        (Story().received(commitment=True, limit=2).noticed("3").corrected("6"), "acceptance:2", 6, 2, 10),
    ],
)
def test_the_clock_of_the_acceptance(story: Story, clock: str, start: int, limit: int, due: int) -> None:
    """Given a receipt, acceptance is due in five days, after a commitment in its limit, and after a correction once more (COR-01)."""
    found = picture_of(story.facts).clock(clock)
    assert found is not None
    said = found.said(CALENDAR, date(2026, 3, start))
    assert (found.facts.start.day, found.facts.limit, said.due) == (start, limit, date(2026, 3, due))


def test_a_notice_ends_the_first_clock_of_the_acceptance_and_the_answer_the_second() -> None:
    """Given a notice on the 4th, corrections on the 6th and acceptance on the 9th, each clock ended on its day."""
    story = Story().received().noticed("4").corrected("6").accepted("9")
    clocks = [clock for clock in picture_of(story.facts).clocks() if clock.name == "acceptance"]
    assert [(clock.key, clock.facts.decided) for clock in clocks] == [("acceptance", date(2026, 3, 4)), ("acceptance:2", date(2026, 3, 9))]
