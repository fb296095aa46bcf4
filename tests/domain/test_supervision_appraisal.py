"""Appraisal and accountability: each mark costs once, in its criterion, never below nothing; two violations of a month flag a department (SUP-26, SUP-27)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.supervision.domain.appraisal import Mark, Satisfaction, Scheme, accountability, scheme_on, scores
from services.supervision.reports.appraisal import schemes
from services.supervision.rules import RULES

SCHEME = schemes()[0]
LIGHT = Mark("l", "c", "SJ-1", "SUP-L01", "LIGHT", "ISSUED", "health", "o", date(2026, 3, 2), self_corrected=False)
YELLOW = replace(LIGHT, id="y", rule="SUP-Y04", level="YELLOW")
RED = replace(LIGHT, id="r", rule="SUP-R01", level="RED")


def total(*marks: Mark) -> int:
    """Give the score of the department."""
    (score,) = scores(SCHEME, ["health"], marks, "department")
    return score.total


def test_the_sample_weights_every_rule_once_and_a_hundred_in_all() -> None:
    """Given the weights as shipped, each rule that gives lights or cards costs in one criterion."""
    assert sum(one.weight for one in SCHEME.criteria) == 100
    assert sorted(rule for one in SCHEME.criteria for rule in one.rules) == sorted(rule.code for rule in RULES)


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ((), 100),
        ((YELLOW,), 95),
        ((RED,), 90),
        ((LIGHT,) * 2, 100),
        (tuple(replace(LIGHT, id=str(number)) for number in range(3)), 97),
        (tuple(replace(LIGHT, id=str(number)) for number in range(5)), 97),
        ((replace(RED, state="RETRACTED"), replace(YELLOW, state="EXEMPTED")), 100),
        ((RED, replace(RED, id="r2")), 86),
    ],
)
def test_what_marks_cost(marks: tuple[Mark, ...], expected: int) -> None:
    """Given marks: a yellow card costs 5, a red one 10, three lights 3; what was withdrawn or exempted nothing; no criterion falls below nothing."""
    assert total(*marks) == expected


@pytest.mark.parametrize(("reviews", "satisfied", "expected"), [(4, 4, 100), (4, 3, 98), (2, 1, 95), (1, 0, 90), (100, 91, 100)])
def test_satisfaction_keeps_its_share_of_its_criterion(reviews: int, satisfied: int, expected: int) -> None:
    """Given reviews, the criterion of satisfaction keeps the share of those who are satisfied, rounded in favour of whoever is reviewed."""
    (score,) = scores(SCHEME, [], [], "department", {"health": Satisfaction(reviews, satisfied)})
    assert (score.key, score.total, score.kept["satisfaction"]) == ("health", expected, expected - 90)


def test_a_scheme_that_names_no_criterion_of_its_own_is_refused() -> None:
    """Given a scheme whose reviews cost of a criterion that it does not have, it says so."""
    with pytest.raises(ValueError, match="there is no criterion kindness"):
        replace(SCHEME, by_reviews="kindness")


@given(st.lists(st.sampled_from([LIGHT, YELLOW, RED, replace(RED, rule="SUP-R09"), replace(YELLOW, state="EXEMPTED")]), max_size=30))
def test_deductions_add_up(marks: list[Mark]) -> None:
    """Given any marks, what is kept and what was deducted make a hundred, and the order of the marks does not matter."""
    numbered = [replace(mark, id=str(number)) for number, mark in enumerate(marks)]
    (score,) = scores(SCHEME, ["health"], numbered, "department")
    assert score.total + sum(points for _, points, _, _ in score.deductions) == 100
    assert min(score.kept.values()) >= 0
    assert total(*reversed(numbered)) == score.total


def test_two_confirmed_violations_of_a_month_flag_a_department() -> None:
    """Given two cards of one month, the department is flagged; with one of them exempted, or in another month, it is not."""
    (march,) = accountability([YELLOW, RED, LIGHT])
    assert (march.is_flagged, len(march.confirmed)) == (True, 2)
    (march,) = accountability([YELLOW, replace(RED, state="EXEMPTED")])
    assert (march.is_flagged, len(march.exempted)) == (False, 1)
    assert [one.is_flagged for one in accountability([YELLOW, replace(RED, day=date(2026, 4, 1))])] == [False, False]
    (march,) = accountability([replace(YELLOW, self_corrected=True), RED])
    assert [mark.id for mark in march.mitigated] == ["y"]


def test_one_violation_counts_once() -> None:
    """Given a yellow card and the red one that follows from it, that is one violation; an appeal counts when it is decided (ADR 10)."""
    further = replace(RED, id="r2", rule="SUP-R02", is_further=True)
    (march,) = accountability([YELLOW, further])
    assert (march.confirmed, march.further, march.is_flagged) == ((YELLOW,), (further,), False)
    (march,) = accountability([YELLOW, RED, further])
    assert march.is_flagged
    for state, flagged in (("APPEALED", False), ("UPHELD", True)):
        (march,) = accountability([YELLOW, replace(RED, state=state)])
        assert (len(march.appealed), march.is_flagged) == (int(not flagged), flagged)


def test_the_scheme_in_force_at_the_end_of_the_period_counts() -> None:
    """Given a scheme of another year, each period has its own; weights that do not add up are refused."""
    later = replace(SCHEME, from_day=date(2027, 1, 1), yellow=6)
    assert [scheme_on([SCHEME, later], day).yellow for day in (date(2026, 12, 31), date(2027, 1, 1), date(2000, 1, 1))] == [5, 6, 5]
    with pytest.raises(ValueError, match="add up"):
        Scheme(SCHEME.from_day, 5, 10, 3, SCHEME.criteria[1:])
