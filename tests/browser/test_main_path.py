"""The main path in a real browser, page by page: a citizen applies, officers handle, the bureau watches, anybody checks the certificate.

Each page is without serious findings of axe, does not scroll sideways, complains of nothing, and leaves a picture in var/screenshots.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from services.kernel.actor import Role
from tests.browser.test_frame import NARROW, WIDE
from tests.browser.town import FILE, Town
from tests.journeys.doors import admitted, jws, put, submission
from tests.journeys.test_calendar_versions import NOTICE
from tests.world import at

pytestmark = pytest.mark.browser
ITEM = "food-operation-licence"


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("intake-hall", "/intake/"),
        ("intake-items", "/intake/items"),
        ("intake-guide", f"/intake/items/{ITEM}"),
        ("intake-guide-joint", "/intake/items/industrial-project-joint"),
        ("intake-follow", "/intake/follow"),
        ("intake-calculator", "/intake/calculator?start=2026-02-09&limit=6&as_of=2026-02-12"),
        ("certificates-check", "/certificates/check"),
        ("supervision-complain", "/supervision/complain"),
        ("identity-login", "/intake/session/login?next=/intake/"),
    ],
)
def test_pages_for_everybody(town: Town, name: str, address: str, width: int) -> None:
    """Given a visitor with a large or a small screen, each public page is whole."""
    town.look(town.visitor(width), name, address)


def test_a_citizen_applies_and_follows(town: Town) -> None:
    """Given a newcomer, the way from the guide to the receipt leads through registration, the form and a review; with the receipt anybody follows."""
    page = town.person("zhangsan")
    page.goto(f"/intake/items/{ITEM}")
    page.get_by_role("link", name="在线申请").click()
    page.wait_for_url("**/register?*")
    page.check("input[value=PERSON]")
    page.fill("#name", "张三（示例）")
    page.fill("#number", "110105194912310021")
    page.fill("#phone", "13800000000")
    page.click("main button.govuk-button")
    expect(page.get_by_role("alert").first).to_be_visible()
    town.look(page, "intake-register-wrong")
    page.fill("#number", "11010519491231002X")
    page.click("main button.govuk-button")
    page.wait_for_url("**/apply")
    for name in ("premises-name", "premises-address", "operation-items"):
        page.fill(f"#form-{name}", "示例内容")
    page.fill("#form-area", "80")
    page.select_option("#form-business-form", "餐饮服务经营者")
    for material in ("application-form", "floor-plan", "safety-rules"):
        page.set_input_files(f"input[name=file-{material}]", FILE)
    town.look(page, "intake-apply")
    page.click("main button.govuk-button")
    expect(page.get_by_role("heading", name="核对后提交")).to_be_visible()
    town.look(page, "intake-review")
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url("**/receipt")
    town.look(page, "intake-receipt")
    number, secret = _receipt(page)
    town.world.settle()
    town.look(page, "intake-application", page.url.removesuffix("/receipt"))
    town.look(page, "intake-applications", "/intake/applications")
    town.look(page, "notification-messages", "/notification/messages")
    stranger = town.visitor()
    stranger.goto("/intake/follow")
    stranger.fill("#number", number)
    stranger.fill("#secret", secret)
    stranger.click("main button.govuk-button")
    expect(stranger.get_by_text("张*")).to_be_visible()
    town.look(stranger, "intake-followed")


def _receipt(page: Page) -> tuple[str, str]:
    return page.get_by_text(re.compile(r"^SJ\d{8}-\d{6}-.$")).inner_text(), page.locator(".ow-secret").inner_text()


def test_a_handler_accepts_by_keyboard_alone(town: Town) -> None:
    """Given an application on the desk, j and Enter open it, Tab reaches the button, Enter accepts; the desk says so."""
    town.world.applied(key="by-keyboard")
    page = town.person("market-handler")
    town.look(page, "intake-desk", "/intake/desk")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/*")
    town.look(page, "intake-handle")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "accept":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk?done=accept*")
    expect(page.get_by_role("status").first).to_contain_text("已经受理")
    town.look(page, "intake-desk-done")


def test_what_is_missing_is_told_and_corrected(town: Town) -> None:
    """Given an incomplete application, the department tells everything at once, and the citizen sees what to bring and brings it."""
    world = town.world
    case = world.applied(materials=world.materials(ITEM, world.handed_in(), without="floor-plan"), key="incomplete")["id"]
    page = town.person("market-handler")
    page.goto(f"/intake/desk/{case}")
    page.get_by_role("button", name="发出补正通知").click()
    page.wait_for_url("**/desk?done=notice-1*")
    world.settle()
    citizen = town.person("zhangsan")
    town.look(citizen, "intake-correction", f"/intake/applications/{case}")
    town.look(citizen, "intake-letter-notice", f"/intake/applications/{case}/letters/notice-1")
    citizen.goto(f"/intake/applications/{case}")
    citizen.set_input_files("input[name=file-floor-plan]", FILE)
    citizen.get_by_role("button", name="提交补正").click()
    expect(citizen.get_by_text("补正材料齐全").first).to_be_visible()
    world.settle()


def test_a_clerk_receives_at_the_window(town: Town) -> None:
    """Given somebody at the window with papers, the clerk finds the item, writes down who he is, and hands out the commitment."""
    page = town.person("clerk1")
    town.look(page, "intake-window", "/intake/window")
    town.look(page, "intake-receive", "/intake/window/elderly-benefit-card")
    page.fill("#name", "李四（示例）")
    page.fill("#number", "11010519900307291X")
    page.fill("#phone", "13900000000")
    for box in page.locator("input[name^=form-], textarea[name^=form-]").all():
        kind = box.get_attribute("type")
        box.fill("1950-03-01" if kind == "date" else "10" if box.get_attribute("inputmode") == "decimal" else "示例内容")
    for select in page.locator("select[name^=form-]").all():
        select.select_option(index=1)
    for box in page.locator("input[name^=paper-], input[name^=seen-]").all():
        box.check()
    page.get_by_role("button", name="收件，出具受理承诺单").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.wait_for_url("**/receipt")
    town.look(page, "intake-commitment")
    town.world.settle()


def test_a_case_is_signed_decided_and_checked(town: Town) -> None:
    """Given an accepted case, three officers sign it, the citizen gets the certificate at the window, and anybody finds it genuine."""
    world = town.world
    case = world.accepted()
    for username, name in (("market-handler", "handle"), ("market-head", "review"), ("market-leader", "approve")):
        page = town.person(username)
        town.look(page, f"workflow-desk-{name}", "/workflow/desk")
        page.goto(f"/workflow/cases/{case}?stage={name}")
        town.look(page, f"workflow-case-{name}")
        page.locator("#conclusion").check()
        page.fill("#opinion", "材料齐全，符合条件，同意。")
        if page.locator("#grounds").count():
            page.fill("#grounds", "《中华人民共和国食品安全法》第三十五条")
        page.get_by_role("button", name=re.compile("签署")).click()
        page.wait_for_url("**done=*")
        world.settle()
    citizen = town.person("zhangsan")
    town.look(citizen, "intake-application-decided", f"/intake/applications/{case}")
    town.look(citizen, "certificates-mine", "/certificates/mine")
    clerk = town.person("clerk1")
    town.look(clerk, "certificates-pickup", "/certificates/pickup")
    result = next(row for row in world.rows("certificates", "results") if str(row["case_id"]) == case)
    visitor = town.visitor()
    town.look(visitor, "certificates-genuine", f"/certificates/check?number={result['number']}")
    clerk.get_by_role("link", name=result["number"]).click()
    town.look(clerk, "certificates-hand-over")
    clerk.fill("#receiver", "张三（示例）")
    clerk.fill("#identity_shown", "身份证 002X")
    clerk.get_by_role("button", name="确认签收").click()
    clerk.wait_for_url("**/pickup?done=*")
    expect(clerk.get_by_role("status")).to_contain_text(result["number"])
    document = world.call("zhangsan", "GET", f"/certificates/api/results/{result['number']}/document").content
    for content, said in ((document, "真实有效"), (document[:-40] + b"X" + document[-39:], "已被改动")):
        visitor.goto("/certificates/check")
        visitor.set_input_files("#file-input", {"name": "证照.pdf", "mimeType": "application/pdf", "buffer": content})
        visitor.get_by_role("button", name="核验文件").click()
        expect(visitor.locator("[aria-live] .govuk-tag")).to_have_text(said)


def test_the_window_and_a_department_disagree_and_rate_each_other(town: Town) -> None:
    """Given a clerk who disagrees with a department, both sides and the supervisor find their part of it on a page; the heads rate each other's links."""
    world = town.world
    case = world.accepted()
    number = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["number"]
    clerk = town.person("clerk1")
    clerk.goto("/supervision/disagreements")
    clerk.fill("#number", number)
    clerk.fill("#matter", "材料已经齐全，承办人仍要求补交平面图。")
    clerk.get_by_role("button", name="提出").click()
    clerk.wait_for_url(re.compile("/disagreements/.+"))
    town.look(clerk, "supervision-disagreement-asked")
    head = town.person("market-head")
    head.goto("/supervision/disagreements")
    head.get_by_role("link", name=number).click()
    head.fill("#statement", "平面图缺少操作间的面积。")
    head.get_by_role("button", name="答复").click()
    expect(head.get_by_text("平面图缺少操作间的面积。")).to_be_visible()
    supervisor = town.person("supervisor1")
    town.look(supervisor, "supervision-disagreements", "/supervision/disagreements")
    supervisor.get_by_role("link", name=number).click()
    town.look(supervisor, "supervision-disagreement")
    head.goto("/supervision/mutual-ratings")
    for name in ("reception", "handover", "delivery"):
        head.select_option(f"#{name}", "2" if name == "handover" else "5")
    head.fill("#reason", "两次交接缺少清单。")
    head.get_by_role("button", name="评价").click()
    expect(head.get_by_text("两次交接缺少清单。")).to_be_visible()
    town.look(head, "supervision-mutual-ratings-given")
    town.look(town.person("centre-head"), "supervision-mutual-ratings", "/supervision/mutual-ratings")


