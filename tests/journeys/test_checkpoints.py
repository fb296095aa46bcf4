"""An auditor keeps checkpoints of the logs, over HTTP or by the operator, and finds what a hand in the database changed (AUD-02)."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from typer.testing import CliRunner

from services.chassis.rebuild import rebuild
from services.chassis.timekeeping import system_now
from services.console.cli import application
from tests.world import World, at, world_at


def rewritten(world: World, position: int) -> None:
    """Change the officer's words in a signature behind the system's back."""
    world.is_tampered_with = True
    with world.window.services["workflow"].database.engine.begin() as connection:
        connection.execute(text("UPDATE events SET topic = 'workflow.Case.Resumed' WHERE position = :position"), {"position": position})


def test_an_auditor_finds_a_changed_event(world: World) -> None:
    """Given a checkpoint that the auditor took away, an event of a case that was changed since is named; the rest agrees, and strangers get nothing."""
    world.decided(world.accepted())
    kept = world.call("auditor", "GET", "/workflow/api/checkpoint")
    assert kept.is_success
    position = world.window.services["workflow"].recorder.max_notification_id() or 0

    def verified() -> list[dict[str, object]]:
        answer = world.do("auditor", "POST", "/workflow/api/checkpoint/verification", files={"file": ("kept.txt", kept.content)})
        findings: list[dict[str, object]] = answer["findings"]
        return findings

    assert verified() == []
    rewritten(world, position)
    (finding,) = verified()
    assert (finding["position"], finding["found"], finding["topic"]) == (position, "CHANGED", "workflow.Case.Resumed")
    wrong = world.call("auditor", "POST", "/workflow/api/checkpoint/verification", files={"file": ("some.txt", b"no checkpoint")})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:onewindow:problem:no-checkpoint")
    other = world.call("auditor", "POST", "/intake/api/checkpoint/verification", files={"file": ("kept.txt", kept.content)})
    assert other.status_code == 422, "another service's checkpoint"
    assert world.call("market-handler", "GET", "/workflow/api/checkpoint").status_code == 403


def test_the_operator_s_checkpoints_and_their_verification(run: CliRunner, tmp_path: Path, connection: dict[str, str]) -> None:
    """Given `onewindow checkpoint` on two days, `onewindow verify` says that all agrees; after a change it names the event and ends with 1."""
    assert run.invoke(application(), ["verify"]).exit_code == 1, "there is no checkpoint yet"
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        case = world.accepted()
    assert run.invoke(application(), ["checkpoint"]).exit_code == 0
    assert "没有新的事件" in run.invoke(application(), ["checkpoint"]).output
    with world_at(tmp_path, at("2026-03-03 09:00"), again=True, **connection) as world:
        world.decided(case)
        position = world.window.services["workflow"].recorder.max_notification_id() or 0
    assert run.invoke(application(), ["checkpoint"]).exit_code == 0
    agreed = run.invoke(application(), ["verify"])
    assert agreed.exit_code == 0, agreed.output
    assert agreed.output.count("全部相符") == 5
    with world_at(tmp_path, at("2026-03-03 18:00"), again=True, **connection) as world:
        rewritten(world, position)
    found = run.invoke(application(), ["verify"])
    assert found.exit_code == 1
    assert "被改动" in found.output
    assert str(position) in found.output
    assert "已经告知监察" in found.output
    again = run.invoke(application(), ["verify"])
    assert (again.exit_code, "已经告知监察" in again.output) == (1, False), "what is known is not told again"
    with world_at(tmp_path, system_now() + timedelta(minutes=1), again=True) as world:
        world.settle()
        (card,) = (row for row in world.rows("supervision", "warnings") if row["rule"] == "SUP-R08")
        assert (card["department"], card["level"], card["stands"]) == ("service-centre", "RED", True)
        assert card["detail"] == f"workflow 服务的事件流有 1 个事件被改动、删除或者插入：位置 {position}"
        assert "card-issued" in {row["template"] for row in world.rows("notification", "messages") if row["mailbox"] == "LEADER@service-centre"}
        shown = world.call("supervisor1", "GET", f"/supervision/cards/{card['id']}", headers={"Accept": "text/html"})
        assert shown.status_code == 200
        assert "workflow 服务的事件流" in shown.text
        history = world.do("auditor", "GET", f"/supervision/api/cases/{card['case_id']}/history")
        assert history[0]["sentence"].startswith("对照检查点核验，workflow 服务的事件流有 1 个事件")
        before = world.rows("supervision", "warnings")
        rebuild(world.window.services["supervision"])
        assert world.rows("supervision", "warnings") == before
