"""The steps after and beside a decision, done by people over HTTP and pages, and what supervision sees where they are not done (SUP-Y06 to SUP-R09)."""

from pathlib import Path
from typing import Any

from services.chassis.web.words import word
from tests.world import World

FOOD = "food-operation-licence"
ESCALATED = "eia-report-escalated"
JOINT = "industrial-project-joint"


def cards(world: World, rule: str, by: str = "supervisor1") -> list[dict[str, Any]]:
    """Give the cards of a rule."""
    return [row for row in world.do(by, "GET", "/supervision/api/warnings")["items"] if row["rule"] == rule]


def test_a_decision_is_published_or_becomes_yellow_and_then_red(world: World) -> None:
    """Given two decisions, one is published for anyone to read; the other becomes a yellow card after seven days, then a red one; publishing it closes both."""
    published, forgotten = world.accepted(), world.accepted()
    for case in (published, forgotten):
        world.decided(case)
    world.act("market-handler", f"/workflow/api/cases/{published}/publish")
    (shown,) = world.do(None, "GET", "/workflow/api/published")["items"]
    assert (shown["outcome"], shown["published_on"]) == ("GRANTED", "2026-03-02")
    world.advance("2026-03-12 00:00")
    (yellow,) = cards(world, "SUP-Y07")
    leader = world.do("supervisor1", "GET", f"/workflow/api/cases/{forgotten}")["signed"][-1]["officer"]
    assert (yellow["case_id"], yellow["day"], yellow["officer"], yellow["state"]) == (forgotten, "2026-03-12", leader, "ISSUED")
    world.advance("2026-03-14 00:00")
    (red,) = cards(world, "SUP-R02")
    assert (red["level"], red["title"]) == ("RED", "黄牌逾期没有整改：办理结果没有按时公开")
    world.act("market-leader", f"/workflow/api/cases/{forgotten}/publish")
    world.settle()
    assert [cards(world, rule)[0]["state"] for rule in ("SUP-Y07", "SUP-R02")] == ["RECTIFIED", "RECTIFIED"]


def test_a_preliminary_opinion_is_forwarded(world: World) -> None:
    """Given an escalated item, the opinion is forwarded once, by its own department, after it was given (FLW-05)."""
    case = world.accepted(ESCALATED, "environment-handler")
    path = f"/workflow/api/cases/{case}/forward"
    body = {"to": "示例市生态环境局", "document": "环初〔2026〕1号"}
    version = {"If-Match": f'"{world.do("environment-handler", "GET", path[:-8])["version"]}"'}
    assert world.call("environment-handler", "POST", path, json=body, headers=version).status_code == 409
    world.decided(case, short="environment")
    said = world.act("environment-leader", path, body)
    world.settle()
    assert said["forwarded_on"] == "2026-03-02"
    clock = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["clocks"]["preliminary"]
    assert (clock["state"], clock["due"], clock["limit"]) == ("DECIDED", "2026-03-30", 20)


def test_a_fee_off_the_standard_is_red_until_it_is_refunded(world: World) -> None:
    """Given an item without fees, whatever is charged is a red card at once; refunded, it is closed (FEE-01, SUP-R09)."""
    case = world.accepted()
    charged = world.act("market-handler", f"/workflow/api/cases/{case}/fees", {"name": "资料费", "amount": 5000})
    world.settle()
    (card,) = cards(world, "SUP-R09")
    assert (card["level"], card["detail"], card["state"]) == ("RED", "资料费 50.00 元：公布的标准中没有这项收费", "ISSUED")
    world.act("market-handler", f"/workflow/api/cases/{case}/fees/{charged['fees'][0]['id']}/refund", {"reason": "没有依据，全额退还"})
    world.settle()
    assert cards(world, "SUP-R09")[0]["state"] == "RECTIFIED"


