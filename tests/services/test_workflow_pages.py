"""What officers see and do on the pages of workflow: the forms call the same commands, and mistakes are shown in their place."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from httpx import Response

from services.chassis.auth import rules
from services.kernel.actor import Actor, Role
from services.kernel.process import SpecialProcedure
from services.workflow.domain.authority import EVERY_ITEM, authority_id
from services.workflow.domain.facts import CaseState
from tests.domain.workflow_cases import (
    APPLICANT,
    CLERK,
    ENVIRONMENT,
    HANDLER,
    HEAD,
    HEALTH,
    JOINT,
    LEADER,
    OTHER_HANDLER,
    SAFETY,
    STRANGER,
    SUPERVISOR,
    at,
)
from tests.services.frame_sample import tokens_of
from tests.services.workflow_house import ADMINISTRATOR, House, house

pytestmark = [pytest.mark.usefixtures("on_both"), pytest.mark.slow]

PAGE = {"Accept": "text/html"}
PDF = b"%PDF-1.7\n%sample\n"


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[House]:
    made = house(tmp_path)
    yield made
    made.workflow.close()


def get(home: House, actor: Actor, path: str) -> Response:
    """Open a page."""
    answer: Response = home.client(actor).get(f"/workflow{path}", headers=PAGE)
    return answer


def post(home: House, actor: Actor, path: str, **fields: str) -> Response:
    """Send a form."""
    answer: Response = home.client(actor).post(f"/workflow{path}", data=fields, headers=PAGE)
    return answer


def text(answer: Response) -> str:
    """Give what a page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", answer.text, flags=re.DOTALL)))


def seen(home: House, case: UUID) -> str:
    """Give the version that the page of a case carries."""
    return str(home.workflow.case(case).version)


def test_the_desk_says_what_is_due_first_and_why_it_matters(home: House) -> None:
    """Given a case overdue and one in time, the first row is the overdue one, in words; the link leads to its stage."""
    home.accept()
    late = home.accept(clock_start=at(2, 6).date())
    page = get(home, HANDLER, "/desk")
    rows = re.findall(r"<tr>.*?</tr>", page.text.partition("<tbody")[2], re.DOTALL)
    assert f"/workflow/cases/{late}?stage=handle" in rows[0]
    assert "2月27日 周五，超期" in unescape(rows[0])
    assert "3月16日 周一，剩" in unescape(rows[1])


def test_an_empty_desk_says_so(home: House) -> None:
    """Given nothing to do, the desk says so and not an empty table; with a filter it says that the filter is why."""
    assert "没有待办" in text(get(home, HANDLER, "/desk"))
    assert "没有符合条件的环节" in text(get(home, HANDLER, "/desk?text=xyz"))
    assert get(home, HANDLER, "/desk?scope=all").status_code == 422


def test_a_case_shows_what_its_officer_needs(home: House) -> None:
    """Given an officer, the page has the application in clear, the flow, the deadline with its days, and the signature of the stage."""
    case = home.accept()
    page = get(home, HANDLER, f"/cases/{case}")
    said = text(page)
    for needed in ("张三（示例）", "110101199003074610", "示例厂房", "签署意见：承办", "到 2026年3月16日 周一 届满", "第 10 个工作日", "周末", "受理立案"):
        assert needed in said, needed
    assert f'href="/intake/api/applications/{case}/materials/application-form"' in page.text


def test_supervision_sees_the_case_and_no_personal_data(home: House) -> None:
    """Given a supervisor, stages and history are there; name and number are masked, the form is not shown, and nothing can be signed (SEC-02)."""
    case = home.accept()
    home.sign(case, ("handle", HANDLER))
    said = text(get(home, SUPERVISOR, f"/cases/{case}"))
    assert "签署「承办」：同意" in said
    for hidden in ("张三（示例）", "110101199003074610", "示例厂房", "签署意见：", "其他办理"):
        assert hidden not in said, hidden


def test_signing_leads_back_to_the_case(home: House) -> None:
    """Given an opinion, the form signs and the page that follows says that it was done."""
    case = home.accept()
    answer = post(home, HANDLER, f"/cases/{case}/stages/handle/sign", seen=seen(home, case), conclusion="yes", opinion="材料齐全，同意")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/workflow/cases/{case}?done=signed")
    said = text(get(home, HANDLER, f"/cases/{case}?done=signed"))
    assert "意见已经签署" in said
    assert "材料齐全，同意" in said
    assert "当前环节不由您签署" in said