def test_an_operator_mends_a_letter(town: Town) -> None:
    """Given an application from a kiosk for an item that there is not, the operator sees why, puts the item right, and it is received (APP-07)."""
    world = town.world
    key = admitted(world, "kiosk1", Role.KIOSK)
    put(world, "kiosks", jws("kiosk1", key, submission(world, "k-browser", item="food-operation-license")))
    page = town.person("admin")
    town.look(page, "chassis-letters", "/intake/letters")
    page.get_by_role("row").filter(has_text="自助终端").get_by_role("link").click()
    town.look(page, "chassis-letter")
    body = page.get_by_label("内容")
    body.fill(body.input_value().replace("food-operation-license", ITEM))
    page.get_by_role("button", name="重新处理").click()
    expect(page.get_by_text("已经重新处理")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="自助终端")).to_have_count(0)
    assert [row["item"] for row in world.rows("intake", "applications") if row["channel"] == "KIOSK"] == [ITEM]


def test_an_operator_puts_a_letter_aside(town: Town) -> None:
    """Given what a department's system sent without a signature, the operator puts it aside with a word why."""
    put(town.world, "departments", b"rubbish")
    page = town.person("admin")
    page.goto("/intake/letters")
    page.locator("td a").first.click()
    page.get_by_label("理由").fill("测试设备发出")
    page.get_by_role("button", name="搁置").click()
    expect(page.get_by_text("已经搁置")).to_be_visible()


