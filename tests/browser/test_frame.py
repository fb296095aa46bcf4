"""The frame and the parts of pages in a real browser: accessible, usable by keyboard alone, whole on a narrow screen, nothing from elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect, sync_playwright

from services.kernel.actor import Actor, Role
from tests.browser.pattern import pattern_app, served
from tests.conftest import CHROMIUM
from tests.services.frame_sample import tokens_of

pytestmark = pytest.mark.browser
SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
WIDE, NARROW = 1280, 390
OFFICER = Actor("h-1", "示例承办人", frozenset({Role.HANDLER, Role.SECTION_HEAD}), "market-regulation")


@pytest.fixture(name="house", scope="module")
def _house() -> Iterator[str]:
    with served(pattern_app()) as address:
        yield address


@pytest.fixture(name="chromium", scope="module")
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(name="complaints")
def _complaints() -> list[str]:
    """What the browser complains of, such as a breach of the content security policy."""
    return []


@pytest.fixture(name="page")
def _page(chromium: Browser, house: str, complaints: list[str]) -> Iterator[Page]:
    context = chromium.new_context(base_url=f"{house}/sample/", viewport={"width": WIDE, "height": 900}, locale="zh-CN", reduced_motion="reduce")
    page = context.new_page()

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((house, "data:", "blob:")) else complaints.append(request.url))
    yield page
    context.close()


def sign_in(page: Page, house: str) -> None:
    """Sign the officer in."""
    page.context.add_cookies([{"name": "onewindow_session", "value": tokens_of(OFFICER), "url": house}])


def serious(page: Page) -> list[str]:
    """Give what axe finds serious or critical on a page."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found if one["impact"] in {"serious", "critical"}]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("address", ["pattern", "pattern?wrong=true", "desk", "nowhere"])
def test_pages_are_accessible_and_whole(page: Page, house: str, complaints: list[str], address: str, width: int) -> None:
    """Every part is without serious findings, fits the screen without scrolling sideways, and loads nothing that the policy forbids or from elsewhere."""
    if address == "desk":
        sign_in(page, house)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    page.wait_for_load_state("networkidle")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"frame-{address.partition('?')[0]}{'-wrong' if '?' in address else ''}-{width}.png", full_page=True)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [one for one in complaints if "404" not in one] == []


def test_the_documentation_works_under_the_policy(page: Page, complaints: list[str]) -> None:
    """Swagger UI shows the operations from our own files, under the strict content security policy."""
    page.goto("docs")
    expect(page.locator(".opblock")).to_have_count(7)
    page.screenshot(path=SCREENSHOTS / f"frame-docs-{WIDE}.png")
    assert complaints == []


def test_lists_are_walked_by_keyboard(page: Page, house: str) -> None:
    """J and k walk through the rows and stop at the ends; Enter opens the row; / goes to the search field, where letters are letters."""
    sign_in(page, house)
    page.goto("desk")
    rows = page.locator("[data-rows] a")
    for _ in range(2):
        page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    for _ in range(9):
        page.keyboard.press("j")
    expect(rows.last).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(3)).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("编号或名称")).to_be_focused()
    page.keyboard.type("jk/?g")
    expect(page.get_by_label("编号或名称")).to_have_value("jk/?g")
    page.get_by_label("编号或名称").blur()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk?open=SL-2026-000101-2")


def test_g_and_a_letter_go_somewhere(page: Page, house: str) -> None:
    """G then d opens 待办, as the help behind ? says; Escape closes the help."""
    sign_in(page, house)
    page.goto("desk")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="键盘快捷键")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text("待办")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/workflow/desk")


def test_the_error_summary_leads_to_the_field(page: Page) -> None:
    """After a mistake the summary has the focus, the title says so, and its links put the focus into the fields."""
    page.goto("pattern?wrong=true")
    expect(page.locator(".govuk-error-summary").first).to_be_focused()
    expect(page).to_have_title("错误：样式 · 一窗")
    page.get_by_role("link", name="联系电话应为 11 位手机号码或带区号的固定电话").first.click()
    expect(page.get_by_label("联系电话")).to_be_focused()
    page.get_by_role("link", name="请选择领取方式").first.click()
    expect(page.get_by_label("窗口领取")).to_be_focused()


def test_unsaved_input_is_not_lost_by_mistake(page: Page) -> None:
    """Leaving a form that was changed asks first; an untouched one does not."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.goto("pattern")
    page.goto("desk")
    assert asked == []
    page.goto("pattern")
    page.get_by_label("单位名称").fill("另一个名称")
    page.goto("desk")
    assert asked == ["beforeunload"]


def test_hints_of_the_library_are_chinese(page: Page) -> None:
    """The character counter and the file field speak Chinese."""
    page.goto("pattern")
    page.get_by_label("审批意见").fill("同意")
    expect(page.get_by_text("还可以输入 998 字").first).to_be_visible()
    expect(page.get_by_text("选择文件").first).to_be_visible()
    expect(page.get_by_text("还没有选择文件").first).to_be_visible()


def test_the_menu_unfolds_on_a_narrow_screen(page: Page) -> None:
    """On a telephone the navigation is behind a button that says whether it is open."""
    page.set_viewport_size({"width": NARROW, "height": 800})
    page.goto("desk")
    button = page.get_by_role("button", name="菜单")
    expect(page.get_by_role("link", name="办事指南")).to_be_hidden()
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("link", name="办事指南")).to_be_visible()
    assert serious(page) == []


def test_the_header_of_a_telephone_is_one_line(page: Page, house: str) -> None:
    """However long a name is: who is signed in, the way out and the menu stand beside the sign of the house."""
    sign_in(page, house)
    page.set_viewport_size({"width": NARROW, "height": 800})
    page.goto("desk")
    tops = [page.locator(one).bounding_box() for one in (".ow-brand", ".ow-account__name", ".ow-link-button", ".ow-menu-button")]
    middles = [one["y"] + one["height"] / 2 for one in tops if one]
    assert len(middles) == 4
    assert max(middles) - min(middles) < 4, "pixels"


def test_a_live_connection_resumes_after_what_it_has_seen(page: Page) -> None:
    """A stream that breaks off, or is refused in between, is resumed after the last event: none comes twice, and the page says how the connection stands."""
    page.goto("desk")
    heard = page.evaluate(
        """() => new Promise((done) => {
            const heard = [];
            const stop = window.onewindow.follow("/sample/stream", { message: (number) => { heard.push(number); if (number === 4) { stop(); done(heard); } } });
        })"""
    )
    assert heard == [1, 2, 3, 4]
    expect(page.locator("[data-connection]")).to_have_text("连接已断开")