def test_a_decision_without_its_content_is_shown_again(home: House) -> None:
    """Given a refusal without opinion, grounds and reasons, each is named at its field, what was chosen is kept, and nothing is decided."""
    case = home.accept()
    home.sign(case, ("handle", HANDLER), ("review", HEAD))
    answer = post(home, LEADER, f"/cases/{case}/stages/approve/sign", seen=seen(home, case), conclusion="no", grounds=" ")
    assert answer.status_code == 422
    for field in ("opinion", "grounds", "reasons"):
        assert f'id="{field}-error"' in answer.text
    assert re.search(r'value="no" checked', answer.text)
    assert home.workflow.case(case).state is CaseState.OPEN
    none = post(home, LEADER, f"/cases/{case}/stages/approve/sign", seen=seen(home, case), opinion="同意")
    assert "请选择结论" in text(none)


def test_somebody_else_was_faster(home: House) -> None:
    """Given a page that is out of date, the signature is refused with the reason and what was typed is kept."""
    case = home.accept()
    old = seen(home, case)
    home.workflow.add_material(case, "报告", PDF, "补充", HANDLER, home.now())
    answer = post(home, HANDLER, f"/cases/{case}/stages/handle/sign", seen=old, conclusion="yes", opinion="我的意见")
    assert answer.status_code == 412
    assert "已有其他人办理" in text(answer)
    assert "我的意见</textarea>" in answer.text


def test_who_lacks_the_authority_is_told_so(tmp_path: Path) -> None:
    """Given no grant, the page offers no signature and says whom to ask."""
    home = house(tmp_path, granted=())
    said = text(get(home, HANDLER, f"/cases/{home.accept()}"))
    assert "缺少审批权限" in said
    assert "其他办理" not in said
    home.workflow.close()


def test_stopping_shows_the_notice_before_anything_happens(home: House) -> None:
    """Given a special procedure, the notice is previewed and nothing is stored; confirmed, the clock stands and the notice has its number (FLW-06)."""
    case = home.accept()
    fields = {"seen": seen(home, case), "procedure": "EXPERT_REVIEW", "expected_days": "8", "reason": "涉及深基坑"}
    preview = post(home, HANDLER, f"/cases/{case}/do/stop", **fields)
    for part in ("特别程序所需时间告知书", "张三（示例）：", "事由：涉及深基坑。", "预计所需时间：8 个工作日", "编号：确认后自动生成"):
        assert part in text(preview), part
    assert home.workflow.case(case).stops == ()
    assert post(home, HANDLER, f"/cases/{case}/do/stop", **fields, step="confirm").headers["location"].endswith("?done=stopped")
    [stop] = home.workflow.case(case).stops
    assert "暂停计时" in text(get(home, HANDLER, f"/cases/{case}"))
    notice = text(get(home, APPLICANT, f"/cases/{case}/notices/{stop.notice}"))
    assert f"编号：{stop.notice}" in notice
    assert "第四十五条" in notice
    assert get(home, STRANGER, f"/cases/{case}/notices/{stop.notice}").status_code == 404
    assert get(home, APPLICANT, f"/cases/{case}/notices/TB0").status_code == 404


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "procedure"),
        ({"procedure": "AUCTIONS"}, "procedure"),
        ({"procedure": "HEARING", "expected_days": "viele"}, "expected_days"),
        ({"procedure": "HEARING", "expected_days": "0"}, "expected_days"),
        ({"procedure": "HEARING", "expected_days": "5"}, "reason"),
    ],
)
def test_a_wrong_stop_is_shown_at_its_field(home: House, fields: dict[str, str], wrong: str) -> None:
    """Given a missing or wrong field, there is no notice, and the field says what is wrong."""
    case = home.accept()
    answer = post(home, HANDLER, f"/cases/{case}/do/stop", seen=seen(home, case), **fields)
    assert answer.status_code == 422
    assert f'id="{wrong}-error"' in answer.text
    assert "告知书送达" not in text(answer)


def test_resuming_and_extending(home: House) -> None:
    """Given a stop, it ends with its result; given the leader, the limit is extended and the notice says until when (FLW-06, FLW-07)."""
    case = home.accept()
    home.workflow.stop_clock(case, SpecialProcedure.HEARING, 5, "听证", HANDLER, home.now())
    [stop] = home.workflow.case(case).stops
    assert "听证" in text(get(home, HANDLER, f"/cases/{case}/do/resume?stop={stop.id}"))
    home.now.advance_to(at(3, 4))
    post(home, HANDLER, f"/cases/{case}/do/resume", seen=seen(home, case), stop=stop.id, result="听证结束")
    fields = {"seen": seen(home, case), "days": "5", "reason": "情况复杂"}
    assert "延长后，本办件的承诺办理期限至2026年3月25日届满" in text(post(home, LEADER, f"/cases/{case}/do/extend", **fields))
    post(home, LEADER, f"/cases/{case}/do/extend", **fields, step="confirm")
    assert "延长 5 个工作日" in text(get(home, APPLICANT, f"/cases/{case}/notices/extension"))
    assert post(home, HEAD, f"/cases/{case}/do/extend", **fields).status_code == 403


