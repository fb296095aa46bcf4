"""A case goes from stage to stage by signatures, back by roll-backs, and ends by a decision or a withdrawal (FLW-01 to FLW-04, FLW-08, FLW-09, APP-08)."""

from collections.abc import Callable

import pytest

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.workflow.domain.facts import CaseState, Outcome
from tests.domain.workflow_cases import (
    ACCEPTED,
    APPLICANT,
    AT_ONCE,
    BUILDING,
    CLERK,
    ENVIRONMENT,
    HANDLER,
    HEAD,
    HEALTH,
    JOINT,
    LEADER,
    OTHER_HANDLER,
    SAFETY,
    STRANGER,
    SUPERVISOR,
    at,
    events,
    happened,
    opened,
    signed,
)

BRANCHES = (("environment", ENVIRONMENT), ("safety", SAFETY), ("building", BUILDING))


def test_an_accepted_application_opens_its_first_stages() -> None:
    """Given an acceptance, the case is open at the first stage of its process, entered that day (FLW-01)."""
    case = opened()
    assert (case.state, list(case.open), case.open["handle"].entered_on) == (CaseState.OPEN, ["handle"], ACCEPTED.date())


def test_a_late_heard_acceptance_keeps_its_own_day() -> None:
    """Given an acceptance heard of days later, the stage was entered on the day of the acceptance, not of the hearing."""
    case = opened(heard=at(3, 6))
    assert case.open["handle"].entered_on == ACCEPTED.date()


def test_signatures_lead_along_the_chain_to_the_grant() -> None:
    """Given a chain of three, each signature opens the next stage, and the last one is the decision (FLW-08)."""
    case = signed(opened(), ("handle", HANDLER))
    assert happened(case) == ["OfficerAssigned", "StageSigned", "StageEntered"]
    assert list(case.open) == ["review"]
    signed(case, ("review", HEAD), ("approve", LEADER), when=at(3, 4))
    assert happened(case)[-2:] == ["StageSigned", "Decided"]
    assert (case.state, case.outcome, case.decided_on, case.grounds) == (CaseState.DECIDED, Outcome.GRANTED, at(3, 4).date(), "符合条件")
    assert [(one.stage, one.officer, one.officer_name) for one in case.history] == [
        ("handle", "handler", "示例承办人"),
        ("review", "head", "示例科长"),
        ("approve", "leader", "示例局长"),
    ]


def test_every_event_says_who_acted() -> None:
    """Given a signature, the events carry the officer; what follows of itself is the system's (SEC-03)."""
    signing = events(signed(opened(), ("handle", HANDLER)))
    assert [(type(event).__name__, event.actor) for event in signing] == [
        ("OfficerAssigned", "handler"),
        ("StageSigned", "handler"),
        ("StageEntered", "system"),
    ]


@pytest.mark.parametrize("opinion", ["", "  \n"])
def test_an_empty_opinion_is_refused(opinion: str) -> None:
    """Given no opinion, the signature is refused, the field is named and nothing happened (FLW-02)."""
    case = opened()
    with pytest.raises(Invalid) as refused:
        case.sign("handle", opinion, HANDLER, ACCEPTED, approves=True)
    assert list(refused.value.fields) == ["opinion"]
    assert happened(case) == []


@pytest.mark.parametrize(
    "actor",
    [
        HEAD,
        HEALTH,
        CLERK,
        APPLICANT,
        SUPERVISOR,
        Actor("none", "无部门（示例）", frozenset({Role.HANDLER})),
    ],
)
def test_only_the_stages_role_and_department_sign(actor: Actor) -> None:
    """Given an officer of another role or department, taking and signing are refused (FLW-02, SEC-01)."""
    case = opened()
    acts: list[Callable[[], None]] = [
        lambda: case.take("handle", "代办", actor, ACCEPTED),
        lambda: case.sign("handle", "同意", actor, ACCEPTED, approves=True),
    ]
    for act in acts:
        with pytest.raises(NotAllowed) as refused:
            act()
        assert refused.value.code == "not-your-stage"
    assert happened(case) == []


@pytest.mark.parametrize(("code", "expected"), [("review", "stage-not-open"), ("nowhere", "no-such-stage")])
def test_a_stage_that_is_not_open_cannot_be_signed(code: str, expected: str) -> None:
    """Given a stage that was not entered, or is none of the process, signing is refused."""
    with pytest.raises(Refusal) as refused:
        opened().sign(code, "同意", HEAD, ACCEPTED, approves=True)
    assert refused.value.code == expected


def test_a_stage_is_signed_once() -> None:
    """Given a signed stage, a second signature by the same officer is refused."""
    case = signed(opened(), ("handle", HANDLER))
    with pytest.raises(Refusal) as refused:
        case.sign("handle", "同意", HANDLER, ACCEPTED, approves=True)
    assert refused.value.code == "stage-not-open"


