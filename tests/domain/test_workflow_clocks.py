"""A case's clocks: special procedures stop them, the one extension lengthens them, each stage has its own (FLW-06, FLW-07, CLK-02 to CLK-04)."""

from collections.abc import Callable
from datetime import date

import pytest

from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.kernel.clock import ClockFacts, ClockState, reckon
from services.kernel.process import SpecialProcedure
from services.workflow.domain.case import Case
from services.workflow.domain.facts import CaseMaterial
from tests.domain.workflow_cases import ACCEPTED, AT_ONCE, CALENDAR, HANDLER, HEAD, HEALTH, JOINT, LEADER, SUPERVISOR, at, happened, opened, signed

REVIEW = SpecialProcedure.EXPERT_REVIEW


def due(facts: ClockFacts, as_of: date) -> date | None:
    """Give the due day as of a day."""
    return reckon(facts, CALENDAR, as_of).due


def stop(case: Case, name: str, month: int, day: int, procedure: SpecialProcedure = REVIEW) -> None:
    """Begin a special procedure of five working days."""
    case.stop_clock(name, procedure, 5, "技术复杂，需专家论证", f"TB-{name}", HANDLER, at(month, day))


def test_the_clocks_run_from_the_day_of_the_case() -> None:
    """Given a case of Monday 2 March, 10 promised days end on Monday 16 March, 20 statutory ones on 30 March, 3 of the stage on Thursday."""
    case = opened()
    today = ACCEPTED.date()
    assert [due(clock, today) for clock in (case.promised_clock(), case.statutory_clock(), case.stage_clock("handle"))] == [
        date(2026, 3, 16),
        date(2026, 3, 30),
        date(2026, 3, 5),
    ]


def test_the_clock_of_a_stage_starts_when_it_is_entered() -> None:
    """Given a first signature on Wednesday, the second stage's two days end on Friday."""
    case = signed(opened(), ("handle", HANDLER), when=at(3, 4))
    assert due(case.stage_clock("review"), date(2026, 3, 4)) == date(2026, 3, 6)


def test_a_special_procedure_stops_all_clocks() -> None:
    """Given a stop from Tuesday to Thursday, Wednesday and Thursday do not count for case and stage."""
    case = opened()
    stop(case, "one", 3, 3)
    standing = reckon(case.promised_clock(), CALENDAR, date(2026, 3, 4))
    assert (standing.state, standing.due) == (ClockState.STANDING, None)
    case.resume_clock("one", "论证通过", HANDLER, at(3, 5))
    assert happened(case) == ["ClockStopped", "ClockResumed"]
    later = date(2026, 3, 5)
    assert (due(case.promised_clock(), later), due(case.stage_clock("handle"), later)) == (date(2026, 3, 18), date(2026, 3, 9))


def test_overlapping_stops_count_once_and_end_each_by_itself() -> None:
    """Given two procedures that overlap, the clock stands until the last one ends, and their days are taken out once (CLK-03)."""
    case = opened()
    stop(case, "one", 3, 3)
    stop(case, "two", 3, 4, SpecialProcedure.HEARING)
    case.resume_clock("one", "论证通过", HANDLER, at(3, 5))
    assert due(case.promised_clock(), date(2026, 3, 5)) is None
    case.resume_clock("two", "听证结束", HANDLER, at(3, 6))
    assert due(case.promised_clock(), date(2026, 3, 6)) == date(2026, 3, 19)
    assert [stop.id for stop in case.stops] == ["one", "two"], "the history of the stops stays"


def test_only_the_items_special_procedures_stop_the_clock() -> None:
    """Given a procedure that the item does not name, stopping is refused: nothing else stops a clock (FLW-06, L 45)."""
    case = opened()
    with pytest.raises(Refusal) as refused:
        stop(case, "one", 3, 3, SpecialProcedure.AUCTION)
    assert refused.value.code == "procedure-not-allowed"
    assert happened(case) == []


@pytest.mark.parametrize(("days", "reason", "wrong"), [(0, "论证", ["expected_days"]), (5, " ", ["reason"]), (-1, "", ["expected_days", "reason"])])
def test_the_applicant_is_told_why_and_how_long(days: int, reason: str, wrong: list[str]) -> None:
    """Given no reason or no expected time, the clock is not stopped: the notice must say both."""
    with pytest.raises(Invalid) as refused:
        opened().stop_clock("one", REVIEW, days, reason, "TB-1", HANDLER, ACCEPTED)
    assert list(refused.value.fields) == wrong


def test_a_stop_ends_once_with_its_result() -> None:
    """Given a stop, it does not end without a result, an ended or unknown one does not end again."""
    case = opened()
    stop(case, "one", 3, 3)
    with pytest.raises(Invalid):
        case.resume_clock("one", "", HANDLER, at(3, 5))
    case.resume_clock("one", "论证通过", HANDLER, at(3, 5))
    for name in ("one", "two"):
        with pytest.raises(Refusal) as refused:
            case.resume_clock(name, "结果", HANDLER, at(3, 6))
        assert refused.value.code == "no-such-stop"


