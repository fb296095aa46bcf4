"""The paper of a case goes on with it: to the next department in sequence, to all of a parallel review at once, and each signs for it once (HAL-04, FLW-04)."""

from collections.abc import Callable

import pytest

from services.kernel.actor import Role
from services.kernel.aggregate import NotAllowed, Refusal
from services.kernel.process import ProcessDefinition, StageDefinition
from services.workflow.domain.case import Case
from tests.domain.workflow_cases import BUILDING, CHAIN, CLERK, ENVIRONMENT, HANDLER, HEALTH, JOINT, LEADER, SAFETY, at, events, opened, signed

SEQUENCE = ProcessDefinition(
    Role.HANDLER,
    (
        StageDefinition("handle", "牵头承办", "planning", Role.HANDLER, 3),
        StageDefinition("environment", "环境影响审查", "environment", Role.HANDLER, 3, ("handle",)),
        StageDefinition("safety", "安全条件审查", "emergency", Role.HANDLER, 3, ("environment",)),
        StageDefinition("safety-again", "安全条件复核", "emergency", Role.HANDLER, 3, ("safety",)),
        StageDefinition("approve", "批准", "planning", Role.LEADER, 2, ("safety-again",)),
    ),
)
PARALLEL_FROM_THE_START = ProcessDefinition(
    Role.HANDLER,
    (
        StageDefinition("handle", "牵头承办", "planning", Role.HANDLER, 3),
        StageDefinition("environment", "环境影响审查", "environment", Role.HANDLER, 3),
        StageDefinition("issue", "窗口登记", "service-centre", Role.WINDOW_CLERK, 1),
        StageDefinition("approve", "批准", "planning", Role.LEADER, 2, ("handle", "environment", "issue")),
    ),
)


def with_paper(process: ProcessDefinition) -> Case:
    """Give a case whose paper the window received."""
    return opened(process, channel="WINDOW", paper=True)


def asked(case: Case) -> dict[str, str | None]:
    """Give from which department each open stage's own one has paper to sign for."""
    return {code: case.awaits_paper(case.item.process.stage(code).department) for code in case.open}


def test_in_sequence_paper_goes_from_the_lead_to_the_next_and_on() -> None:
    """Given departments one after the other, each gets the paper from the one before it; a department's second stage, and the lead's last, get none."""
    case = with_paper(SEQUENCE)
    assert asked(case) == {"handle": None}
    signed(case, ("handle", HANDLER))
    assert asked(case) == {"environment": "planning"}
    case.sign_for_paper("YJ-1", ENVIRONMENT, at(3, 2, 13))
    signed(case, ("environment", ENVIRONMENT))
    assert asked(case) == {"safety": "environment"}
    signed(case, ("safety", SAFETY))
    assert asked(case) == {"safety-again": None}, "who signed the stage had the paper"
    signed(case, ("safety-again", SAFETY))
    assert asked(case) == {"approve": None}


def test_in_parallel_all_departments_get_it_at_once() -> None:
    """Given a parallel review, each of its departments signs for itself, and the others still have to."""
    case = signed(with_paper(JOINT), ("handle", HANDLER))
    assert asked(case) == {"environment": "planning", "safety": "planning", "building": "planning"}
    case.collect_events()
    case.sign_for_paper("YJ-1", SAFETY, at(3, 2, 13))
    (event,) = events(case)
    assert (event.actor, event.department, event.from_department, event.receipt, event.materials, event.happened) == (
        "safety",
        "emergency",
        "planning",
        "YJ-1",
        ("application-form",),
        at(3, 2, 13),
    )
    assert asked(case) == {"environment": "planning", "safety": None, "building": "planning"}


def test_at_the_opening_the_lead_has_it_and_a_window_gets_none() -> None:
    """Given a review that is parallel from the start, the others get the paper from the lead, which signed at intake; a window has none to sign for."""
    assert asked(with_paper(PARALLEL_FROM_THE_START)) == {"handle": None, "environment": "planning", "issue": None}


