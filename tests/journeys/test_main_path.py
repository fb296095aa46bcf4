"""A case walks through the whole house: applied for, corrected, accepted, signed, stopped, decided, issued, checked, and seen by supervision."""

from datetime import datetime

from services.chassis.bus.relay import to_bytes
from services.chassis.rebuild import rebuild
from tests.world import COMPANY, PERSON, World, at, personal_in, rows

FOOD = "food-operation-licence"


def test_a_citizen_applies_online_and_gets_a_certificate(world: World) -> None:
    """Given an online application, it goes by receipt, acceptance and three signatures to a certificate anybody can check (APP-03, FLW-02, CER-01, CER-05)."""
    receipt = world.applied(FOOD)
    assert receipt["number"].startswith("SJ20260302-000001-")
    assert receipt["acceptance_due"] == "2026-03-09"
    case = receipt["id"]
    world.act("market-handler", f"/intake/api/applications/{case}/accept")
    world.settle()
    assert [row["stage"] for row in world.do("market-handler", "GET", "/workflow/api/desk")["items"]] == ["handle"]
    world.decided(case)
    said = world.do("zhangsan", "GET", f"/workflow/api/cases/{case}")
    assert (said["state"], said["outcome"], said["promised"]["state"]) == ("DECIDED", "GRANTED", "DECIDED")
    (result,) = world.do("zhangsan", "GET", "/certificates/api/results/mine")["items"]
    checked = world.do(None, "GET", f"/certificates/api/check?number={result['number']}")
    assert (checked["status"], checked["claims"]["holder"]) == ("AUTHENTIC", "张*****"), "checked by number alone, the name stays masked"
    assert checked["claims"]["valid_until"] == "2031-03-01"
    document = world.call("zhangsan", "GET", f"/certificates/api/results/{result['number']}/document").content
    assert world.do(None, "POST", "/certificates/api/check", files={"file": ("c.pdf", document)})["status"] == "AUTHENTIC"
    altered = document.replace(b"0", b"1", 1)
    assert world.do(None, "POST", "/certificates/api/check", files={"file": ("c.pdf", altered)})["status"] == "ALTERED"
    world.do("clerk1", "POST", f"/certificates/api/results/{result['number']}/deliver", json={"receiver": "张三（示例）", "identity_shown": "身份证 002X"})
    world.settle()
    followed = world.do(None, "POST", "/intake/api/applications/follow", json={"number": receipt["number"], "secret": receipt["secret"]})
    assert [one["kind"] for one in followed["progress"]][-3:] == ["certificate-issued", "pickup-notice-issued", "result-delivered"]
    messages = [one["template"] for one in world.do("zhangsan", "GET", "/notification/api/messages")["items"]]
    assert set(messages) == {"application-received", "application-accepted", "case-decided", "pickup-notice-issued", "result-delivered"}


def test_the_history_of_a_case_reaches_over_all_services_as_of_any_moment(world: World) -> None:
    """Given a case, its history has every service's events in order with who and when, and as of earlier less of it (AUD-01, SEC-03)."""
    case = world.accepted()
    world.advance("2026-03-03 10:00")
    world.decided(case)
    history = world.do("auditor", "GET", f"/supervision/api/cases/{case}/history")
    assert {entry["source"] for entry in history} == {"intake", "workflow", "certificates", "notification"}
    moments = [entry["happened"] for entry in history]
    assert moments == sorted(moments)
    assert all(entry["actor"] for entry in history)
    names = [entry["name"] for entry in history if entry["source"] != "notification"]
    assert names[:3] == ["application-received", "application-accepted", "case-opened"]
    earlier = world.do("auditor", "GET", f"/supervision/api/cases/{case}/history", params={"as_of": "2026-03-02T23:00:00+08:00"})
    assert "case-decided" not in {entry["name"] for entry in earlier}
    then = world.do("auditor", "GET", f"/supervision/api/cases/{case}", params={"as_of": "2026-03-02T23:00:00+08:00"})
    assert (then["state"], world.do("auditor", "GET", f"/supervision/api/cases/{case}")["state"]) == ("OPEN", "DECIDED")