@pytest.mark.parametrize("actor", [HEAD, HEALTH, SUPERVISOR])
def test_the_clock_is_stopped_by_an_officer_of_an_open_stage(actor: Actor) -> None:
    """Given an officer whom no open stage is for, stopping, resuming and adding are refused."""
    case = opened()
    stop(case, "one", 3, 3)
    acts: list[Callable[[], None]] = [
        lambda: case.stop_clock("two", REVIEW, 5, "论证", "TB-2", actor, at(3, 4)),
        lambda: case.resume_clock("one", "通过", actor, at(3, 4)),
        lambda: case.add_material(CaseMaterial("added-1", "论证报告", paper=False, added=True), "补充", actor, at(3, 4)),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_no_decision_while_the_clock_stands() -> None:
    """Given a special procedure that lasts, the case is not decided; once it ended it is (FLW-06)."""
    case = signed(opened(), ("handle", HANDLER), ("review", HEAD))
    case.stop_clock("one", REVIEW, 5, "论证", "TB-1", LEADER, at(3, 4))
    with pytest.raises(Refusal) as refused:
        signed(case, ("approve", LEADER), when=at(3, 5))
    assert refused.value.code == "procedure-lasts"
    case.resume_clock("one", "通过", LEADER, at(3, 6))
    signed(case, ("approve", LEADER), when=at(3, 6))
    assert reckon(case.promised_clock(), CALENDAR, at(3, 6).date()).state is ClockState.DECIDED


# Extension (FLW-07)


def test_the_extension_lengthens_the_case_and_not_its_stages() -> None:
    """Given 5 days more, promised and statutory due days move by five working days, the stage's does not."""
    case = opened()
    case.extend(5, "情况复杂", LEADER, at(3, 3), CALENDAR)
    today = date(2026, 3, 3)
    assert [due(clock, today) for clock in (case.promised_clock(), case.statutory_clock(), case.stage_clock("handle"))] == [
        date(2026, 3, 23),
        date(2026, 4, 6),
        date(2026, 3, 5),
    ]


@pytest.mark.parametrize(("days", "joint", "allowed"), [(10, False, True), (11, False, False), (15, True, True), (16, True, False), (0, False, False)])
def test_an_extension_is_10_days_at_most_15_for_joint_handling(days: int, joint: bool, allowed: bool) -> None:  # noqa: FBT001
    """Given more days than L 42 allows, or none, the extension is refused."""
    case = opened(JOINT) if joint else opened()
    if allowed:
        case.extend(days, "情况复杂", LEADER, at(3, 3), CALENDAR)
        assert case.extension is not None
    else:
        with pytest.raises(Invalid) as refused:
            case.extend(days, "情况复杂", LEADER, at(3, 3), CALENDAR)
        assert list(refused.value.fields) == ["days"]


def test_an_extension_is_granted_once_with_a_reason() -> None:
    """Given no reason, none is granted; given one already, no second one is."""
    case = opened()
    with pytest.raises(Invalid) as refused:
        case.extend(5, " ", LEADER, at(3, 3), CALENDAR)
    assert list(refused.value.fields) == ["reason"]
    case.extend(5, "情况复杂", LEADER, at(3, 3), CALENDAR)
    with pytest.raises(Refusal) as again:
        case.extend(1, "情况复杂", LEADER, at(3, 4), CALENDAR)
    assert again.value.code == "extended-already"


@pytest.mark.parametrize("actor", [HANDLER, HEAD, HEALTH, SUPERVISOR])
def test_the_agencys_head_grants_the_extension(actor: Actor) -> None:
    """Given anybody but the leader of the item's department, the extension is refused (L 42)."""
    with pytest.raises(NotAllowed):
        opened().extend(5, "情况复杂", actor, at(3, 3), CALENDAR)


def test_no_extension_once_the_statutory_limit_has_passed() -> None:
    """Given the statutory due day, the extension is still granted; on the day after, the breach stands."""
    opened().extend(5, "情况复杂", LEADER, at(3, 30), CALENDAR)
    with pytest.raises(Refusal) as refused:
        opened().extend(5, "情况复杂", LEADER, at(3, 31), CALENDAR)
    assert refused.value.code == "too-late-to-extend"


def test_an_instant_item_is_never_extended() -> None:
    """Given an instant item, there is no limit to lengthen."""
    leader = Actor("l", "示例局长", LEADER.roles, "civil-affairs")
    with pytest.raises(Refusal):
        opened(AT_ONCE).extend(1, "情况复杂", leader, ACCEPTED, CALENDAR)


def test_an_extension_while_the_clock_stands_adds_its_days() -> None:
    """Given a stop that lasts, an extension counts once the clock runs again: 10 days, 5 more, 2 taken out."""
    case = opened()
    stop(case, "one", 3, 3)
    case.extend(5, "情况复杂", LEADER, at(3, 4), CALENDAR)
    case.resume_clock("one", "通过", HANDLER, at(3, 5))
    assert due(case.promised_clock(), date(2026, 3, 5)) == date(2026, 3, 25)


# Materials (FLW-09)


def test_a_material_is_added_with_a_reason() -> None:
    """Given a name and a reason, the material is with the others; without them it is refused."""
    case = opened()
    material = CaseMaterial("added-1", "专家论证意见", paper=False, digest="1" * 64, added=True)
    with pytest.raises(Invalid) as refused:
        case.add_material(material, " ", HANDLER, ACCEPTED)
    assert list(refused.value.fields) == ["reason"]
    case.add_material(material, "论证形成", HANDLER, ACCEPTED)
    assert [one.code for one in case.materials] == ["application-form", "added-1"]


def test_a_withdrawal_ends_the_clocks() -> None:
    """Given a withdrawal on time, the case never becomes overdue (APP-08)."""
    case = opened()
    case.withdraw("不再建设", Actor("zhang", "张三（示例）", frozenset()), at(3, 5))
    assert reckon(case.promised_clock(), CALENDAR, date(2026, 6, 1)).state is ClockState.DECIDED
