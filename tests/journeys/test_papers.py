"""What an applicant is handed: the receipt with its promises, and the documents that tell acceptance, refusal and what is to be corrected (APP-03, CAT-05)."""

import re
from typing import Any

import httpx
import pytest

from tests.world import PDF, PERSON, World

FOOD = "food-operation-licence"


def page(world: World, username: str, method: str, path: str, **options: Any) -> httpx.Response:
    """Call a page of intake as somebody."""
    return world.call(username, method, f"/intake{path}", headers={"Accept": "text/html"}, **options)


def said(answer: httpx.Response) -> str:
    """Give what a page says, without its marks."""
    assert answer.is_success, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_the_receipt_states_what_is_promised(world: World) -> None:
    """Given an application online, the receipt says at once until when it is answered and in how many days it is decided (APP-03)."""
    receipt = world.applied(FOOD)
    assert (receipt["received_on"], receipt["promised_limit"], receipt["acceptance_due"]) == ("2026-03-02", 5, "2026-03-09")
    shown = said(page(world, "zhangsan", "GET", f"/applications/{receipt['id']}/receipt"))
    for words in ("接件凭证", receipt["number"], receipt["secret"], "最迟答复是否受理 2026年3月9日", "5 个工作日，自受理之日起算"):
        assert words in shown


@pytest.mark.parametrize(("item", "due"), [(FOOD, "2026-03-05"), ("elderly-benefit-card", "2026-03-03")])
def test_the_commitment_of_the_window_shortens_the_answer(world: World, item: str, due: str) -> None:
    """Given a 受理承诺单, the answer is due in three days, or in the promised limit where that is shorter, and the slip says so (APP-03, COR-01)."""
    body = {"item": item, "applicant": PERSON, "form": world.form(item), "materials": world.materials(item), "commitment": True}
    receipt = world.do("clerk1", "POST", "/intake/api/applications", json=body)
    assert receipt["acceptance_due"] == due
    year, month, day = (int(part) for part in due.split("-"))
    shown = said(page(world, "clerk1", "GET", f"/applications/{receipt['id']}/receipt"))
    assert "受理承诺单" in shown
    assert f"最迟答复是否受理 {year}年{month}月{day}日" in shown


def filled_in(world: World, **changes: str) -> dict[str, str]:
    """Fill in the form of the window."""
    form = {f"form-{name}": value for name, value in world.form(FOOD).items()}
    papers = {f"paper-{one['code']}": "yes" for one in world.materials(FOOD)}
    return {**{name: value for name, value in PERSON.items() if name != "email"}, **form, **papers, "key": "at-the-window", "act": "tell", **changes}


def test_a_clerk_tells_at_once_what_is_missing(world: World) -> None:
    """Given a missing and a wrong material, the clerk receives and tells both in one 一次性告知单 the same moment; a second click changes nothing (COR-01)."""
    fields = filled_in(world, **{"defect-application-form": "没有签名"})
    del fields["paper-floor-plan"]
    for _ in range(2):
        done = page(world, "clerk1", "POST", f"/window/{FOOD}", data=fields, follow_redirects=True)
        assert "受理承诺单" in said(done)
    world.settle()
    (row,) = world.rows("intake", "applications")
    assert row["state"] == "CORRECTION"
    told = said(page(world, "clerk1", "GET", f"/applications/{row['id']}/letters/notice-1"))
    assert "一次性告知单" in told
    for words in ("经营场所平面布局和操作流程图：没有提交。", "食品经营许可申请书：没有签名。", "第三十二条第一款第四项"):
        assert words in told
    assert page(world, "clerk1", "GET", f"/applications/{row['id']}/letters/notice-2").status_code == 404
    (notice,) = [one for one in world.do("supervisor1", "GET", f"/supervision/api/cases/{row['id']}/history") if one["name"] == "correction-notice-issued"]
    assert notice["data"]["at_once"] is True


