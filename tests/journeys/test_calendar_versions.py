"""A new version of the calendar is published as an event: open deadlines are computed anew, what changed is listed, and those affected are told (CLK-01)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.chassis.clock.reckoning import Reckoner
from services.chassis.rebuild import rebuild
from services.chassis.service import Service
from services.chassis.timers import Timers
from tests.world import World, at, rows, world_at

FOOD = "food-operation-licence"
NOTICE: dict[str, str] = {
    "year": "2027",
    "notice": "国办发明电〔2026〕0号（示例）",
    "rest": "元旦 2027-01-01 至 2027-01-05\n春节 2027-02-05 至 2027-02-11\n清明节 2027-04-05\n劳动节 2027-05-01 至 2027-05-05\n"
    "端午节 2027-06-09\n中秋节 2027-09-15\n国庆节 2027-10-01 至 2027-10-07",
    "moved": "元旦 2027-01-10\n春节 2027-01-31",
}


@pytest.fixture
def december(tmp_path: Path, connection: dict[str, str]) -> Iterator[World]:
    """A district on Monday, 28 December 2026, when nothing is known of the next year's holidays but the law."""
    with world_at(tmp_path, at("2026-12-28 09:00"), again=False, **connection) as world:
        yield world


def posted(world: World, username: str = "admin", **values: str) -> Any:
    """Send the form of the page."""
    return world.call(username, "POST", "/intake/calendars", data={**NOTICE, **values}, headers={"Accept": "text/html"}, follow_redirects=False)


def published(world: World) -> None:
    """Publish the notice, as an administrator who looked at what it changes; some seconds later everything is computed anew."""
    shown = posted(world)
    assert shown.status_code == 200
    assert "2027年1月4日" in shown.text
    assert "休息（元旦）" in shown.text
    assert "上班（元旦调休上班）" in shown.text
    assert posted(world, seen="cn-2027.1").status_code == 303
    world.settle()
    world.now.advance_to(at("2026-12-28 15:00"))
    world.settle()


def test_what_is_due_is_computed_anew_listed_and_told(december: World) -> None:
    """Given a case and an application that wait, their deadlines move by the days that the notice gives off, and everybody concerned is told why."""
    case = december.accepted(FOOD)
    waiting = december.applied(FOOD, key="waiting")["id"]
    december.settle()
    before = december.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["clocks"]["promised"]
    assert before["provisional"] is True
    published(december)
    after = december.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["clocks"]["promised"]
    assert (after["provisional"], after["calendar"]) == (False, "cn-2027.1")
    assert after["due"] > before["due"]
    listed = december.do("supervisor1", "GET", "/supervision/api/recomputed")["items"]
    (one,) = [row for row in listed if row["case_id"] == case and row["clock"] == "promised"]
    assert (one["before"], one["after"], one["previous"], one["calendar"]) == (before["due"], after["due"], "cn-2026.1", "cn-2027.1")
    assert "2027-01-04 休息（元旦）" in one["reason"]
    assert [row["clock"] for row in listed if row["case_id"] == waiting] == ["acceptance"]
    for username in ("zhangsan", "market-leader"):
        subjects = [message["subject"] for message in december.do(username, "GET", "/notification/api/messages")["items"]]
        assert any("办理期限调整" in subject for subject in subjects), username
    history = december.do("auditor", "GET", f"/supervision/api/cases/{case}/history")
    assert any("工作日历由 cn-2026.1 改为 cn-2027.1" in line["sentence"] for line in history)
    (desk,) = [row for row in december.rows("workflow", "desk") if str(row["case_id"]) == case]
    assert str(desk["due"]) == after["due"]
    page = december.call("market-head", "GET", "/supervision/recomputed", headers={"Accept": "text/html"}).text
    assert case in page
    assert december.do("health-head", "GET", "/supervision/api/recomputed")["items"] == [], "other departments' cases are not theirs to see"


def test_more_than_one_batch_and_a_version_that_comes_in_the_middle(december: World) -> None:
    """Given more that waits than is folded at once, and another version before all was, each is due by the newest."""
    waiting = [december.applied(FOOD, key=f"waiting-{number}")["id"] for number in range(5)]
    december.settle()
    for service in december.window.services.values():
        if isinstance(service, Reckoner):
            service.at_a_time = 2
    assert posted(december, seen="cn-2027.1").status_code == 303
    december.settle()
    december.now.advance_to(at("2026-12-28 15:00"))
    intake = december.window.services["intake"]
    Timers(intake, december.now).sweep()
    assert len({row["acceptance_due"] for row in december.rows("intake", "applications")}) == 2, "some are folded, some are not"
    longer = NOTICE["rest"].replace("至 2027-01-05", "至 2027-01-06")
    assert posted(december, rest=longer, seen="cn-2027.2").status_code == 303
    december.settle()
    december.now.advance_to(at("2026-12-28 16:00"))
    december.settle()
    assert {str(row["acceptance_due"]) for row in december.rows("intake", "applications")} == {"2027-01-08"}
    due = {row["case_id"]: row["after"] for row in december.do("supervisor1", "GET", "/supervision/api/recomputed")["items"] if row["calendar"] == "cn-2027.2"}
    assert due == dict.fromkeys(waiting, "2027-01-08")