def test_what_was_told_of_an_extension_does_not_change(home: House) -> None:
    """Given a stop after the extension, the notice still says what was told; given a promised limit that had passed, it tells of the statutory one."""
    case, late = home.accept(), home.accept(clock_start=at(2, 6).date())
    for one in (case, late):
        home.workflow.extend(one, 5, "情况复杂", LEADER, home.now())
    home.now.advance_to(at(3, 4))
    home.workflow.stop_clock(case, SpecialProcedure.HEARING, 5, "听证", HANDLER, home.now())
    told, told_late = (text(get(home, APPLICANT, f"/cases/{one}/notices/extension")) for one in (case, late))
    assert "承诺办理期限至2026年3月23日届满" in told
    assert "法定办理期限至2026年3月19日届满" in told_late


def test_taking_over_assigning_and_sending_back(home: House) -> None:
    """Given a held stage, the page names its holder; a colleague takes it over, the head assigns it, and later sends the case back."""
    case = home.accept()
    home.workflow.take(case, "handle", "", OTHER_HANDLER, home.now())
    assert "由示例承办人乙办理" in text(get(home, HANDLER, f"/cases/{case}"))
    assert post(home, HANDLER, f"/cases/{case}/do/take", seen=seen(home, case), stage="handle").status_code == 422
    post(home, HANDLER, f"/cases/{case}/do/take", seen=seen(home, case), stage="handle", reason="休假")
    form = get(home, HEAD, f"/cases/{case}/do/assign?stage=handle")
    assert re.findall(r'<option value="([a-z-]+)"', form.text) == ["handler", "other-handler"]
    post(home, HEAD, f"/cases/{case}/do/assign", seen=seen(home, case), stage="handle", officer="other-handler", reason="回岗")
    home.sign(case, ("handle", OTHER_HANDLER))
    answer = post(home, HEAD, f"/cases/{case}/do/roll-back", seen=seen(home, case), stage="review", reason="缺图")
    assert 'id="to-error"' in answer.text
    post(home, HEAD, f"/cases/{case}/do/roll-back", seen=seen(home, case), stage="review", to="handle", reason="缺图")
    told = text(get(home, HEAD, f"/cases/{case}"))
    for line in ("示例承办人接办「承办」（原由示例承办人乙办理）", "「承办」指派给示例承办人乙", "「审核」退回到「承办」", "签署「承办」：同意"):
        assert line in told, line


def test_an_unknown_action_is_not_found(home: House) -> None:
    """Given an action that there is not, the page is not found."""
    assert get(home, HANDLER, f"/cases/{home.accept()}/do/burn").status_code == 404


def test_a_negative_branch_is_seen(home: House) -> None:
    """Given a branch that objects, the flow of the case shows it to the lead (FLW-04)."""
    case = home.accept(JOINT)
    home.sign(case, ("handle", HANDLER))
    home.workflow.sign(case, "safety", "安全距离不足", SAFETY, home.now(), approves=False)
    page = get(home, HANDLER, f"/cases/{case}")
    assert "wf-stage--against" in page.text
    assert "安全距离不足" in text(page)


def test_adding_a_material(home: House) -> None:
    """Given a PDF, it is listed with a link; without a file the field says so (FLW-09)."""
    case = home.accept()
    address = f"/workflow/cases/{case}/materials/add"
    fields = {"seen": seen(home, case), "name": "专家意见", "reason": "论证形成"}
    assert 'id="file-error"' in home.client(HANDLER).post(address, data=fields, headers=PAGE).text
    home.client(HANDLER).post(address, data=fields, files={"file": ("x.pdf", PDF)}, headers=PAGE)
    assert f"/workflow/api/cases/{case}/materials/added-1" in get(home, HANDLER, f"/cases/{case}").text


def test_withdrawing(home: House) -> None:
    """Given the applicant, the case ends and the browser goes on to the application; a clerk records the written request (APP-08)."""
    own, other = home.accept(), home.accept(account=None)
    assert get(home, STRANGER, f"/cases/{own}/withdraw").status_code == 404
    assert post(home, APPLICANT, f"/cases/{own}/withdraw").headers["location"] == f"/intake/applications/{own}"
    assert 'id="reason-error"' in post(home, CLERK, f"/cases/{other}/withdraw").text
    page = post(home, CLERK, f"/cases/{other}/withdraw", reason="3 月 2 日书面申请")
    assert "申请已经撤回" in text(page)
    assert "张三" not in text(page)
    assert [home.workflow.case(one).state for one in (own, other)] == [CaseState.WITHDRAWN] * 2