def test_a_supervisor_verifies_and_draws(town: Town) -> None:
    """Given a refusal on the verification list, the supervisor concludes it; then she draws a spot check and records a finding."""
    world = town.world
    application = world.applied("public-venue-hygiene", key="to-be-refused")["id"]
    world.act("health-handler", f"/intake/api/applications/{application}/refuse", {"reason": "申请事项依法不需要取得行政许可。"})
    world.settle()
    page = town.person("supervisor1")
    page.goto("/supervision/verifications")
    page.locator("td a").first.click()
    town.look(page, "supervision-verification")
    page.get_by_label("符合规定，不发牌").check()
    page.get_by_label("核查的情况").fill("查阅材料，理由属实。")
    page.get_by_role("button", name="结束核查").click()
    page.wait_for_url("**/verifications")
    page.goto("/supervision/spot-checks")
    page.get_by_role("button", name="抽取").click()
    page.wait_for_url("**/spot-checks/*")
    town.look(page, "supervision-spot-check")


def test_an_administrator_publishes_a_calendar(town: Town) -> None:
    """Given the notice of the next year, the administrator sees which days it changes before it is published; supervision lists what it moved."""
    world = town.world
    world.now.advance_to(at("2026-12-28 09:00"))
    world.accepted()
    world.settle()
    page = town.person("admin")
    page.goto("/intake/calendars")
    page.get_by_label("依据的通知").fill("国办发明电〔2026〕0号（示例）")
    page.get_by_label("放假安排").fill(NOTICE["rest"])
    page.get_by_label("调休上班").fill("元旦 2027-01-10")
    page.get_by_role("button", name="核对", exact=True).click()
    town.look(page, "intake-calendar-preview")
    page.get_by_role("button", name="核对无误，发布").click()
    page.wait_for_url("**done=*")
    town.look(page, "intake-calendars")
    world.settle()
    world.advance("2026-12-28 15:00")
    supervisor = town.person("supervisor1")
    town.look(supervisor, "supervision-recomputed", "/supervision/recomputed")
    expect(supervisor.get_by_text("2027-01-04 休息").first).to_be_visible()
