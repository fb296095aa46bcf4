"""Applicants by their real names: numbers are checked, nobody is registered twice, accounts are linked."""

from dataclasses import replace

import pytest

from services.intake.domain.applicant import Applicant, ApplicantDetails, applicant_id, checked
from services.kernel.aggregate import Invalid
from tests.domain.intake_samples import CLERK, COMPANY, MONDAY, PERSON, ZHANG, at


@pytest.mark.parametrize(
    ("details", "wrong"),
    [
        (replace(PERSON, number="110105194912310021"), {"number"}),
        (replace(PERSON, number="91350100M000100Y43"), {"number"}),
        (replace(PERSON, name=" ", phone="电话"), {"name", "phone"}),
        (replace(PERSON, email="zhang"), {"email"}),
        (replace(COMPANY, number="91350100M000100Y44"), {"number"}),
        (replace(COMPANY, agent_name="", agent_number=""), {"agent_name", "agent_number"}),
        (replace(COMPANY, agent_number="110105194912310021"), {"agent_number"}),
    ],
)
def test_details_that_are_wrong_are_told_by_field(details: ApplicantDetails, wrong: set[str]) -> None:
    """Given wrong check characters, missing names or agents, every wrong field is named at once (APP-01)."""
    with pytest.raises(Invalid) as refused:
        checked(details, MONDAY)
    assert set(refused.value.fields) == wrong


def test_details_are_kept_in_their_normal_form() -> None:
    """Given blanks and small letters, the number is kept in its normal form; a person has no agent (APP-01)."""
    typed = replace(PERSON, name=" 张三（示例） ", number=" 11010519491231002x ", agent_name="", agent_number="whatever")
    assert checked(typed, MONDAY) == PERSON


def test_a_number_is_one_applicant() -> None:
    """Given the same number, the applicant is the same, whoever registers it (APP-01)."""
    by_himself = Applicant.register(PERSON, "zhang", ZHANG, MONDAY)
    at_window = Applicant.register(PERSON, None, CLERK, MONDAY)
    assert by_himself.id == at_window.id == applicant_id(PERSON.number)
    assert (by_himself.accounts, at_window.accounts) == (frozenset({"zhang"}), frozenset())


def test_an_update_says_only_what_changed() -> None:
    """Given nothing new, nothing is recorded; a new phone and a new account are one event each (SEC-03)."""
    applicant = Applicant.register(PERSON, None, CLERK, MONDAY)
    applicant.collect_events()
    applicant.update(PERSON, None, CLERK, at(3, 3))
    assert applicant.collect_events() == []
    applicant.update(replace(PERSON, phone="000-9999999"), "zhang", ZHANG, at(3, 3))
    assert [type(event).__name__ for event in applicant.collect_events()] == ["DetailsChanged", "AccountLinked"]
    assert (applicant.details.phone, applicant.accounts) == ("000-9999999", frozenset({"zhang"}))