def test_no_answer_in_time_is_acceptance_from_the_day_of_receipt(world: World) -> None:
    """Given nobody answers for five working days, the application counts as accepted, backdated, with the true due time (COR-02)."""
    receipt = world.applied(FOOD)
    world.advance("2026-03-09 23:59")
    assert world.do("zhangsan", "GET", f"/intake/api/applications/{receipt['id']}")["state"] == "RECEIVED"
    world.advance("2026-03-12 08:00")
    said = world.do("zhangsan", "GET", f"/intake/api/applications/{receipt['id']}")
    assert (said["state"], said["deemed"], said["clock_start"]) == ("ACCEPTED", True, "2026-03-02")
    history = world.do("auditor", "GET", f"/supervision/api/cases/{receipt['id']}/history")
    accepted = next(entry for entry in history if entry["name"] == "application-accepted")
    moments = [datetime.fromisoformat(accepted[name]) for name in ("happened", "recorded")]
    assert moments == [at("2026-03-10 00:00"), at("2026-03-12 08:00")]
    cards = world.do("supervisor1", "GET", "/supervision/api/warnings?level=RED")["items"]
    assert [(card["rule"], card["due"]) for card in cards] == [("SUP-R01", "2026-03-09")], "five days from the receipt are over, too"


def test_a_correction_starts_the_clock_on_the_day_the_complete_materials_arrive(world: World) -> None:
    """Given one notice and its corrections, they go back to the department and the clock starts with them (COR-01, COR-05, COR-07)."""
    item = FOOD
    receipt = world.applied(item, materials=world.materials(item, world.handed_in(), without="floor-plan"))
    path = f"/intake/api/applications/{receipt['id']}"
    world.act("market-handler", f"{path}/correction-notices", {"defects": {"floor-plan": "缺少平面图"}})
    world.advance("2026-03-05 09:00")
    incomplete = world.call("zhangsan", "POST", f"{path}/corrections", json={"materials": []})
    assert (incomplete.status_code, incomplete.json()["type"]) == (422, "urn:onewindow:problem:corrections-incomplete")
    world.do("zhangsan", "POST", f"{path}/corrections", json={"materials": [{"code": "floor-plan", "digest": world.handed_in(), "filename": "图.pdf"}]})
    assert [row["state"] for row in world.do("market-handler", "GET", "/intake/api/applications/desk")["items"]] == ["CORRECTED"]
    world.advance("2026-03-06 09:00")
    world.act("market-handler", f"{path}/accept")
    world.settle()
    said = world.do("market-handler", "GET", f"/workflow/api/cases/{receipt['id']}")
    assert (said["clock_start"], said["promised"]["due"]) == ("2026-03-05", "2026-03-12")


def test_a_special_procedure_stops_the_clock_and_is_told_in_writing(world: World) -> None:
    """Given an inspection from Tuesday to Friday, those days are taken out, and the applicant was told (FLW-06, CLK-03, NOT-02)."""
    case = world.accepted()
    world.advance("2026-03-03 10:00")
    path = f"/workflow/api/cases/{case}"
    stopped = world.act("market-handler", f"{path}/stops", {"procedure": "INSPECTION", "expected_days": 3, "reason": "现场检验"})
    assert (stopped["promised"]["state"], stopped["promised"]["due"]) == ("STANDING", None)
    world.settle()
    world.advance("2026-03-06 10:00")
    resumed = world.act("market-handler", f"{path}/stops/{stopped['stops'][0]['id']}/end", {"result": "检验合格"})
    assert resumed["promised"]["due"] == "2026-03-12"
    world.settle()
    told = [one for one in world.do("zhangsan", "GET", "/notification/api/messages")["items"] if one["template"] == "clock-stopped"]
    assert "预计需要 3 个工作日" in told[0]["text"]
    assert world.do("supervisor1", "GET", f"/supervision/api/cases/{case}")["clocks"]["promised"]["due"] == "2026-03-12"


def test_a_roll_back_loses_nothing(world: World) -> None:
    """Given a roll-back, the earlier stage is signed anew and both signatures stay in the history (FLW-03)."""
    case = world.accepted()
    world.signed(case, "handle", "market-handler")
    world.act("market-head", f"/workflow/api/cases/{case}/stages/review/roll-back", {"to": "handle", "reason": "核查记录不全"})
    world.settle()
    world.decided(case)
    said = world.do("market-head", "GET", f"/workflow/api/cases/{case}")
    assert [one["stage"] for one in said["signed"]] == ["handle", "handle", "review", "approve"]
    assert said["state"] == "DECIDED"


