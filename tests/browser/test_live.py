"""The live page and the wall in a real browser: they keep themselves up to date, also after a lost connection, and the wall reads from afar (SUP-22)."""

import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.line import Line, line_to
from tests.browser.test_frame import SCREENSHOTS, serious
from tests.browser.town import Town
from tests.world import PASSWORD

pytestmark = pytest.mark.browser
SCREENS = ((1920, 1080), (3840, 2160))
SMALLEST = 1.4
"""Hundredths of the screen's width: 17 mm on a screen of 1.2 m, what the eye still reads from five metres."""
TEXTS = """() => [...document.querySelectorAll(".wall *")]
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && one.checkVisibility() && one.offsetWidth)
  .map((one) => ({ text: one.textContent.trim(), size: parseFloat(getComputedStyle(one).fontSize), box: one.getBoundingClientRect() }))"""


@pytest.fixture(name="line")
def _line(town: Town) -> Iterator[Line]:
    with line_to(urlsplit(town.world.address).port or 80) as line:
        yield line


def number_of(page: Page, name: str) -> int:
    """Read a figure."""
    place = page.locator(f"[data-total={name}]")
    expect(place).to_have_text(re.compile(r"\d"))
    return int(place.inner_text())


@pytest.mark.parametrize("address", ["/supervision/live", "/supervision/wall"])
def test_the_page_keeps_itself_up_to_date(town: Town, line: Line, address: str) -> None:
    """Given a page that is open, an application changes the figures and is told, also one that came while the connection was lost; it is one click away."""
    world = town.world
    page = town.person("supervisor1")
    page.goto(f"{line.address}{address}")
    expect(page.get_by_text("已连接")).to_be_visible()
    received, in_hand = number_of(page, "received"), number_of(page, "in_hand")
    first = world.applied("public-venue-hygiene", key=f"first{address}")
    expect(page.locator("[data-total=received]")).to_have_text(str(received + 1))
    expect(page.locator(f"#feed a[href$='{first['id']}']").first).to_be_visible()
    line.cut()
    expect(page.get_by_text("连接中断")).to_be_visible()
    second = world.applied("public-venue-hygiene", key=f"second{address}")
    line.mend()
    expect(page.locator(f"#feed a[href$='{second['id']}']").first).to_be_visible()
    expect(page.locator("[data-total=in_hand]")).to_have_text(str(in_hand + 2))
    town.complaints.clear()  # the browser notes that it lost the connection
    page.locator(f"#feed a[href$='{second['id']}']").first.click()
    expect(page.get_by_text(second["number"]).first).to_be_visible()
    assert town.complaints == []


def test_what_is_over_leaves_the_live_page(town: Town) -> None:
    """Given an overdue case, its light and its card come by themselves, and leave with the decision; the department's list is a click away."""
    world = town.world
    case = world.accepted()
    world.advance("2026-03-09 20:00")
    page = town.person("supervisor1")
    page.goto("/supervision/live")
    row = page.locator("#departments tr").filter(has_text="市场监管局")
    listed = page.locator("#warnings li").filter(has_text="食品经营许可")
    expect(listed.filter(has_text="黄灯").first).to_be_visible()
    expect(listed.filter(has_text="红牌")).to_have_count(0)
    world.advance("2026-03-10 00:30")
    expect(listed.filter(has_text="红牌").first).to_be_visible()
    expect(listed.filter(has_text="黄灯")).to_have_count(0)
    expect(row.locator(".live-light").last).to_have_text("■1")
    town.look(page, "supervision-live")
    before = number_of(page, "in_hand")
    world.applied(key="another")
    world.decided(case)
    expect(page.locator("[data-total=finished]")).to_have_text("1")
    expect(page.locator("[data-total=in_hand]")).to_have_text(str(before))
    expect(listed).to_have_count(0)
    expect(page.locator("[data-total=RED]")).to_have_text("0")
    page.locator("#departments a").first.click()
    page.wait_for_url("**/cases?state=IN_HAND&department=*")
    assert len({cell.inner_text() for cell in page.locator("tbody td:nth-child(4)").all()}) == 1, "the list is the department's"


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_the_wall_reads_from_afar(town: Town, width: int, height: int) -> None:
    """Given a screen on a wall, everything fits on it, no text is smaller than the eye reads from five metres, and no part of it is empty."""
    world = town.world
    world.applied("public-venue-hygiene", key=f"wall-{width}")
    page = town.person("supervisor1")
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/supervision/wall")
    expect(page.locator("#feed a").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"supervision-wall-{width}.png")
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [width, height]
    texts = page.evaluate(TEXTS)
    assert {one["text"]: one["size"] for one in texts if one["size"] < width * SMALLEST / 100} == {}
    assert [one["text"] for one in texts if one["box"]["right"] > width or one["box"]["bottom"] > height] == []
    cut = page.evaluate("[...document.querySelectorAll('.wall-feed p')].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)")
    assert cut == [], "what just happened is told in full"
    for part in page.locator(".wall section").all():
        assert part.locator("a, .live-empty").count() > 0
    assert serious(page) == []