def test_timers_move_with_the_calendar(december: World) -> None:
    """Given an application whose answer was due on the 5th, and by the notice on the 7th, it counts as accepted after the 7th."""
    waiting = december.applied(FOOD)["id"]
    december.settle()
    published(december)
    december.advance("2027-01-07 23:00")
    assert december.do("zhangsan", "GET", f"/intake/api/applications/{waiting}")["state"] == "RECEIVED"
    december.advance("2027-01-08 09:00")
    assert december.do("zhangsan", "GET", f"/intake/api/applications/{waiting}")["state"] == "ACCEPTED"


def test_a_card_that_the_calendar_proves_wrong_is_withdrawn_with_that_reason(december: World) -> None:
    """Given a notice that comes late, a card for a day that turns out to be off is withdrawn, and says that the calendar is why."""
    december.accepted(FOOD)
    december.advance("2027-01-06 00:30")
    cards = {row["id"]: row for row in december.rows("supervision", "warnings") if row["level"] != "LIGHT"}
    assert cards, "by the law alone, the 4th and the 5th are worked, and a limit ran out"
    assert posted(december, seen="cn-2027.1").status_code == 303
    december.settle()
    december.advance("2027-01-06 01:00")
    withdrawn = [row for row in december.rows("supervision", "warnings") if row["id"] in cards and row["state"] == "RETRACTED"]
    assert withdrawn
    assert all(row["reason"].startswith("按新公布的工作日历 cn-2027.1 重新计算，") for row in withdrawn)


def test_views_are_rebuilt_the_same_after_a_new_calendar(december: World) -> None:
    """Given cases from before and after a new version, every view comes out of the streams as it is (AUD-03)."""
    december.accepted(FOOD)
    december.applied(FOOD, key="waiting")
    december.settle()
    published(december)
    december.applied(FOOD, key="later")
    december.settle()

    def views(service: Service) -> dict[str, Any]:
        return {view.name: rows(service, view.name) for view in service.database.views}

    for service in december.window.services.values():
        before = views(service)
        rebuild(service)
        assert views(service) == before, service.name


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"rest": "元旦 1月1日"}, "rest"),
        ({"rest": "春节 2027-02-05 至 2027-01-05"}, "rest"),
        ({"rest": NOTICE["rest"].replace("端午节", "端阳节")}, "rest"),
        ({"moved": "元旦 2027-01-08"}, "moved"),
        ({"moved": "元旦 2027-01-02"}, "moved"),
        ({"notice": " "}, "notice"),
        ({"year": "2025"}, "year"),
        ({"year": "later"}, "year"),
    ],
)
def test_a_notice_that_cannot_be_is_refused(world: World, changed: dict[str, str], field: str) -> None:
    """Given a line that cannot be read, a weekday that is moved, a day on and off, or no notice, the field is named and nothing published."""
    answer = posted(world, **changed)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert world.do(None, "GET", "/intake/api/calendar")["versions"] == ["cn-2026.1"]


def test_only_an_administrator_publishes_and_only_once(world: World) -> None:
    """Given a version that is published, it is never changed; an officer publishes none."""
    assert posted(world, "market-head", seen="cn-2027.1").status_code == 403
    body: dict[str, Any] = {"id": "cn-2027.1", "notice": "示例", "first": "2004-01-01", "last": "2050-12-31", "known_through": "2027-12-31"}
    body |= {"rest": {"2027-01-01": "元旦"}, "moved": {}}
    assert world.call("admin", "POST", "/intake/api/calendars", json=body).status_code == 201
    assert world.call("admin", "POST", "/intake/api/calendars", json={**body, "rest": {}}).status_code == 409
    assert world.call("admin", "POST", "/intake/api/calendars", json={**body, "id": "cn-2026.2", "known_through": "2026-12-30"}).status_code == 422
    assert world.do(None, "GET", "/intake/api/calendar")["versions"] == ["cn-2026.1", "cn-2027.1"]