def test_one_department_signs_once_for_two_branches() -> None:
    """Given two branches of one department, it has one paper to sign for; after the signature, neither waits for it."""
    branches = tuple(StageDefinition(code, code, "environment", Role.HANDLER, 3, ("handle",)) for code in ("water", "air"))
    lead, last = JOINT.stages[0], StageDefinition("approve", "批准", "planning", Role.LEADER, 2, ("water", "air"))
    case = with_paper(ProcessDefinition(Role.HANDLER, (lead, *branches, last)))
    signed(case, ("handle", HANDLER))
    assert [event.paper_from for event in events(case) if isinstance(event, Case.StageEntered)] == ["planning", None]
    case.sign_for_paper("YJ-1", ENVIRONMENT, at(3, 2, 13))
    assert asked(case) == {"water": None, "air": None}


def test_a_roll_back_asks_again_only_whoever_had_not_signed() -> None:
    """Given a roll-back to the lead, who signed for the paper keeps it, who had not is asked again when the stage is entered anew."""
    case = signed(with_paper(JOINT), ("handle", HANDLER))
    case.sign_for_paper("YJ-1", SAFETY, at(3, 2, 13))
    case.roll_back("environment", "handle", "重新核查", ENVIRONMENT, at(3, 3))
    assert asked(case) == {"handle": None}
    signed(case, ("handle", HANDLER))
    assert asked(case) == {"environment": "planning", "safety": None, "building": "planning"}


@pytest.mark.parametrize(("channel", "paper"), [("ONLINE", True), ("WINDOW", False)])
def test_what_no_window_received_on_paper_needs_no_handover(channel: str, *, paper: bool) -> None:
    """Given files alone, or a case that came in elsewhere, no department has anything to sign for."""
    case = signed(opened(JOINT, channel=channel, paper=paper), ("handle", HANDLER))
    assert set(asked(case).values()) == {None}


@pytest.mark.parametrize(
    ("act", "refusal", "code"),
    [
        (lambda case: case.sign_for_paper("YJ-2", ENVIRONMENT, at(3, 3)), Refusal, "nothing-to-sign"),
        (lambda case: case.sign_for_paper("YJ-2", LEADER, at(3, 3)), Refusal, "nothing-to-sign"),
        (lambda case: case.sign_for_paper("YJ-2", HEALTH, at(3, 3)), NotAllowed, "not-your-paper"),
        (lambda case: case.sign_for_paper("YJ-2", CLERK, at(3, 3)), NotAllowed, "not-your-paper"),
    ],
    ids=["twice", "lead", "stranger", "window"],
)
def test_nobody_else_signs_and_nobody_twice(act: Callable[[Case], None], refusal: type[Refusal], code: str) -> None:
    """Given who has signed already, the lead, a department without a stage, or a window: refused, and nothing is recorded."""
    case = signed(with_paper(JOINT), ("handle", HANDLER))
    case.sign_for_paper("YJ-1", ENVIRONMENT, at(3, 2, 13))
    case.collect_events()
    with pytest.raises(refusal) as refused:
        act(case)
    assert (refused.value.code, events(case)) == (code, [])


def test_a_withdrawn_case_has_no_paper_to_sign_for() -> None:
    """Given a withdrawal, nobody is asked any more, and a signature is refused."""
    case = signed(with_paper(JOINT), ("handle", HANDLER))
    case.withdraw("申请人书面申请", CLERK, at(3, 3))
    assert not case.may_sign_for_paper(BUILDING)
    with pytest.raises(Refusal, match="撤回"):
        case.sign_for_paper("YJ-1", BUILDING, at(3, 3))


def test_within_one_department_nothing_is_handed_over() -> None:
    """Given a chain within the lead department, no stage asks for paper."""
    case = with_paper(CHAIN)
    signed(case, ("handle", HANDLER))
    assert asked(case) == {"review": None}
