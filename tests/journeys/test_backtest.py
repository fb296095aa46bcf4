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
def _district(tmp_path: Path) -> Iterator[World]:
    """One case decided in two days, one overdue, at the end of March."""
    with world_at(tmp_path, at("2026-03-02 09:00")) as world:
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


def test_nothing_is_written(district: World) -> None:
    """Given a trial, the stream and the views are as they were."""
    supervision = district.window.services["supervision"]
    before = (supervision.recorder.max_notification_id(), district.rows("supervision", "warnings"))
    tried(district, "without: [SUP-R01, SUP-Y07]")
    assert (supervision.recorder.max_notification_id(), district.rows("supervision", "warnings")) == before


@pytest.mark.parametrize("proposal", ["without: [SUP-X99]", "limits: {a: {promised_limit: -1}}", "limits: {a: {b: 1}}", "[", "rules: more.py"])
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


def test_the_command_tries_a_new_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a file with a rule that does not exist yet, the command tells which cards it would raise, as a table or card by card."""
    with world_at(tmp_path / "var", at("2026-03-02 09:00")) as world:
        world.accepted()
    monkeypatch.setenv("ONEWINDOW_VAR", str(tmp_path / "var"))
    (tmp_path / "more.py").write_text(RULE)
    (tmp_path / "proposal.yaml").write_text("rules: more.py\n")
    shown = CliRunner().invoke(application(), ["backtest", str(tmp_path / "proposal.yaml"), "--json"])
    assert shown.exit_code == 0, shown.output
    told = json.loads(next(line for line in shown.output.splitlines() if line.startswith("{")))
    assert [(one["rule"], one["raised"]) for one in told["differences"]] == [("SUP-R02", True), ("SUP-Y99", True)], (
        "not mended in a working day, it becomes red"
    )
    assert "SUP-Y99" in CliRunner().invoke(application(), ["backtest", str(tmp_path / "proposal.yaml")]).output