def test_paper_is_signed_for_by_the_hour(world: World) -> None:
    """Given paper received at the window before noon, the department signs by two in the afternoon, or an anomaly is seen (HAL-04)."""
    person = {"kind": "PERSON", "name": "李四（示例）", "number": "11010519491231002X", "phone": "00012345678"}
    first, second = (
        world.do(
            "clerk1", "POST", "/intake/api/applications", json={"item": FOOD, "applicant": person, "form": world.form(FOOD), "materials": world.materials(FOOD)}
        )
        for _ in range(2)
    )
    world.act("market-handler", f"/intake/api/applications/{first['id']}/paper/sign")
    world.advance("2026-03-02 13:59")
    assert cards(world, "SUP-A01") == []
    world.advance("2026-03-02 14:00")
    (late,) = cards(world, "SUP-A01")
    assert (late["case_id"], late["title"], late["raised"]) == (second["id"], "纸质材料没有按时交接签收", "2026-03-02T06:00:00Z")
    page = world.call("supervisor1", "GET", f"/supervision/cases/{second['id']}", headers={"Accept": "text/html"}).text
    assert "材料交接时限" in page and "14:00 前" in page  # noqa: PT018 - one statement about one page


def test_paper_goes_on_to_the_departments_of_a_joint_review(world: World) -> None:
    """Given paper that three departments get at once, whoever does not sign for it by two o'clock is seen, the others are not (HAL-04, FLW-04)."""
    person = {"kind": "PERSON", "name": "李四（示例）", "number": "11010519491231002X", "phone": "00012345678"}
    body = {"item": JOINT, "applicant": person, "form": world.form(JOINT), "materials": world.materials(JOINT)}
    case = world.do("clerk1", "POST", "/intake/api/applications", json=body)["id"]
    world.act("planning-handler", f"/intake/api/applications/{case}/paper/sign")
    world.act("planning-handler", f"/intake/api/applications/{case}/accept")
    world.settle()
    world.signed(case, "handle", "planning-handler")
    for officer in ("environment-handler", "housing-handler"):
        world.act(officer, f"/workflow/api/cases/{case}/paper/sign")
    world.advance("2026-03-02 13:59")
    assert cards(world, "SUP-A01") == []
    world.advance("2026-03-02 14:00")
    (late,) = cards(world, "SUP-A01")
    assert (late["department"], late["title"], late["detail"]) == ("emergency", "纸质材料没有按时交接签收", "安全条件审查")
    world.advance("2026-03-02 14:30")
    world.act("emergency-handler", f"/workflow/api/cases/{case}/paper/sign")
    world.settle()
    assert [card["state"] for card in cards(world, "SUP-A01")] == ["RECTIFIED"]
    page = world.call("supervisor1", "GET", f"/supervision/cases/{case}", headers={"Accept": "text/html"}).text
    assert page.count("签收其他部门移交的纸质材料") == 3


def test_an_online_submission_is_pre_reviewed(world: World) -> None:
    """Given two online submissions, the one that was pre-reviewed in two days is no anomaly, the other is (APP-05)."""
    told, silent = world.applied(key="a")["id"], world.applied(key="b")["id"]
    world.act("market-handler", f"/intake/api/applications/{told}/pre-review", {"passed": True, "opinion": "材料齐全，可以受理。"})
    world.settle()
    assert world.do("zhangsan", "GET", "/notification/api/messages")["items"][0]["template"] == "pre-review-completed"
    world.advance("2026-03-05 00:00")
    assert [card["case_id"] for card in cards(world, "SUP-A01")] == [silent]