def test_nothing_happens_after_the_decision() -> None:
    """Given a decision, deciding again, rolling back, adding, and withdrawing are refused (FLW-08, APP-08)."""
    case = signed(opened(), ("handle", HANDLER), ("review", HEAD), ("approve", LEADER))
    case.collect_events()
    acts: list[Callable[[], None]] = [
        lambda: case.sign("approve", "同意", LEADER, ACCEPTED, approves=False, grounds="依据", reasons="理由"),
        lambda: case.roll_back("approve", "handle", "再查", LEADER, ACCEPTED),
        lambda: case.withdraw("不办了", APPLICANT, ACCEPTED),
        lambda: case.assign("approve", "other", "示例", "换人", LEADER, ACCEPTED),
    ]
    for act in acts:
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "decided-already"
    assert happened(case) == []


def test_a_refusal_says_its_reasons() -> None:
    """Given a refusal without reasons or grounds, it is not made; with both it is, and they are kept (FLW-08, L 38)."""
    case = signed(opened(), ("handle", HANDLER), ("review", HEAD))
    with pytest.raises(Invalid) as no_reasons:
        case.sign("approve", "不同意", LEADER, ACCEPTED, approves=False, grounds="第三条")
    with pytest.raises(Invalid) as no_grounds:
        case.sign("approve", "同意", LEADER, ACCEPTED, approves=True)
    assert (list(no_reasons.value.fields), list(no_grounds.value.fields)) == (["reasons"], ["grounds"])
    with pytest.raises(Invalid) as nothing:
        case.sign("approve", "", LEADER, ACCEPTED, approves=False)
    assert list(nothing.value.fields) == ["opinion", "grounds", "reasons"], "everything that is missing is told at once"
    case.sign("approve", "不同意", LEADER, ACCEPTED, approves=False, grounds="第三条", reasons="不符合规划条件")
    assert (case.outcome, case.grounds, case.reasons) == (Outcome.REFUSED, "第三条", "不符合规划条件")


def test_an_instant_item_is_decided_at_any_window() -> None:
    """Given an instant item, a clerk of whatever department decides it with one signature on the day of the acceptance."""
    case = signed(opened(AT_ONCE), ("decide", CLERK))
    assert (case.outcome, case.decided_on) == (Outcome.GRANTED, ACCEPTED.date())


# Parallel branches (FLW-04)


def test_branches_run_in_parallel_and_the_lead_waits_for_all() -> None:
    """Given three branches, all are open at once, and the join opens with the last signature, in whatever order they come."""
    case = signed(opened(JOINT), ("handle", HANDLER))
    assert list(case.open) == ["environment", "safety", "building"]
    signed(case, *BRANCHES[:2][::-1])
    assert list(case.open) == ["building"]
    signed(case, BRANCHES[2])
    assert list(case.open) == ["join"]


def test_one_negative_branch_is_decided_on_by_the_lead() -> None:
    """Given a branch that objects, the case goes on, the objection is seen, and the lead may grant or refuse."""
    case = signed(opened(JOINT), ("handle", HANDLER), *BRANCHES[:2])
    case.sign("building", "不具备施工条件", BUILDING, ACCEPTED, approves=False)
    assert case.state is CaseState.OPEN
    assert [one.stage for one in case.history if not one.approves] == ["building"]
    signed(case, ("join", HEAD), ("approve", LEADER))
    assert case.outcome is Outcome.GRANTED


def test_a_roll_back_within_a_branch_leaves_the_other_branches_alone() -> None:
    """Given a join that sends one branch back, only that branch is done again; the other signatures still count (FLW-03)."""
    case = signed(opened(JOINT), ("handle", HANDLER), *BRANCHES)
    case.roll_back("join", "safety", "请补充安全条件意见", HEAD, at(3, 5))
    assert list(case.open) == ["safety"]
    assert case.open["safety"].entered_on == at(3, 5).date()
    assert set(case.signed) == {"handle", "environment", "building"}
    signed(case, ("safety", SAFETY))
    assert list(case.open) == ["join"]


def test_a_roll_back_to_before_the_branches_reopens_all_of_them() -> None:
    """Given a branch that sends back to the lead's first stage, all behind it are done again: open ones close, none is lost twice."""
    case = signed(opened(JOINT), ("handle", HANDLER), BRANCHES[0])
    case.roll_back("safety", "handle", "项目地址有误", SAFETY, at(3, 5))
    assert (list(case.open), set(case.signed)) == (["handle"], set())
    signed(case, ("handle", HANDLER))
    assert list(case.open) == ["environment", "safety", "building"]


def test_a_branch_cannot_send_another_branch_back() -> None:
    """Given two branches, neither can be rolled back from the other: it is not before it."""
    case = signed(opened(JOINT), ("handle", HANDLER), BRANCHES[0])
    with pytest.raises(Refusal) as refused:
        case.roll_back("safety", "environment", "理由", SAFETY, ACCEPTED)
    assert refused.value.code == "no-earlier-stage"


# Roll-back (FLW-03)


def test_nothing_of_the_history_is_lost_by_a_roll_back() -> None:
    """Given a roll-back, the earlier signatures no longer count but stay in the history beside the new ones."""
    case = signed(opened(), ("handle", HANDLER), ("review", HEAD))
    case.roll_back("approve", "handle", "图纸缺页", LEADER, at(3, 4))
    assert (list(case.open), case.signed) == (["handle"], {})
    signed(case, ("handle", OTHER_HANDLER), when=at(3, 5))
    assert [(one.stage, one.officer) for one in case.history] == [("handle", "handler"), ("review", "head"), ("handle", "other-handler")]


