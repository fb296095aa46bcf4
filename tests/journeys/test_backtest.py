"""A changed rule set is tried on the recorded history: what it would raise and spare is told by department, and nothing is written."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.console.cli import application
from services.supervision.application import Supervision
from services.supervision.backtest import Outcome, ProposalError, backtest, read_proposal
from tests.world import World, at, world_at


@pytest.fixture(name="district")
def _district(tmp_path: Path, connection: dict[str, str]) -> Iterator[World]:
    """One case decided in two days, one overdue, at the end of March."""
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        quick, _late = world.accepted(), world.accepted()
        world.now.advance_to(at("2026-03-04 10:00"))
        world.decided(quick)
        world.advance("2026-03-31 09:00")
        yield world


def tried(world: World, proposal: str) -> Outcome:
    """Try a proposal."""
    supervision = world.window.services["supervision"]
    assert isinstance(supervision, Supervision)
    read, rules = read_proposal(proposal.encode())
    return backtest(supervision, read, rules, at("2026-01-01").date(), at("2026-12-31").date(), world.now())


def test_no_change_makes_no_difference(district: World) -> None:
    """Given an empty proposal, it raises and spares nothing, and counts the cards that stand."""
    outcome = tried(district, "{}")
    assert outcome.differences == []
    assert outcome.cards_before == outcome.cards_after > 0


def test_a_shorter_limit_raises_cards_and_a_rule_left_out_spares_them(district: World) -> None:
    """Given a limit of one day for the item, the case of two days would have a red card; without SUP-R01 the overdue one would have none."""
    shorter = tried(district, "limits: {food-operation-licence: {promised_limit: 1}}")
    raised = [one for one in shorter.differences if one.raised and one.rule == "SUP-R01"]
    assert [one.department for one in raised] == ["market-regulation"]
    spared = tried(district, "without: [SUP-R01]")
    assert {(one.rule, one.raised) for one in spared.differences} == {("SUP-R01", False)}
    assert spared.counts["market-regulation", "SUP-R01", False] == len(spared.differences)


def recorded(world: World) -> list[tuple[str, str]]:
    """Give rule and case of each card on record that was not withdrawn."""
    cards = world.rows("supervision", "warnings")
    return sorted((card["rule"], str(card["case_id"])) for card in cards if card["level"] != "LIGHT" and card["state"] != "RETRACTED")


def test_each_stage_that_was_late_has_its_card(district: World) -> None:
    """Given a case late in two stages, the rules of today raise what is on record; more days for one of them spares one card, for any stage both."""
    case = district.accepted()
    district.advance("2026-04-10 09:00")
    district.signed(case, "handle", "market-handler")
    district.advance("2026-04-20 09:00")
    on_record = recorded(district)
    late = [card for card in district.rows("supervision", "warnings") if str(card["case_id"]) == case and card["rule"] == "SUP-A01"]
    assert len(late) == 2
    assert tried(district, "{}").cards_before == len(on_record)
    for stages, spared in (("handle: 60", 1), ("review: 60", 1), ('"*": 60', 2)):
        of_item = tried(district, f"stages: {{food-operation-licence: {{{stages}}}}}").differences
        assert [(one.rule, one.raised) for one in of_item if str(one.case) == case] == [("SUP-A01", False)] * spared, stages
    assert tried(district, "stages: {other-item: {handle: 60}}").differences == []


@pytest.mark.parametrize(("limit", "rule"), [("pre_review_limit", "SUP-A01"), ("archiving_limit", "SUP-A01"), ("complaint_limit", "SUP-Y09")])
def test_limits_of_the_law_are_tried_too(district: World, limit: str, rule: str) -> None:
    """Given a pre-review, an archiving or an answer to a complaint that is late, more days for it spare its card, and the red one that follows from it."""
    case = district.accepted()
    district.decided(case)
    district.applied()
    (row,) = district.do("clerk1", "GET", "/certificates/api/results/waiting", params={"text": "", "cursor": ""})["items"][:1]
    district.do("clerk1", "POST", f"/certificates/api/results/{row['number']}/deliver", json={"receiver": "领取人", "identity_shown": "身份证 0000"})
    district.do("supervisor1", "POST", f"/supervision/api/cases/{case}/complaints", json={"channel": "LETTER", "text": "办理太慢。"})
    district.advance("2026-04-24 09:00")
    spared = tried(district, f'limits: {{"*": {{{limit}: 60}}}}')
    assert spared.cards_before == len(recorded(district))
    of_rule = [one for one in spared.differences if one.rule == rule]
    assert of_rule
    assert not any(one.raised for one in spared.differences)
    assert {one.rule for one in spared.differences} <= {rule, "SUP-R02"}


def test_nothing_is_written(district: World) -> None:
    """Given a trial, the stream and the views are as they were."""
    supervision = district.window.services["supervision"]
    before = (supervision.recorder.max_notification_id(), district.rows("supervision", "warnings"))
    tried(district, "without: [SUP-R01, SUP-Y07]")
    assert (supervision.recorder.max_notification_id(), district.rows("supervision", "warnings")) == before


@pytest.mark.parametrize(
    "proposal", ["without: [SUP-X99]", "limits: {a: {promised_limit: -1}}", "limits: {a: {b: 1}}", "stages: {a: {b: -1}}", "[", "rules: more.py"]
)
def test_a_proposal_that_makes_no_sense_is_refused(proposal: str) -> None:
    """Given an unknown rule, a negative limit, an unknown field, no YAML, or a file where none may be read, the reason is told."""
    with pytest.raises(ProposalError):
        read_proposal(proposal.encode())


RULE = """
from services.supervision.rules import rule
from services.supervision.rules.unit import Rule
from dataclasses import replace

def _always(picture, calendar, now):
    if picture.accepted is not None:
        yield MORE.found(picture, calendar, "always", picture.accepted, picture.evidence_of("application-accepted"))

MORE = replace(rule("SUP-Y12"), code="SUP-Y99", find=_always)
RULES = (MORE,)
"""


def test_the_command_tries_a_new_rule(run: CliRunner, tmp_path: Path, connection: dict[str, str]) -> None:
    """Given a file with a rule that does not exist yet, the command tells which cards it would raise, as a table or card by card."""
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        world.accepted()
    (tmp_path / "more.py").write_text(RULE)
    (tmp_path / "proposal.yaml").write_text("rules: more.py\n")
    shown = run.invoke(application(), ["backtest", str(tmp_path / "proposal.yaml"), "--json"])
    assert shown.exit_code == 0, shown.output
    told = json.loads(next(line for line in shown.output.splitlines() if line.startswith("{")))
    assert [(one["rule"], one["raised"]) for one in told["differences"]] == [("SUP-R02", True), ("SUP-Y99", True)], (
        "not mended in a working day, it becomes red"
    )
    assert "SUP-Y99" in run.invoke(application(), ["backtest", str(tmp_path / "proposal.yaml")]).output