def test_offline_approvals_and_cancelled_items_are_seen(world: World) -> None:
    """Given registrations of offline approvals and a cancelled item, supervision tells the lawful from the unlawful (SUP-Y10, SUP-Y11, SUP-R03, SUP-R04)."""
    lawful = {"item": FOOD, "approved_on": "2026-03-02", "cause": "OUTAGE", "reason": "系统故障"}
    world.do("market-handler", "POST", "/intake/api/offline-approvals", json=lawful)
    world.settle()
    assert world.do("supervisor1", "GET", "/supervision/api/warnings")["items"] == []
    world.do("market-handler", "POST", "/intake/api/offline-approvals", json={**lawful, "approved_on": "2026-02-24", "cause": "NONE", "reason": ""})
    unknown = {"item_name": "摊位经营许可", "department": "market-regulation", "approved_on": "2026-03-02", "cause": "APPLICANT_ASKED", "reason": "要求"}
    world.do("supervisor1", "POST", "/intake/api/offline-approvals", json=unknown)
    world.do("admin", "POST", "/intake/api/items/fireworks-retail/withdraw", json={"last_day": "2026-03-31", "reason": "不再办理"})
    authority = {"last_day": "2026-03-31", "reason": "依据废止", "basis": "示例政发〔2026〕1号"}
    world.do("admin", "POST", "/intake/api/items/labour-dispatch/withdraw", json=authority)
    world.settle()
    assert {rule: len(cards(world, rule)) for rule in ("SUP-Y10", "SUP-Y11", "SUP-R03", "SUP-R04")} == {"SUP-Y10": 1, "SUP-Y11": 1, "SUP-R03": 1, "SUP-R04": 1}
    told = [row["subject"] for row in world.do("market-leader", "GET", "/notification/api/messages")["items"] if row["template"] == "card-issued"]
    own = [card for card in world.do("market-leader", "GET", "/supervision/api/warnings")["items"] if card["level"] != "LIGHT"]
    assert sorted(told) == sorted(f"{word(card['level'])}：{card['number']} {card['title']}" for card in own) != []
    assert cards(world, "SUP-R04")[0]["department"] == "emergency"


def test_a_result_is_archived_and_the_library_is_inspected(world: World, tmp_path: Path) -> None:
    """Given a result handed over, it is archived; given a file altered behind our back, the inspection finds it, once (CER-04, SUP-R08)."""
    case = world.accepted()
    world.decided(case)
    (row,) = world.do("clerk1", "GET", "/certificates/api/results/waiting")["items"]
    number = row["number"]
    assert world.call("clerk1", "POST", f"/certificates/api/results/{number}/archive").status_code == 409
    world.do("clerk1", "POST", f"/certificates/api/results/{number}/deliver", json={"receiver": "张三", "identity_shown": "身份证 0021"})
    assert [one["number"] for one in world.do("clerk1", "GET", "/certificates/api/results/to-archive")["items"]] == [number]
    assert world.do("clerk1", "POST", f"/certificates/api/results/{number}/archive")["archived_on"] == "2026-03-02"
    assert world.do("auditor", "POST", "/certificates/api/library/inspect") == {"inspected": 1, "altered": []}
    (file,) = (path for path in (tmp_path / "files" / "certificates").rglob("*") if path.is_file())
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b" ")
    for _ in range(2):
        assert world.do("auditor", "POST", "/certificates/api/library/inspect") == {"inspected": 1, "altered": [number]}
    world.settle()
    (card,) = cards(world, "SUP-R08")
    assert card["detail"] == f"编号 {number}"
    world.do("market-leader", "POST", f"/certificates/api/results/{number}/revoke", json={"reason": "被改动，撤销后重新办理"})
    world.settle()
    assert cards(world, "SUP-R08")[0]["state"] == "RECTIFIED"


