"""An officer's work in a real browser, by keyboard: the desk, a case, its signature and its notices; accessible and whole on a narrow screen."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from services.kernel.actor import Actor
from services.kernel.process import SpecialProcedure
from tests.browser.pattern import served
from tests.browser.test_frame import NARROW, SCREENSHOTS, WIDE, serious
from tests.conftest import CHROMIUM
from tests.domain.workflow_cases import BUILDING, ENVIRONMENT, HANDLER, HEAD, JOINT, LEADER, SAFETY
from tests.services.frame_sample import tokens_of
from tests.services.workflow_house import ADMINISTRATOR, House, house

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Scene:
    """Workflow with a joint case that waits for the lead, a case whose clock stands, one that waits for the decision, and one with paper."""

    home: House
    address: str
    browser: Browser
    joint: UUID
    standing: UUID
    deciding: UUID
    paper: UUID

    def page(self, actor: Actor, width: int = WIDE) -> Page:
        """Open a browser in which an actor is signed in."""
        context = self.browser.new_context(base_url=f"{self.address}/workflow/", viewport={"width": width, "height": 900}, locale="zh-CN")
        context.add_cookies([{"name": "onewindow_session", "value": tokens_of(actor), "url": self.address}])
        return context.new_page()


@pytest.fixture(name="scene", scope="module")
def _scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = house(tmp_path_factory.mktemp("workflow"))
    joint, standing, deciding, paper = home.accept(JOINT), home.accept(), home.accept(), home.accept(JOINT, paper=True)
    home.sign(joint, ("handle", HANDLER), ("environment", ENVIRONMENT), ("building", BUILDING))
    home.workflow.sign(joint, "safety", "安全距离不足", SAFETY, home.now(), approves=False)
    home.workflow.stop_clock(standing, SpecialProcedure.EXPERT_REVIEW, 5, "技术复杂", HANDLER, home.now())
    home.sign(paper, ("handle", HANDLER), ("safety", SAFETY))
    home.sign(deciding, ("handle", HANDLER), ("review", HEAD))
    with served(home.app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield Scene(home, address, browser, joint, standing, deciding, paper)
        browser.close()
    home.workflow.close()


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize(
    ("name", "actor", "address"),
    [
        ("desk", HEAD, "desk?scope=whole"),
        ("case-joint", HEAD, "cases/{0.joint}"),
        ("case-standing", HANDLER, "cases/{0.standing}"),
        ("case-deciding", LEADER, "cases/{0.deciding}"),
        ("case-paper", BUILDING, "cases/{0.paper}"),
        ("paper", BUILDING, "cases/{0.paper}/do/paper"),
        ("stop", HANDLER, "cases/{0.standing}/do/stop"),
        ("roll-back", HEAD, "cases/{0.joint}/do/roll-back?stage=join"),
        ("material", HANDLER, "cases/{0.standing}/materials/add"),
        ("authorities", ADMINISTRATOR, "authorities"),
    ],
)
def test_pages_are_accessible_and_whole(scene: Scene, name: str, actor: Actor, address: str, width: int) -> None:
    """Every page is without serious findings of axe and does not scroll sideways, wide or narrow."""
    page = scene.page(actor, width)
    answer = page.goto(address.format(scene))
    assert answer is not None
    assert answer.status == 200
    page.wait_for_load_state("networkidle")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"workflow-{name}-{width}.png", full_page=True)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_an_officer_signs_by_keyboard_alone(scene: Scene) -> None:
    """From the desk: j and Enter open the case, Tab and Space choose, Enter on the button signs; the desk is empty afterwards."""
    case = scene.home.accept(JOINT)
    scene.home.sign(case, ("handle", HANDLER))
    page = scene.page(SAFETY)
    page.goto("desk")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case}?stage=safety")
    page.locator("#conclusion").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("符合安全条件，同意")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**?done=signed")
    expect(page.get_by_role("status").first).to_contain_text("意见已经签署")
    page.goto("desk")
    expect(page.get_by_text("没有待办")).to_be_visible()
    page.context.close()


def test_why_it_is_due_is_shown_day_by_day(scene: Scene) -> None:
    """The explanation opens to a calendar whose last counted day is the due day."""
    page = scene.page(LEADER)
    page.goto(f"cases/{scene.deciding}")
    page.get_by_text("承诺时限逐日说明").click()
    expect(page.locator(".ow-calendar__day--last").first).to_contain_text("3月16日")
    page.context.close()


def test_a_notice_is_printed_without_the_frame(scene: Scene, tmp_path: Path) -> None:
    """What is printed is the notice alone: neither navigation nor buttons."""
    [stop] = scene.home.workflow.case(scene.standing).stops
    page = scene.page(HANDLER)
    page.goto(f"cases/{scene.standing}/notices/{stop.notice}")
    page.emulate_media(media="print")
    expect(page.get_by_text("特别程序所需时间告知书").last).to_be_visible()
    expect(page.get_by_role("navigation", name="主导航")).to_be_hidden()
    expect(page.get_by_role("button", name="打印告知书")).to_be_hidden()
    page.pdf(path=tmp_path / "notice.pdf")
    assert (tmp_path / "notice.pdf").stat().st_size > 1000
    page.context.close()
