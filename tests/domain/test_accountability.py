"""A supervisor finds who answers for a flagged month and how; mitigation and exemption have their grounds, and what is withdrawn stays (SUP-27)."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.kernel.calendar import SHANGHAI
from services.supervision.domain.accountability import AccountabilityRecord, Measure
from services.supervision.domain.appraisal import Accountability, Mark, accountability
from services.supervision.domain.warnings import Ground

MARCH = date(2026, 3, 1)
NOW = datetime(2026, 4, 1, 9, tzinfo=SHANGHAI)
SUPERVISOR = Actor("s", "监察员（示例）", frozenset({Role.SUPERVISOR}))
LATE = Mark("one", "c1", "SJ-1", "SUP-R01", "RED", "ISSUED", "health", "wang", date(2026, 3, 2), self_corrected=False)
MENDED = replace(LATE, id="two", case_id="c2", level="YELLOW", rule="SUP-Y04", state="RECTIFIED", officer="li", self_corrected=True)
FINDING: dict[str, Any] = {"measure": Measure.SUPERVISION_ADMONITION, "exempted": None, "reason": "两件没有按期办结", "mitigated": False}
EXEMPTION = {**FINDING, "measure": None, "exempted": Ground.FORCE_MAJEURE, "reason": "全区停电"}


def counted(*marks: Mark) -> Accountability:
    """Give what is counted for the department's month."""
    (month,) = accountability(marks)
    return month


def given(officer: str | None = None, marks: tuple[Mark, ...] = (LATE, MENDED), actor: Actor = SUPERVISOR, **change: Any) -> AccountabilityRecord:
    """Give a finding about the health department, or about one of its officers."""
    one = AccountabilityRecord.begin_for(MARCH, "health", officer, actor, NOW)
    one.find(counted(*marks), actor=actor, now=NOW, **{**FINDING, **change})
    return one


def test_a_department_answers_for_all_its_cards_and_an_officer_for_the_own() -> None:
    """Given a flagged month, the finding about the department stands on every confirmed card, that about an officer on his."""
    department, officer = given().standing, given("li").standing
    assert department is not None
    assert officer is not None
    assert (department.cards, officer.cards) == (("one", "two"), ("two",))


def test_a_month_that_is_not_flagged_has_no_finding() -> None:
    """Given one violation, or two of which one was exempted, or no card at all, nothing is found."""
    for marks in ((LATE,), (LATE, replace(MENDED, state="EXEMPTED"))):
        with pytest.raises(Refusal, match="不足两次"):
            given(marks=marks)
    with pytest.raises(Refusal, match="不足两次"):
        AccountabilityRecord.begin_for(MARCH, "health", None, SUPERVISOR, NOW).find(None, actor=SUPERVISOR, now=NOW, **FINDING)


def test_own_correction_mitigates_where_it_happened() -> None:
    """Given one card that was mended in time, the department's and its officer's measure may be mitigated, the other officer's not."""
    for answers in (None, "li"):
        standing = given(answers, mitigated=True).standing
        assert standing is not None
        assert standing.mitigated
    with pytest.raises(Invalid) as refused:
        given("wang", mitigated=True)
    assert set(refused.value.fields) == {"leniency"}


def test_an_exemption_has_its_ground_and_no_measure() -> None:
    """Given force majeure, nobody answers, and the ground is on record."""
    standing = given(**EXEMPTION).standing
    assert standing is not None
    assert (standing.measure, standing.exempted) == (None, Ground.FORCE_MAJEURE)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"measure": None}, "measure"),
        ({"exempted": Ground.FRAUD}, "measure"),
        ({**EXEMPTION, "mitigated": True}, "leniency"),
        ({"reason": " "}, "reason"),
        ({"officer": "zhao"}, "officer"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(change: dict[str, Any], field: str) -> None:
    """Given neither measure nor ground, or both, a mitigated exemption, no reason, or an officer without a card, the field is named."""
    with pytest.raises(Invalid) as refused:
        given(**change)
    assert set(refused.value.fields) == {field}


def test_a_finding_is_changed_by_withdrawing_it_and_both_stay_on_record() -> None:
    """Given a finding, a second one is refused until the first is withdrawn with a reason; then both are there, and the second stands."""
    one = given()
    with pytest.raises(Refusal, match="已经作出认定"):
        one.find(counted(LATE, MENDED), actor=SUPERVISOR, now=NOW, **EXEMPTION)
    with pytest.raises(Invalid):
        one.withdraw(" ", SUPERVISOR, NOW)
    one.withdraw("当日全区停电", SUPERVISOR, NOW)
    with pytest.raises(Refusal, match="没有可以撤销"):
        one.withdraw("再撤销一次", SUPERVISOR, NOW)
    one.find(counted(LATE, MENDED), actor=SUPERVISOR, now=NOW, **EXEMPTION)
    assert [(finding.measure, finding.why) for finding in one.findings] == [(Measure.SUPERVISION_ADMONITION, "当日全区停电"), (None, "")]
    assert one.standing == one.findings[1]


def test_only_a_supervisor_finds_and_withdraws() -> None:
    """Given an auditor or a leader of the department, neither finds nor withdraws."""
    for role, department in ((Role.AUDITOR, None), (Role.LEADER, "health")):
        actor = Actor("x", "旁人（示例）", frozenset({role}), department)
        with pytest.raises(NotAllowed):
            given(actor=actor)
        with pytest.raises(NotAllowed):
            given().withdraw("撤销", actor, NOW)
