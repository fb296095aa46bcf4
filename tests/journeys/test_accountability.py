"""A flagged month is answered for: found by a supervisor, seen by the department alone, withdrawn with a reason, rebuilt from the events (SUP-27)."""

from typing import Any

from services.chassis.rebuild import rebuild
from tests.world import World

PAGE = "/supervision/accountability"
FINDINGS = "/supervision/api/accountability/findings"
MARCH = {"month": "2026-03"}
FORM = {**MARCH, "officer": "market-regulation", "measure": "SUPERVISION_ADMONITION", "leniency": "", "reason": "两件没有按期办结"}


def page(world: World, username: str, method: str, path: str = PAGE, **options: Any) -> Any:
    """Call a page."""
    return world.call(username, method, path, headers={"Accept": "text/html"}, follow_redirects=False, **options)


def findings(world: World, username: str) -> list[dict[str, Any]]:
    """List the findings of March as one sees them."""
    listed: list[dict[str, Any]] = world.do(username, "GET", FINDINGS, params=MARCH)
    return listed


def told(world: World, username: str) -> list[str]:
    """Give what one was told of findings."""
    listed = world.do(username, "GET", "/notification/api/messages")["items"]
    return [row["text"] for row in listed if row["template"].startswith("accountability-")]


def test_a_finding_is_made_seen_withdrawn_and_rebuilt(world: World) -> None:
    """Given two overdue cases, the supervisor admonishes the department; its leader sees it; it is withdrawn for an exemption; a rebuilt view has both."""
    assert "这个月没有认定" in page(world, "supervisor1", "GET", params=MARCH).text
    assert page(world, "supervisor1", "POST", data=FORM).status_code == 409, "nothing is flagged yet"
    world.accepted()
    world.accepted()
    world.advance("2026-03-31 20:00")
    assert "作出认定" in page(world, "supervisor1", "GET", params=MARCH).text
    wrong = page(world, "supervisor1", "POST", data={**FORM, "leniency": "MITIGATED"})
    assert wrong.status_code == 422
    assert 'href="#leniency"' in wrong.text
    assert "两件没有按期办结" in wrong.text, "what was written is kept"
    assert page(world, "market-leader", "POST", data=FORM).status_code == 403
    assert page(world, "supervisor1", "POST", data=FORM).status_code == 303
    assert "告诫书" in page(world, "market-leader", "GET", params=MARCH).text
    assert "作出认定" not in page(world, "market-leader", "GET", params=MARCH).text
    world.settle()
    assert told(world, "market-leader") == ["电子监察中心就贵单位2026年3月经确认的违规作出责任追究认定：告诫书。理由：两件没有按期办结"]
    assert told(world, "health-leader") == []
    (found,) = findings(world, "market-handler")
    assert findings(world, "health-head") == []
    assert world.call("market-leader", "POST", f"{FINDINGS}/{found['id']}/withdraw", json={"why": "不服"}).status_code == 403
    assert page(world, "supervisor1", "POST", f"{PAGE}/withdraw", data={**MARCH, "record": found["id"], "why": " "}).status_code == 422
    assert page(world, "supervisor1", "POST", f"{PAGE}/withdraw", data={**MARCH, "record": found["id"], "why": "当日停电"}).status_code == 303
    exemption = {**MARCH, "department": "market-regulation", "exempted": "FORCE_MAJEURE", "reason": "全区停电"}
    assert world.do("supervisor1", "POST", FINDINGS, json=exemption)["id"] == found["id"]
    assert [(row["measure"], row["exempted"], row["why"]) for row in findings(world, "auditor")] == [
        ("SUPERVISION_ADMONITION", None, "当日停电"),
        (None, "FORCE_MAJEURE", ""),
    ]
    world.settle()
    assert {text.partition("责任追究")[2] for text in told(world, "market-leader")} == {
        "认定：告诫书。理由：两件没有按期办结",
        "认定已经撤销。理由：当日停电",
        "认定：免责（不可抗力）。理由：全区停电",
    }
    assert world.rows("supervision", "dead_letters") == []
    shown = page(world, "market-leader", "GET", params=MARCH).text
    assert "已撤销" in shown
    assert "不可抗力" in shown
    before = world.rows("supervision", "accountability_findings")
    rebuild(world.window.services["supervision"])
    assert world.rows("supervision", "accountability_findings") == before != []


def test_an_officer_answers_for_the_own_cases(world: World) -> None:
    """Given an officer who holds one of two overdue cases, the form offers him, and the finding names him."""
    first = world.accepted()
    world.accepted()
    world.act("market-handler", f"/workflow/api/cases/{first}/stages/handle/take")
    world.advance("2026-03-31 20:00")
    officer = f"market-regulation/{world.subject('market-handler')}"
    assert f'value="{officer}"' in page(world, "supervisor1", "GET", params=MARCH).text
    assert page(world, "supervisor1", "POST", data={**FORM, "officer": officer, "measure": "SUPERVISION_ADVICE"}).status_code == 303
    (found,) = findings(world, "market-leader")
    assert (found["officer"], found["measure"]) == (world.subject("market-handler"), "SUPERVISION_ADVICE")
    world.settle()
    assert len(told(world, "market-handler")) == len(told(world, "market-leader")) == 1