def test_parallel_branches_wait_for_each_other_and_the_lead_decides_on_a_refusal(world: World) -> None:
    """Given three departments at once, the lead's stage opens when the last has signed, also where one said no (FLW-04)."""
    item = "industrial-project-joint"
    case = world.applied(item)["id"]
    world.act("planning-handler", f"/intake/api/applications/{case}/accept")
    world.settle()
    world.signed(case, "handle", "planning-handler")
    said = world.do("planning-head", "GET", f"/workflow/api/cases/{case}")
    assert {one["stage"] for one in said["open"]} == {"environment", "safety", "building"}
    world.signed(case, "safety", "emergency-handler", approves=False, opinion="安全距离不足。")
    world.signed(case, "environment", "environment-handler")
    assert "join" not in {one["stage"] for one in world.do("planning-head", "GET", f"/workflow/api/cases/{case}")["open"]}
    world.signed(case, "building", "housing-handler")
    world.signed(case, "join", "planning-head")
    world.signed(case, "approve", "planning-leader", approves=False, reasons="安全条件不符合。")
    assert world.do("zhangsan", "GET", f"/workflow/api/cases/{case}")["outcome"] == "REFUSED"
    (result,) = world.do("zhangsan", "GET", "/certificates/api/results/mine")["items"]
    assert result["title"] == "不予行政许可决定书"


def test_an_instant_item_is_done_at_the_window_in_one_go(world: World) -> None:
    """Given an instant item, the clerk receives, accepts, reviews and issues it the same day (APP-02 window)."""
    item = "elderly-benefit-card"
    body = {"item": item, "applicant": PERSON, "form": world.form(item), "materials": world.materials(item), "commitment": True}
    receipt = world.do("clerk1", "POST", "/intake/api/applications", json=body)
    world.act("clerk1", f"/intake/api/applications/{receipt['id']}/accept")
    world.settle()
    world.signed(receipt["id"], "issue", "clerk1")
    (waiting,) = world.do("clerk1", "GET", "/certificates/api/results/waiting")["items"]
    assert waiting["case_number"] == receipt["number"]