@pytest.mark.parametrize("deficiency", ["protanopia", "deuteranopia", "tritanopia", "achromatopsia"])
def test_the_wall_is_read_without_its_colours(town: Town, deficiency: str) -> None:
    """Given eyes that see other colours or none, each light and level has a word and a shape of its own, and each part of a bar a pattern of its own."""
    town.world.applied("public-venue-hygiene", key=f"wall-{deficiency}")
    page = town.person("supervisor1")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.context.new_cdp_session(page).send("Emulation.setEmulatedVisionDeficiency", {"type": deficiency})
    page.goto("/supervision/wall")
    expect(page.locator("#departments tr").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"supervision-wall-{deficiency}.png")
    levels = [tile.inner_text() for tile in page.locator(".wall-tiles [data-level] dt").all()]
    lights = [light.inner_text() for light in page.locator(".wall-legend > span").all()]
    for told in (levels, lights):
        assert all(re.fullmatch(r"[^\w\s]\s*\w{2,}", one) for one in told), told
        assert len({one[0] for one in told}) == len(told)
    patterns = page.evaluate(
        """() => ["GREEN", "YELLOW", "RED"].map((light) => {
            const part = document.querySelector(".live-bar").appendChild(document.createElement("span"));
            part.className = "live-bar__part";
            part.dataset.light = light;
            return getComputedStyle(part).backgroundImage.replace(/rgb[^)]*[)]/g, "");
        })"""
    )
    assert len(set(patterns)) == len(patterns)


def test_a_long_list_of_departments_comes_by_turns(town: Town) -> None:
    """Given more departments and windows than a screen holds, they come a screenful at a time, the gravest first, and none is left out."""
    counts = {"received": 1, "accepted": 1, "finished": 0, "waiting": 0, "in_hand": 3, "GREEN": 1, "YELLOW": 1, "RED": 1}
    many = [{"department": f"部门{number:02}", **counts} for number in range(30)]
    windows = [{"window": f"clerk{number}", "name": f"窗口人员{number}（示例）", **counts} for number in range(6)]
    page = town.person("supervisor1")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.clock.install()

    def as_of_a_district(route: Route) -> None:
        answer = route.fetch()
        first = re.search(r"data-first='([^']*)'", answer.text())
        assert first is not None
        shown = {**json.loads(html.unescape(first[1])), "departments": many, "windows": windows}
        route.fulfill(response=answer, body=answer.text().replace(first[1], html.escape(json.dumps(shown), quote=True)))

    page.route("**/supervision/wall", as_of_a_district)
    page.route("**/supervision/api/live*", lambda route: route.abort())
    page.goto("/supervision/wall")
    seen, at_windows = [], []
    for screen in ("第 1 屏，共 3 屏", "第 2 屏，共 3 屏", "第 3 屏，共 3 屏"):
        expect(page.locator("#turn")).to_have_text(screen)
        page.screenshot(path=SCREENSHOTS / "supervision-wall-many.png")
        assert page.evaluate("document.documentElement.scrollHeight") == 1080
        last, room = (page.locator(place).last.bounding_box() for place in ("#departments tr", ".wall-departments"))
        assert last is not None
        assert room is not None
        assert last["y"] + last["height"] <= room["y"] + room["height"], "the last row is not cut"
        seen += [row.inner_text() for row in page.locator("#departments th").all()]
        at_windows += [name.inner_text() for name in page.locator("#windows strong").all()]
        page.clock.run_for(16_000)
    assert seen == [one["department"] for one in many]
    assert at_windows == [one["name"] for one in windows]


def test_a_wall_whose_login_is_over_asks_for_it_again(town: Town) -> None:
    """Given a wall that loses its connection after its login has expired, it leads to the login page by itself, and from there back to the wall."""
    page = town.person("supervisor1")

    def lost_eleven_hours_later(route: Route) -> None:
        town.world.now.advance_to(town.world.now() + timedelta(hours=11))
        route.fulfill(content_type="text/event-stream", body=": the connection ends here\n\n")

    page.route("**/supervision/api/live*", lost_eleven_hours_later, times=1)
    page.goto("/supervision/wall")
    page.wait_for_url("**/identity/authorize*")
    page.fill("#username", "supervisor1")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/supervision/wall")
    expect(page.get_by_text("已连接")).to_be_visible()
    assert all("401" in one for one in town.complaints), town.complaints
