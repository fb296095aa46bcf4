"""Every deadline that supervision watches says, day by day, why it is due on that day; so do cards and complaints (CLK-04, SUP-21)."""

import re
from typing import Any

from tests.world import World

HTML = {"Accept": "text/html"}


def last_counted(page: str, summary: str) -> tuple[str, int]:
    """Give the last counted day of an explanation on a page, and its number."""
    shown = page[page.index(summary) :]
    days = re.findall(r"(\d+月\d+日)<.*?(?:第 (\d+) 个工作日|不计)", shown[: shown.index("</ol>")], re.DOTALL)
    day, number = [one for one in days if one[1]][-1]
    return day, int(number)


def test_every_clock_explains_its_due_day(world: World) -> None:
    """Given a case with a stop, an extension, a decision and a complaint, each clock counts its limit day by day, and the last counted day is the due day."""
    case = world.accepted()
    stopped = world.act("market-handler", f"/workflow/api/cases/{case}/stops", {"procedure": "INSPECTION", "expected_days": 2, "reason": "核查"})
    world.advance("2026-03-04 10:00")
    world.act("market-handler", f"/workflow/api/cases/{case}/stops/{stopped['stops'][0]['id']}/end", {"result": "合格"})
    world.act("market-leader", f"/workflow/api/cases/{case}/extension", {"days": 3, "reason": "案情复杂"})
    world.settle()
    world.do("supervisor1", "POST", f"/supervision/api/cases/{case}/complaints", json={"channel": "TELEPHONE", "text": "推诿"})
    world.decided(case)
    world.advance("2026-04-01 09:00")
    clocks: dict[str, dict[str, Any]] = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["clocks"]
    names = {clock["name"] for clock in clocks.values()}
    assert names == {"acceptance", "pre-review", "promised", "statutory", "stage", "publication", "certificate", "complaint", "rectification"}
    for key, clock in clocks.items():
        limit = clock["limit"] + (3 if clock["name"] in {"promised", "statutory"} else 0)
        counted = [(day["day"], day["counted"]) for day in clock["explanation"] if day["counted"]]
        assert [number for _, number in counted] == list(range(1, limit + 1)), key
        assert counted[-1][0] == clock["due"], key
        assert all(day["reason"] for day in clock["explanation"]), key
    stops = [day["day"] for day in clocks["promised"]["explanation"] if day["reason"] == "stopped"]
    assert stops == ["2026-03-03", "2026-03-04"], "the day on which the stop took effect counts, the day on which it ended does not"


def test_cards_and_complaints_explain_theirs(world: World) -> None:
    """Given a complaint that nobody answers, its page, the yellow card's and the red card's say why they are due when they are."""
    case = world.accepted()
    complaint = world.do("supervisor1", "POST", f"/supervision/api/cases/{case}/complaints", json={"channel": "TELEPHONE", "text": "推诿"})["id"]
    world.advance("2026-03-12 09:00")
    cards = {row["rule"]: str(row["id"]) for row in world.rows("supervision", "warnings")}
    page = world.call("supervisor1", "GET", f"/supervision/complaints/{complaint}", headers=HTML).text
    assert last_counted(page, "为什么最迟在这一天答复") == ("3月9日", 5)
    page = world.call("market-leader", "GET", f"/supervision/cards/{cards['SUP-Y09']}", headers=HTML).text
    assert last_counted(page, "为什么是这一天到期") == ("3月9日", 5)
    assert last_counted(page, "整改期限为什么是这一天") == ("3月11日", 1)
    page = world.call("market-leader", "GET", f"/supervision/cards/{cards['SUP-R02']}", headers=HTML).text
    assert last_counted(page, "为什么是这一天到期") == ("3月11日", 1)
    page = world.call("market-leader", "GET", f"/supervision/cards/{cards['SUP-A01']}", headers=HTML).text
    assert last_counted(page, "整改期限为什么是这一天")[1] == 1