def test_a_kiosk_that_sends_twice_makes_one_case(world: World) -> None:
    """Given a kiosk's retry with the same key, the receipt is the same and one case exists; another body is refused (APP-07)."""
    item = FOOD
    body = {"item": item, "applicant": COMPANY, "form": world.form(item), "materials": world.materials(item)}
    headers = {"Idempotency-Key": "k1-0001"}
    first = world.do("kiosk1", "POST", "/intake/api/applications", json=body, headers=headers)
    again = world.do("kiosk1", "POST", "/intake/api/applications", json=body, headers=headers)
    assert first == again
    assert len(world.rows("intake", "applications")) == 1
    other = world.call("kiosk1", "POST", "/intake/api/applications", json={**body, "commitment": True}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (409, "urn:onewindow:problem:idempotency-key-reused")
    assert world.call("kiosk1", "POST", "/intake/api/applications", json=body).status_code == 428


def test_a_withdrawal_ends_the_case_and_its_clocks(world: World) -> None:
    """Given a withdrawal before the decision, the case is over and no card comes of it (APP-08)."""
    case = world.accepted()
    world.do("zhangsan", "POST", f"/workflow/api/cases/{case}/withdraw", json={"reason": "改变计划"})
    world.advance("2026-05-20 09:00")
    assert world.do("zhangsan", "GET", f"/workflow/api/cases/{case}")["state"] == "WITHDRAWN"
    assert world.do("supervisor1", "GET", "/supervision/api/warnings")["items"] == []


def test_a_running_case_keeps_the_revision_under_which_it_was_received(world: World) -> None:
    """Given an item that is revised, the case received before keeps its limit, and the next one gets the new (CAT-03)."""
    before = world.applied(FOOD)
    revision = world.do(None, "GET", f"/intake/api/items/{FOOD}")
    revised = {**revision, "revision": 2, "effective_from": "2026-03-03", "promised_limit": 9}
    world.do("admin", "POST", "/intake/api/items", json=revised)
    world.advance("2026-03-03 09:00")
    after = world.applied(FOOD, key="second")
    for receipt, due in ((before, "2026-03-10"), (after, "2026-03-16")):
        world.act("market-handler", f"/intake/api/applications/{receipt['id']}/accept")
        world.settle()
        assert world.do("market-handler", "GET", f"/workflow/api/cases/{receipt['id']}")["promised"]["due"] == due


def test_the_light_on_friday_and_the_red_card_on_tuesday(world: World) -> None:
    """Given a case due on Monday, its light is lit on Friday and its red card issued on Tuesday, for the officer who held it (SUP-L01, SUP-R01)."""
    case = world.accepted()
    world.act("market-handler", f"/workflow/api/cases/{case}/stages/handle/take", {})
    world.advance("2026-03-05 23:59")
    (stage,) = world.do("supervisor1", "GET", "/supervision/api/warnings")["items"]
    assert (stage["level"], stage["rule"], stage["detail"], stage["day"]) == ("ANOMALY", "SUP-A01", "承办", "2026-03-05"), "the stage has two days"
    world.advance("2026-03-06 00:00")
    (light,) = world.do("supervisor1", "GET", "/supervision/api/warnings?standing=true&level=LIGHT")["items"]
    assert (light["level"], light["raised"], light["due"]) == ("LIGHT", "2026-03-05T16:00:00Z", "2026-03-09")
    world.advance("2026-03-10 00:00")
    assert world.do("supervisor1", "GET", "/supervision/api/warnings?standing=true&level=LIGHT")["items"] == []
    (card,) = world.do("supervisor1", "GET", "/supervision/api/warnings?standing=true&level=RED")["items"]
    handler = world.rows("workflow", "desk")[0]["officer"]
    assert (card["level"], card["day"], card["officer"], card["statutory"]) == ("RED", "2026-03-10", handler, False)
    told = world.do("market-handler", "GET", "/notification/api/messages")["items"]
    assert [one["template"] for one in told] == ["card-issued", "yellow-light-lit", "card-issued"]
    assert [one["template"] for one in world.do("market-leader", "GET", "/notification/api/messages")["items"]] == [
        "card-issued",
        "yellow-light-lit",
        "card-issued",
    ]


def test_figures_of_a_period_by_department(world: World) -> None:
    """Given a granted, a refused and an open case, the figures of March say so (SUP-23)."""
    cases = [world.applied(FOOD, key=f"k{number}")["id"] for number in range(3)]
    for case in cases:
        world.act("market-handler", f"/intake/api/applications/{case}/accept")
    world.settle()
    world.decided(cases[0])
    world.decided(cases[1], approves=False)
    (said,) = world.do("supervisor1", "GET", "/supervision/api/figures?from=2026-03-01&to=2026-03-31")
    wanted = {"key": "market-regulation", "received": 3, "accepted": 3, "finished": 2, "granted": 1, "late": 0, "in_hand": 1, "on_time_rate": 1.0}
    assert {name: said[name] for name in wanted} == wanted


def test_every_view_is_rebuilt_the_same(world: World) -> None:
    """Given a district with some history, every view of every service comes out the same from the streams (AUD-03)."""
    done, waiting = world.applied(FOOD, key="a")["id"], world.applied(FOOD, key="b")["id"]
    for case in (done, waiting):
        world.act("market-handler", f"/intake/api/applications/{case}/accept")
    world.settle()
    world.decided(done)
    world.applied("public-venue-hygiene", key="c")
    world.advance("2026-03-12 09:00")
    services = world.window.services.values()
    before = {service.name: {view.name: rows(service, view.name) for view in service.database.views} for service in services}
    assert all(any(views.values()) for views in before.values())
    for service in services:
        with service.database.engine.begin() as connection:
            for view in service.database.views:
                connection.execute(view.delete())
        rebuild(service)
    assert {service.name: {view.name: rows(service, view.name) for view in service.database.views} for service in services} == before


def test_nothing_personal_is_on_the_bus_in_clear(world: World) -> None:
    """Given everything that all services say of a person's case and a company's, nothing that names or reaches anybody is in it (SEC-02).

    The company came by its agent, somebody took the certificate at the window, and the agent complained.
    """
    world.decided(world.accepted())
    receipt = world.applied(username="chengda-agent", applicant=world.registered("chengda-agent", COMPANY))
    world.act("market-handler", f"/intake/api/applications/{receipt['id']}/accept")
    world.settle()
    world.decided(receipt["id"])
    result = next(row for row in world.rows("certificates", "results") if str(row["case_id"]) == receipt["id"])
    taken = {"receiver": "钱七（示例）", "identity_shown": "护照 E5678"}
    world.do("clerk1", "POST", f"/certificates/api/results/{result['number']}/deliver", json=taken)
    complaint = {"number": receipt["number"], "text": "窗口的孙八要求另付费用。", "name": "yes"}
    world.call("chengda-agent", "POST", "/supervision/complain", data=complaint, headers={"Accept": "text/html"}, follow_redirects=False)
    world.settle()
    assert len(world.rows("supervision", "complaints")) == 1
    said = b"".join(
        body
        for service in world.window.services.values()
        for notification in service.recorder.select_notifications(None, 10_000)
        if (body := to_bytes(service, notification)) is not None
    ).decode()
    assert "食品经营许可证核发" in said
    assert "result-delivered" in said
    assert personal_in(said, *taken.values(), complaint["text"], "孙八") == []
