"""Each event of a history has its word in an event log, and its place there is the domain's own (AUD-04)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

from contracts import certificates, department, intake, notification, registry, workflow
from services.kernel.calendar import SHANGHAI
from services.supervision.domain.facts import Fact
from services.supervision.domain.seeing import picture_of
from services.supervision.history import OWN, history_of
from services.supervision.mining.activities import ACTIVITIES, TYPES, code_of
from services.supervision.mining.ocel import ocel
from services.supervision.mining.steps import CaseTold, case_told
from services.supervision.mining.xes import xes

CASE = UUID(int=7)
DAY = datetime(2026, 3, 2, tzinfo=SHANGHAI)
SAYING = {module.__name__ for module in (intake, workflow, certificates, notification, department)}
OF_NO_CASE = {"item-revision-published", "item-withdrawn", "offline-approval-registered", "calendar-version-published", "authority-granted"}
"""What other services say of the catalogue, of what never came in, of the calendar and of officers."""
CARRIER = "step-reported"
"""What carries a step of a department's own system, which is told as the step."""


def fact(source: str, position: int, hour: float, name: str, /, recorded: float | None = None, **data: object) -> Fact:
    """Give what a service said had happened at an hour of the day."""
    happened = DAY + timedelta(hours=hour)
    return Fact(source, position, name, happened, DAY + timedelta(hours=hour if recorded is None else recorded), "officer-1", data)


def entered(position: int, hour: float) -> Fact:
    """Give the entry into the one stage."""
    known: dict[str, Any] = {"stage": "handle", "name": "承办", "department": "health", "role": "HANDLER", "limit": 2, "entered_on": "2026-03-02"}
    return fact("workflow", position, hour, "stage-entered", **known)


def signed(position: int, hour: float, **data: object) -> Fact:
    """Give the signature of the one stage."""
    known: dict[str, Any] = {"stage": "handle", "name": "承办", "department": "health", "officer": "officer-2", "approves": True, "opinion": "同意"}
    return fact("workflow", position, hour, "stage-signed", **{**known, **data})


def told(*facts: Fact) -> CaseTold:
    """Tell a case of these facts."""
    return case_told(CASE, picture_of(facts), history_of(CASE, {}, facts, []))


def test_everything_that_a_case_may_hear_or_say_has_a_word_of_its_own() -> None:
    """Given every public event about cases and each of supervision's own, there is a word for it, no other one has the same, and no word is left over."""
    heard = {wire_type.split(".")[-2] for wire_type, model in registry.registered().items() if model.__module__ in SAYING}
    own = {code_of(one.__name__) for one in OWN}
    assert set(ACTIVITIES) == heard - OF_NO_CASE - {CARRIER} | own
    assert len({one.word for one in ACTIVITIES.values()}) == len(ACTIVITIES)
    assert {field for one in ACTIVITIES.values() for field in one.fields} == set(TYPES)


def test_what_happened_at_the_same_moment_has_the_order_of_the_history() -> None:
    """Given facts of two services at the same moment, in whatever order they arrived, their order is the history's."""
    facts = (signed(2, 9), entered(1, 9), fact("intake", 1, 9, "pre-review-completed", passed=True, opinion=""))
    assert [step.id for step in told(*facts).steps] == ["intake-1", "workflow-1", "workflow-2"]
    assert told(*facts) == told(*reversed(facts))


def test_what_was_entered_late_stands_where_it_belongs_and_says_so() -> None:
    """Given a signature entered a day after it was made, it has the time when it was made, and beside it when it was recorded."""
    late = fact("certificates", 1, 9, "result-archived", recorded=33, number="Z-1", sheet="S-1", archived_on="2026-03-02")
    steps = told(entered(1, 8), late, signed(2, 10)).steps
    assert [step.id for step in steps] == ["workflow-1", "certificates-1", "workflow-2"]
    assert steps[1].recorded - steps[1].happened == timedelta(days=1)


def test_a_stage_that_was_entered_again_is_another_instance() -> None:
    """Given a case that went back, the second life of its stage is told apart from the first."""
    back = fact("workflow", 3, 11, "case-rolled-back", from_stage="review", to_stage="handle", reopened=("handle",), reason="孙八没有签名")
    steps = told(entered(1, 8), signed(2, 9), back, entered(4, 12), signed(5, 13)).steps
    assert [(step.transition, step.instance) for step in steps if step.stage] == [("schedule", "1"), ("complete", "1"), ("schedule", "2"), ("complete", "2")]


def test_only_fields_that_are_named_leave() -> None:
    """Given a fact with fields in people's own words, or of another type than is declared, neither is in any log."""
    case = told(entered(1, 8), signed(2, 9, opinion="孙八的意见", approves="孙八同意"))
    assert case.steps[-1].fields == {"stage": "handle"}
    for log in (xes({}, [case], {}), ocel({}, [case], {})):
        assert "孙八" not in b"".join(log).decode()


def test_what_xml_cannot_hold_is_left_out() -> None:
    """Given a name with a control character and with what XML gives a meaning, the log is XML all the same."""
    case = told(entered(1, 8), signed(2, 9, name='承办\x0b<审>&"查"'))
    read = ET.fromstring(b"".join(xes({"item": 'a\x00"&<'}, [case], {"health": "卫健委"})))  # noqa: S314 - our own
    names = {one.get("value") for one in read.iter("string") if one.get("key") == "concept:name"}
    assert '「承办<审>&"查"」环节' in names
    assert [one.get("value") for one in read.findall("string[@key='item']")] == ['a"&<']
