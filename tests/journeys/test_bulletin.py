"""Figures lead down to the cases behind them; the monthly bulletin comes from the events of the month; both are printed (SUP-23, SUP-26)."""

import html
import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from services.supervision.pages.figures import COLUMNS
from tests.world import World

FOOD, HYGIENE = "food-operation-licence", "public-venue-hygiene"
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
REPORTS = ("figures", "appraisal", "bulletin")


@pytest.fixture(name="march")
def _march(world: World) -> World:
    """A month: one case decided in time, one that nobody signs, one that is refused, one withdrawn, and an approval outside the system."""
    done = world.accepted(FOOD)
    world.decided(done)
    late = world.applied(FOOD, key="late")["id"]
    world.act("market-handler", f"/intake/api/applications/{late}/accept")
    world.settle()
    world.act("market-handler", f"/workflow/api/cases/{late}/stages/handle/take")
    refused = world.applied(HYGIENE, key="refused")["id"]
    world.act("health-handler", f"/intake/api/applications/{refused}/refuse", {"reason": "依法不需要取得许可。"})
    withdrawn = world.applied(HYGIENE, key="withdrawn")["id"]
    world.act("zhangsan", f"/intake/api/applications/{withdrawn}/withdraw", {"reason": ""})
    body = {"item": FOOD, "item_name": "", "department": "", "approved_on": "2026-03-02", "cause": "OUTAGE", "reason": "系统停机"}
    world.do("clerk1", "POST", "/intake/api/offline-approvals", json=body)
    world.settle()
    world.call("zhangsan", "POST", f"/intake/api/applications/{done}/reviews", json={"stage": "RESULT", "level": 5, "tags": []})
    world.call("zhangsan", "POST", f"/intake/api/applications/{done}/reviews", json={"stage": "RECEPTION", "level": 2, "tags": []})
    world.advance("2026-03-20 09:00")
    return world


def found(world: World, path: str, username: str = "supervisor1", **query: str) -> Any:
    """Ask supervision."""
    return world.do(username, "GET", f"/supervision/api/{path}", params=query)


def test_each_figure_leads_to_as_many_cases(march: World) -> None:
    """Given the figures of a period by each grouping, behind each number there are as many cases, or lights and cards."""
    seen, of_officers = set(), set()
    for by in ("department", "item", "window", "officer"):
        for line in found(march, "figures", **MARCH, by=by):
            for figure in COLUMNS:
                behind = found(march, "figures/behind", **MARCH, by=by, key=line["key"], figure=figure)
                assert len(behind["items"]) == line[figure], (by, line["key"], figure)
                seen |= {figure} if line[figure] else set()
                of_officers |= {figure} if line[figure] and by == "officer" else set()
    assert of_officers >= {"received", "accepted", "refused", "finished", "granted", "early", "in_hand", "overdue", "lights", "cards"}
    assert seen >= {"received", "accepted", "refused", "withdrawn", "finished", "granted", "in_hand", "overdue", "lights", "cards"}
    query = {**MARCH, "by": "department", "key": "market-regulation"}
    assert march.call("supervisor1", "GET", "/supervision/api/figures/behind", params={**query, "figure": "secrets"}).status_code == 404
    assert found(march, "figures/behind", "health-head", **query, figure="received")["items"] == [], "another department's cases"


def test_the_bulletin_of_a_month(march: World) -> None:
    """Given the month, each department has its rates by their definitions; what cannot be rated is not."""
    lines = {line["department"]: line for line in found(march, "bulletin", month="2026-03")}
    market, health = lines["market-regulation"], lines["health"]
    assert (market["received"], market["finished"], market["in_hand"], market["offline"]) == (2, 1, 1, 1)
    behind = {**MARCH, "by": "department", "key": "market-regulation", "figure": "offline"}
    (entered,) = found(march, "figures/behind", **behind)["items"]
    page = march.call("supervisor1", "GET", "/supervision/bulletin", params={"month": "2026-03"}, headers={"Accept": "text/html"}).text
    assert "figure=offline" in page
    shown = march.call("supervisor1", "GET", "/supervision/figures/behind", params=behind, headers={"Accept": "text/html"}).text
    assert f'/supervision/cases/{entered["id"]}">{entered["number"]}</a>' in shown
    assert march.call("supervisor1", "GET", f"/supervision/cases/{entered['id']}", headers={"Accept": "text/html"}).status_code == 200
    assert march.call("supervisor1", "GET", "/supervision/api/figures/behind", params={**behind, "by": "window"}).status_code == 404
    assert market["entry_rate"] == pytest.approx(2 / 3)
    assert (market["on_time_rate"], market["satisfaction"], market["accuracy"]) == (1.0, 0.5, 1.0)
    assert market["score"] < health["score"] == 100
    assert (health["received"], health["entry_rate"], health["on_time_rate"], health["satisfaction"]) == (2, 1.0, None, None)
    assert found(march, "bulletin") == [], "February had nothing"
    assert march.call("supervisor1", "GET", "/supervision/api/bulletin", params={"month": "March"}).status_code == 422
    assert march.call("market-head", "GET", "/supervision/api/bulletin").status_code == 403


def test_the_numbers_of_the_bulletin_lead_to_what_they_count(march: World) -> None:
    """Given the page of a month, each number that figures count links to as many cases, lights or cards; the score to the appraisal of the month."""
    line = next(one for one in found(march, "bulletin", month="2026-03") if one["department"] == "market-regulation")
    page = march.call("supervisor1", "GET", "/supervision/bulletin", params={"month": "2026-03"}, headers={"Accept": "text/html"}).text
    links = re.findall(r'href="(/supervision/figures/behind\?[^"]*key=market-regulation[^"]*)">(\d+)<', page)
    shown = {figure: int(number) for address, number in links for figure in [address.rpartition("=")[2]]}
    assert shown == {figure: line[figure] for figure in ("received", "finished", "in_hand", "offline", "lights", "cards")}
    for address, number in links:
        behind = march.do("supervisor1", "GET", html.unescape(address).replace("/supervision/", "/supervision/api/"))
        assert len(behind["items"]) == int(number), address
    assert f'/supervision/appraisal?from=2026-03-01&amp;to=2026-03-31">{line["score"]}<' in page


@pytest.mark.parametrize("report", REPORTS)
def test_reports_are_printed(march: World, report: str) -> None:
    """Given a report, its PDF names the departments and their numbers in text, the same bytes each time; its table opens in spreadsheets."""
    query = {"month": "2026-03"} if report == "bulletin" else MARCH
    answer = march.call("supervisor1", "GET", f"/supervision/{report}.pdf", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "市场监管局" in text.replace("\n", "")
    assert march.call("supervisor1", "GET", f"/supervision/{report}.pdf", params=query).content == answer.content
    table = march.call("supervisor1", "GET", f"/supervision/{report}.csv", params=query)
    assert table.content.startswith(b"\xef\xbb\xbf")
    assert "市场监管局" in table.text
    page = march.call("supervisor1", "GET", f"/supervision/{report}", params=query, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert f"{report}.pdf" in page.text
