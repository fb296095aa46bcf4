"""Whoever uses no mouse applies and receives all the same: every step by Tab, letters, Space and Enter alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.town import FILE, Town

pytestmark = pytest.mark.browser
HAS_FOCUS = """(wanted) => {
  const one = document.activeElement;
  return one.id === wanted || one.textContent.trim() === wanted || `${one.name}=${one.value}` === wanted;
}"""


def reach(page: Page, wanted: str) -> None:
    """Press Tab until the field, link or button of this id, text or value has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate(HAS_FOCUS, wanted):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def press(page: Page, wanted: str) -> None:
    """Go to a link or button and press it."""
    reach(page, wanted)
    page.keyboard.press("Enter")


def type_into(page: Page, **values: str) -> None:
    """Go through fields by their ids, and type."""
    for field, value in values.items():
        reach(page, field.replace("_", "-"))
        page.keyboard.type(value)


def test_a_citizen_applies_by_keyboard_alone(town: Town) -> None:
    """Given a newcomer without a mouse, the way from the guide through registration, form, files and review ends at the receipt."""
    page = town.person("zhangsan")
    page.goto("/intake/items/food-operation-licence")
    press(page, "在线申请")
    page.wait_for_url("**/register?*")
    reach(page, "kind=PERSON")
    page.keyboard.press("Space")
    type_into(page, name="张三（示例）", number="11010519491231002X", phone="13800000000")
    press(page, "登记")
    page.wait_for_url("**/apply")
    type_into(page, form_premises_name="示例", form_premises_address="示例")
    reach(page, "form-business-form")
    page.keyboard.press("ArrowDown")
    type_into(page, form_operation_items="示例", form_area="80")
    for material in ("application-form", "floor-plan", "safety-rules"):
        reach(page, f"file-{material}")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files(FILE)
    press(page, "下一步：核对")
    expect(page.get_by_role("heading", name="核对后提交")).to_be_visible()
    press(page, "提交申请")
    page.wait_for_url("**/receipt")
    expect(page.get_by_text(re.compile(r"^SJ\d{8}-\d{6}-.$"))).to_be_visible()


def test_a_clerk_receives_by_keyboard_alone(town: Town) -> None:
    """Given a clerk without a mouse, / finds the item, j and Enter open it, and the commitment is handed out."""
    page = town.person("clerk1")
    page.goto("/intake/window")
    page.keyboard.press("/")
    page.keyboard.type("老年人优待证")
    page.keyboard.press("Enter")
    page.wait_for_url("**/window?*")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/window/elderly-benefit-card")
    type_into(page, name="李四（示例）", number="11010519900307291X", phone="13900000000")
    names = page.eval_on_selector_all(
        "main form :is(input, select, textarea):is([name^=form-], [name^=paper-], [name^=seen-])", "all => all.map((one) => [one.id, one.type])"
    )
    for field, kind in names:
        reach(page, field)
        page.keyboard.press("Space" if kind == "checkbox" else "ArrowDown") if kind in {"checkbox", "select-one"} else page.keyboard.type("示例内容")
    press(page, "收件，出具受理承诺单")
    page.wait_for_url("**/receipt")
    expect(page.get_by_text("受理承诺单").first).to_be_visible()


def test_a_card_is_opened_answered_and_closed_by_keyboard_alone(town: Town) -> None:
    """Given a supervisor and a section head without a mouse, a card is opened on evidence, found, explained, reported on, verified and closed."""
    case = town.world.accepted()
    supervisor = town.person("supervisor1")
    supervisor.goto(f"/supervision/cases/{case}")
    press(supervisor, "凭证据发牌")
    supervisor.wait_for_url("**/cards/open")
    for field in ("rule", "evidence"):
        value = supervisor.locator(f"input[name={field}]").first.get_attribute("value")
        reach(supervisor, f"{field}={value}")
        supervisor.keyboard.press("Space")
        if field == "rule":
            type_into(supervisor, detail="窗口没有一次告知")
    press(supervisor, "发牌")
    supervisor.wait_for_url(re.compile(r"/cards/[0-9a-f-]{36}$"))
    head = town.person("market-head")
    head.keyboard.press("g")
    head.keyboard.press("k")
    head.wait_for_url("**/supervision/cards")
    head.keyboard.press("j")
    head.keyboard.press("Enter")
    head.wait_for_url(supervisor.url)
    type_into(head, explanation="当时人多")
    press(head, "提交说明")
    expect(head.get_by_text("当时人多").first).to_be_visible()
    type_into(head, report="已经补充告知")
    press(head, "报告整改")
    expect(head.get_by_text("已经补充告知").first).to_be_visible()
    supervisor.reload()
    reach(supervisor, "mended=yes")
    supervisor.keyboard.press("Space")
    type_into(supervisor, reason="电话核实")
    press(supervisor, "提交核实结论")
    expect(supervisor.locator("main .govuk-tag", has_text="已整改")).to_be_visible()
    assert town.complaints == []