@pytest.mark.parametrize(
    ("to", "reason", "code"), [("handle", " ", "reason-missing"), ("approve", "理由", "no-earlier-stage"), ("review", "理由", "no-earlier-stage")]
)
def test_a_roll_back_needs_a_reason_and_an_earlier_stage(to: str, reason: str, code: str) -> None:
    """Given no reason, or a stage that is not before this one, the roll-back is refused."""
    case = signed(opened(), ("handle", HANDLER))
    with pytest.raises(Refusal) as refused:
        case.roll_back("review", to, reason, HEAD, ACCEPTED)
    assert refused.value.code == code
    assert list(case.open) == ["review"]


# Officers (FLW-09)


def test_a_held_stage_is_signed_by_its_holder_only() -> None:
    """Given a stage that one officer holds, another who could sign it is told who holds it, until he takes it over with a reason."""
    case = opened()
    case.take("handle", "", HANDLER, ACCEPTED)
    with pytest.raises(Refusal) as held:
        case.sign("handle", "同意", OTHER_HANDLER, ACCEPTED, approves=True)
    assert "示例承办人" in held.value.message
    with pytest.raises(Invalid):
        case.take("handle", " ", OTHER_HANDLER, ACCEPTED)
    case.take("handle", "原承办人休假", OTHER_HANDLER, ACCEPTED)
    [_, taken] = events(case)
    assert (taken.actor, taken.previous, taken.reason) == ("other-handler", "handler", "原承办人休假")
    signed(case, ("handle", OTHER_HANDLER))
    assert list(case.open) == ["review"]


def test_taking_what_one_holds_changes_nothing() -> None:
    """Given a stage that the officer holds already, taking it again records nothing."""
    case = opened()
    case.take("handle", "", HANDLER, ACCEPTED)
    case.collect_events()
    case.take("handle", "", HANDLER, at(3, 3))
    assert happened(case) == []


def test_a_head_gives_a_stage_to_an_officer() -> None:
    """Given a reason, the section head of the stage's department assigns it; the event says who did so, and from whom to whom."""
    case = opened()
    case.take("handle", "", HANDLER, ACCEPTED)
    with pytest.raises(Invalid):
        case.assign("handle", "other-handler", "示例承办人乙", "", HEAD, ACCEPTED)
    case.assign("handle", "other-handler", "示例承办人乙", "承办人休假", HEAD, ACCEPTED)
    [_, given] = events(case)
    assert (given.actor, given.previous, given.officer) == ("head", "handler", "other-handler")
    assert case.open["handle"].officer_name == "示例承办人乙"


@pytest.mark.parametrize("actor", [HANDLER, ENVIRONMENT, HEALTH, SUPERVISOR, APPLICANT])
def test_nobody_but_the_departments_heads_assigns(actor: Actor) -> None:
    """Given a handler, or a leader of another department, assigning is refused."""
    with pytest.raises(NotAllowed):
        opened().assign("handle", "x", "示例", "理由", actor, ACCEPTED)


# Withdrawal (APP-08)


def test_the_applicant_withdraws_before_the_decision() -> None:
    """Given an open case, its applicant ends it: no stage is open any more and nobody can sign."""
    case = opened()
    case.withdraw("不再建设", APPLICANT, at(3, 5))
    assert (case.state, case.open, case.decided_on) == (CaseState.WITHDRAWN, {}, at(3, 5).date())
    with pytest.raises(Refusal) as refused:
        case.sign("handle", "同意", HANDLER, at(3, 6), approves=True)
    assert refused.value.code == "withdrawn-already"


@pytest.mark.parametrize("actor", [STRANGER, HANDLER, LEADER, SUPERVISOR])
def test_nobody_withdraws_for_another(actor: Actor) -> None:
    """Given another applicant or an officer, the withdrawal is refused (SEC-03)."""
    with pytest.raises(NotAllowed):
        opened().withdraw("理由", actor, ACCEPTED)


def test_a_clerk_withdraws_upon_a_written_request_only() -> None:
    """Given a clerk at the window, the applicant's written request must be recorded; then the case ends."""
    case = opened(account=None)
    with pytest.raises(Invalid):
        case.withdraw(" ", CLERK, ACCEPTED)
    case.withdraw("申请人 3 月 2 日书面申请撤回", CLERK, ACCEPTED)
    assert case.state is CaseState.WITHDRAWN


# Who reads (SEC-02)


@pytest.mark.parametrize(
    ("actor", "may"),
    [(HANDLER, True), (SAFETY, True), (HEALTH, False), (CLERK, False), (APPLICANT, True), (STRANGER, False), (SUPERVISOR, True)],
)
def test_those_who_take_part_read_a_case(actor: Actor, may: bool) -> None:  # noqa: FBT001
    """Given a joint case, officers of every department that takes part, its applicant and supervision read it, nobody else."""
    assert opened(JOINT).may_see(actor) is may