def test_a_card_is_answered_verified_and_appealed(world: World) -> None:
    """Given cards opened by a supervisor on evidence, the department explains, reports, and appeals; a supervisor verifies, rejects and decides (SUP-21)."""
    case = world.accepted()
    world.act("market-handler", f"/workflow/api/cases/{case}/stages/handle/take", {})
    world.settle()
    history = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}/history")
    taken = next(entry["evidence"] for entry in history if entry["name"] == "officer-assigned")
    body = {"rule": "SUP-Y12", "detail": "态度生硬，推诿办理", "evidence": [taken]}
    path = f"/supervision/api/cases/{case}/cards"
    assert world.call("market-handler", "POST", path, json=body).status_code == 403
    for wrong in ({"rule": "SUP-R01"}, {"evidence": ["intake-999"]}, {"detail": " "}):
        assert world.call("supervisor1", "POST", path, json={**body, **wrong}).status_code == 422
    card = world.do("supervisor1", "POST", path, json=body)
    officer = world.do("supervisor1", "GET", f"/workflow/api/cases/{case}")["open"][0]["officer"]
    assert (card["finding"]["officer"], card["finding"]["rectify_by"], card["state"]) == (officer, "2026-03-03", "ISSUED")
    assert world.call("supervisor1", "POST", path, json=body).status_code == 409, "no rule twice for the same fact"
    one = f"/supervision/api/cards/{card['id']}"
    assert world.call("health-handler", "POST", f"{one}/explain", json={"text": "x"}, headers={"If-Match": '"1"'}).status_code == 403
    assert world.act("market-handler", f"{one}/explain", {"text": "当时窗口人多"})["state"] == "EXPLAINED"
    assert world.act("market-handler", f"{one}/report", {"text": "已向群众道歉"})["state"] == "REPORTED"
    assert world.act("supervisor1", f"{one}/verify", {"mended": False, "reason": "群众不认可"})["state"] == "EXPLAINED"
    world.act("market-handler", f"{one}/report", {"text": "再次上门道歉"})
    world.advance("2026-03-05 09:00")
    assert cards(world, "SUP-R02") == [], "who reports in time does not answer for a late verification"
    closed = world.act("supervisor1", f"{one}/verify", {"mended": True, "reason": "电话核实"})
    assert (closed["state"], closed["rectified"][:10]) == ("RECTIFIED", "2026-03-02")
    other = world.do("supervisor1", "POST", path, json={**body, "rule": "SUP-Y01"})
    appeal = {"ground": "FORCE_MAJEURE", "statement": "当日停电"}
    two = f"/supervision/api/cards/{other['id']}"
    assert world.call("market-handler", "POST", f"{two}/appeal", json=appeal).status_code == 403
    assert world.act("market-leader", f"{two}/appeal", appeal)["state"] == "APPEALED"
    world.advance("2026-03-09 09:00")
    (red,) = cards(world, "SUP-R02")
    assert red["state"] == "ISSUED"
    assert world.act("supervisor1", f"{two}/appeal/decide", {"exempted": True, "reason": "属实"})["state"] == "EXEMPTED"
    assert cards(world, "SUP-R02")[0]["state"] == "RETRACTED", "without its yellow card, a red one has nothing to stand on"


def test_a_card_that_somebody_else_answered_meanwhile_is_looked_at_again(world: World) -> None:
    """Given two who opened the same card, the second neither overwrites the first one's words nor judges what she did not see, over HTTP and by the form."""
    case = world.accepted()
    world.settle()
    (received, *_) = world.do("supervisor1", "GET", f"/supervision/api/cases/{case}/history")
    body = {"rule": "SUP-Y12", "detail": "推诿办理", "evidence": [received["evidence"]]}
    card = world.do("supervisor1", "POST", f"/supervision/api/cases/{case}/cards", json=body)
    api, page = f"/supervision/api/cards/{card['id']}", f"/supervision/cards/{card['id']}"
    opened = world.call("market-handler", "GET", api)
    assert (opened.headers["etag"], opened.json()["version"]) == ('"1"', 1)
    shown = world.call("market-head", "GET", page, headers={"Accept": "text/html"}).text
    assert '<input type="hidden" name="seen" value="1">' in shown
    assert world.call("market-handler", "POST", f"{api}/explain", json={"text": "当时人多"}).status_code == 428
    first = world.call("market-handler", "POST", f"{api}/explain", json={"text": "当时人多"}, headers={"If-Match": '"1"'})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    again = world.call("market-head", "POST", f"{api}/explain", json={"text": "当时停电"}, headers={"If-Match": '"1"'})
    assert (again.status_code, again.json()["type"]) == (412, "urn:onewindow:problem:stale")
    form = {"explanation": "当时停电", "seen": "1"}
    refused = world.call("market-head", "POST", f"{page}/do/explain", data=form, headers={"Accept": "text/html"})
    assert refused.status_code == 412
    assert "已有其他人办理" in refused.text
    assert "当时停电" in refused.text, "what was typed is kept"
    assert world.do("market-head", "GET", api)["explanation"] == "当时人多"
    taken = world.call("market-head", "POST", f"{page}/do/explain", data={**form, "seen": "2"}, headers={"Accept": "text/html"}, follow_redirects=False)
    assert taken.status_code == 303
    world.act("market-handler", f"{api}/report", {"text": "已整改"})
    world.act("supervisor1", f"{api}/verify", {"mended": False, "reason": "没有"})
    world.act("market-handler", f"{api}/report", {"text": "再次整改"})
    unseen = world.call("supervisor2", "POST", f"{api}/verify", json={"mended": True, "reason": "属实"}, headers={"If-Match": '"4"'})
    assert unseen.status_code == 412, "the report is another one"