def test_authority_is_granted_and_revoked_on_its_page(home: House) -> None:
    """Given the administrator, an unknown account is refused at its field, a known one is granted, and revoked with a reason (SEC-01)."""
    fields = {"officer": "nobody", "department": "planning", "role": "LEADER", "item": "planning-permit"}
    assert 'id="officer-error"' in post(home, ADMINISTRATOR, "/authorities", **fields).text
    post(home, ADMINISTRATOR, "/authorities", **{**fields, "officer": "head"})
    authority = authority_id("head", "planning-permit", Role.LEADER)
    page = get(home, ADMINISTRATOR, "/authorities?department=planning")
    assert f"/workflow/authorities/{authority}/revoke" in page.text
    assert "示例卫健人员" not in text(page)
    assert 'id="reason-error"' in post(home, ADMINISTRATOR, f"/authorities/{authority}/revoke").text
    post(home, ADMINISTRATOR, f"/authorities/{authority}/revoke", reason="分工调整")
    assert not home.workflow.holds_authority(Actor("head", "示例科长", frozenset({Role.LEADER}), "planning"), "planning-permit", Role.LEADER)
    assert get(home, LEADER, "/authorities").status_code == 403


@pytest.mark.parametrize(("actor", "status"), [(HEALTH, 403), (CLERK, 403), (APPLICANT, 403), (SUPERVISOR, 200), (HEAD, 200)])
def test_others_do_not_open_the_page_of_a_case(home: House, actor: Actor, status: int) -> None:
    """Given a department that takes no part, or an applicant, the officers' page is refused (SEC-02)."""
    assert get(home, actor, f"/cases/{home.accept()}").status_code == status


def test_a_form_of_another_site_is_refused(home: House) -> None:
    """Given a browser's session without the token of our form, nothing is signed."""
    case = home.accept()
    client = home.client()
    client.cookies.set("onewindow_session", tokens_of(HANDLER))
    fields = {"seen": seen(home, case), "conclusion": "yes", "opinion": "同意"}
    answer = client.post(f"/workflow/cases/{case}/stages/handle/sign", data=fields, headers=PAGE)
    assert answer.status_code == 403
    assert home.workflow.case(case).signed == {}
    page = client.get(f"/workflow/cases/{case}", headers=PAGE)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]
    assert client.post(f"/workflow/cases/{case}/stages/handle/sign", data={**fields, "csrf_token": token}, headers=PAGE).status_code == 303


def test_every_page_has_a_rule(home: House) -> None:
    """Given the pages of workflow, each says who may open it, and none is open to anyone (SEC-01)."""
    own = {path: rule for path, _, rule in rules(home.app) if re.match(r"/workflow/(desk|cases|authorities)", path)}
    assert len(own) >= 8
    assert all(rule is not None and not rule.anyone for rule in own.values())


def test_a_revoked_officer_is_not_offered_for_assignment(home: House) -> None:
    """Given a revocation, the head's list no longer has that officer."""
    case = home.accept()
    home.workflow.revoke(authority_id("other-handler", EVERY_ITEM, Role.HANDLER), "调离", ADMINISTRATOR, home.now())
    assert "other-handler" not in get(home, HEAD, f"/cases/{case}/do/assign?stage=handle").text


def test_paper_is_signed_for_with_one_button(home: House) -> None:
    """Given paper from the lead department, the page has the button until it was pressed; the history then names the slip, and pressing again is explained."""
    case = home.accept(JOINT, paper=True)
    home.sign(case, ("handle", HANDLER))
    assert "签收纸质材料" not in text(get(home, HEAD, f"/cases/{case}"))
    page = get(home, SAFETY, f"/cases/{case}")
    assert f'action="/workflow/cases/{case}/do/paper"' in page.text
    assert "规划和自然资源局移交纸质材料 1 份" in text(page)
    version = seen(home, case)
    answer = post(home, SAFETY, f"/cases/{case}/do/paper", seen=version)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/workflow/cases/{case}?done=handed-over")
    said = text(get(home, SAFETY, f"/cases/{case}?done=handed-over"))
    assert "签收其他部门移交的纸质材料" in said
    assert "材料接收凭证 YJ20260302-" in said
    assert "do/paper" not in get(home, SAFETY, f"/cases/{case}").text
    assert "do/paper" in get(home, ENVIRONMENT, f"/cases/{case}").text, "the others still have to"
    again = post(home, SAFETY, f"/cases/{case}/do/paper", seen=seen(home, case))
    assert again.status_code == 409
    assert "没有待签收的纸质材料" in text(again)
    assert "没有待签收的纸质材料" in text(get(home, SAFETY, f"/cases/{case}/do/paper"))
    assert post(home, SAFETY, f"/cases/{case}/do/paper", seen=version).status_code == 412