def test_nothing_is_told_where_nothing_is_wrong(world: World) -> None:
    """Given complete materials without a remark, telling is refused and nothing is received."""
    answer = page(world, "clerk1", "POST", f"/window/{FOOD}", data=filled_in(world))
    assert answer.status_code == 422
    assert "不用告知补正" in answer.text
    assert world.rows("intake", "applications") == []


def test_a_check_of_the_original_is_recorded_by_the_clerk_alone(world: World) -> None:
    """Given a clerk who held the copy against its original, the department reads so; an applicant's page does not take the same word (APP-04, SEC-03)."""
    item = "company-registration"
    code = "shareholders"
    body = {"item": item, "applicant": PERSON, "form": world.form(item), "materials": [{"code": code, "paper": True, "original_checked": True}]}
    receipt = world.do("clerk1", "POST", "/intake/api/applications", json=body)
    (material,) = world.do("clerk1", "GET", f"/intake/api/applications/{receipt['id']}")["materials"]
    assert material["original_checked"] is True
    fields = {f"form-{name}": value for name, value in world.form(item).items()} | {"applicant": world.registered(), "step": "submit", "key": "mine"}
    answer = page(
        world, "zhangsan", "POST", f"/items/{item}/apply", data={**fields, f"seen-{code}": "yes"}, files={f"file-{code}": ("证件.pdf", PDF, "application/pdf")}
    )
    assert answer.status_code == 422
    assert "窗口工作人员当面核对" in answer.text


def test_the_department_accepts_in_writing(world: World) -> None:
    """Given an acceptance, its 受理通知书 says on which ground, since when, and until when it is decided (COR-06)."""
    case = world.accepted(FOOD)
    told = said(page(world, "zhangsan", "GET", f"/applications/{case}/letters/acceptance"))
    for words in ("受理通知书", "张三（示例）", "第三十二条第一款第五项", "承诺 5 个工作日", "2026年3月9日", "2026年3月16日"):
        assert words in told
    assert page(world, "lisi", "GET", f"/applications/{case}/letters/acceptance").status_code == 404


def test_silence_is_acceptance_in_writing(world: World) -> None:
    """Given nobody answered, the 受理通知书 says that it counts as accepted since its receipt (COR-02)."""
    receipt = world.applied(FOOD)
    world.advance("2026-03-10 09:00")
    told = said(page(world, "zhangsan", "GET", f"/applications/{receipt['id']}/letters/acceptance"))
    assert "未在规定期限内答复" in told
    assert re.search("自收到申请之日（2026年3月2日[^）]*）起即为受理", told)


def test_the_department_refuses_in_writing(world: World) -> None:
    """Given a refusal to accept, its document gives the reasons and what can be done against it; there is none of acceptance (COR-06)."""
    receipt = world.applied(FOOD)
    path = f"/intake/api/applications/{receipt['id']}"
    world.act("market-handler", f"{path}/refuse", {"reason": "申请事项依法不需要取得行政许可"})
    told = said(page(world, "zhangsan", "GET", f"/applications/{receipt['id']}/letters/refusal"))
    for words in ("不予受理决定通知书", "申请事项依法不需要取得行政许可。", "六十日内依法申请行政复议"):
        assert words in told
    assert page(world, "zhangsan", "GET", f"/applications/{receipt['id']}/letters/acceptance").status_code == 404


def test_the_public_reads_no_codes_and_no_checksums(world: World) -> None:
    """Given a guide and a certificate, neither shows what only programs and auditors need; whoever supervises sees the digest of the document."""
    assert FOOD not in said(page(world, "zhangsan", "GET", f"/items/{FOOD}"))
    case = world.accepted()
    world.decided(case)
    world.settle()
    number = next(row["number"] for row in world.rows("certificates", "results") if str(row["case_id"]) == case)
    for username, is_shown in (("zhangsan", False), ("supervisor1", True)):
        shown = said(world.call(username, "GET", f"/certificates/results/{number}", headers={"Accept": "text/html"}))
        assert number in shown
        assert ("SHA256" in shown) is is_shown
