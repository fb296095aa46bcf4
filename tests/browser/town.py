"""A district and the browsers of the people in it: each page that they look at is without serious findings of axe, fits the screen, complains of nothing,

and leaves a picture in var/screenshots.
"""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Page, expect

from tests.browser.test_frame import SCREENSHOTS, WIDE, serious
from tests.patience import PATIENCE
from tests.world import PASSWORD, PDF, World

FILE: FilePayload = {"name": "表.pdf", "mimeType": "application/pdf", "buffer": PDF}


@dataclass
class Town:
    """A district and the browsers of the people in it."""

    world: World
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def visitor(self, width: int = WIDE) -> Page:
        """Open a browser in which nobody is signed in."""
        context = self.browser.new_context(base_url=self.world.address, viewport={"width": width, "height": 900}, locale="zh-CN", reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def person(self, username: str, width: int = WIDE) -> Page:
        """Open a browser and sign in on the login page."""
        page = self.visitor(width)
        page.goto("/intake/session/login?next=/intake/")
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/intake/")
        return page

    def look(self, page: Page, name: str, address: str = "") -> None:
        """Look at a page: what a customer would complain of fails."""
        if address:
            answer = page.goto(address)
            assert answer is not None
            assert answer.ok, f"{address}: {answer.status}"
        page.wait_for_load_state("load")
        if page.locator("#feed").count():
            expect(page.locator("#feed a").first).to_be_visible()
        width = page.viewport_size["width"] if page.viewport_size else WIDE
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        assert serious(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways"
        assert self.complaints == [], name

    def _note(self, message: ConsoleMessage) -> None:
        # That a form was refused (422) is what some tests are about.
        if message.type == "error" and "422" not in message.text:
            self.complaints.append(message.text)