def test_a_complaint_has_its_clock(world: World) -> None:
    """Given complaints, one answered within five working days and one extended, only the forgotten one becomes a yellow card (SUP-24, SUP-Y09)."""
    case = world.accepted()
    world.act("market-handler", f"/workflow/api/cases/{case}/stages/handle/take", {})
    world.settle()
    path = f"/supervision/api/cases/{case}/complaints"
    answered, extended, forgotten = (world.do("supervisor1", "POST", path, json={"channel": "TELEPHONE", "text": f"投诉{number}"})["id"] for number in range(3))
    world.do("supervisor1", "POST", f"{path}/{answered}/answer", json={"result": "已答复"})
    world.do("supervisor1", "POST", f"{path}/{extended}/extend", json={"days": 3, "reason": "需要调取监控"})
    world.do("supervisor2", "POST", f"{path}/{extended}/extend/approve")
    world.advance("2026-03-10 00:00")
    (card,) = cards(world, "SUP-Y09")
    officer = world.do("supervisor1", "GET", f"/workflow/api/cases/{case}")["open"][0]["officer"]
    assert (card["clock"], card["officer"]) == (f"complaint:{forgotten}", officer)
    assert world.do("supervisor1", "GET", f"/supervision/api/cards/{card['id']}")["finding"]["evidence"] == [forgotten]
    page = world.call("supervisor1", "GET", f"/supervision/cards/{card['id']}", headers={"Accept": "text/html"}).text
    shown = page[page.index(">证据<") : page.index("查看办件全程")]
    assert "登记投诉（电话）" in shown and forgotten in shown  # noqa: PT018 - one statement about one page
    world.do("supervisor1", "POST", f"{path}/{forgotten}/answer", json={"result": "属实，已道歉"})
    world.advance("2026-03-10 09:00")
    assert cards(world, "SUP-Y09")[0]["state"] == "RECTIFIED"


def test_the_pages_of_rules_and_cards(world: World) -> None:
    """Given the pages, every rule is listed, a card explains itself and is answered there, and a supervisor opens one by the form."""
    case = world.accepted()
    world.advance("2026-03-10 00:00")
    html = {"Accept": "text/html"}
    rules = world.call("supervisor1", "GET", "/supervision/rules", headers=html).text
    assert all(one["title"] in rules for one in world.do("supervisor1", "GET", "/supervision/api/rules"))
    (red,) = cards(world, "SUP-R01")
    page = world.call("market-leader", "GET", f"/supervision/cards/{red['id']}", headers=html)
    for part in ("超过承诺时限未作出决定", "第二十一条第（一）项", "说明情况", "报告整改", "免责情形", "受理，办理时限自"):
        assert part in page.text, part
    form = world.call("supervisor1", "GET", f"/supervision/cases/{case}/cards/open", headers=html)
    assert form.status_code == 200 and "Y12 其他轻微违规" in form.text  # noqa: PT018 - one statement about one page
    assert world.call("market-leader", "GET", f"/supervision/cases/{case}/cards/open", headers=html).status_code == 403
    for path, user in (("/intake/offline", "clerk1"), ("/certificates/archiving", "clerk1"), ("/certificates/making", "market-handler"),
                       ("/certificates/library", "auditor"), ("/workflow/published", None)):  # fmt: skip
        assert world.call(user, "GET", path, headers=html).status_code == 200, path
    for name in ("charge", "publish", "forward", "refund"):
        assert world.call("market-handler", "GET", f"/workflow/cases/{case}/do/{name}", headers=html).status_code == 200, name
