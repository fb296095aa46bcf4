"""Workflow over HTTP: each endpoint by its rule, If-Match where two could overwrite each other, each refusal a clear problem."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from services.chassis.auth import rules
from services.kernel.actor import Actor, Role
from services.workflow.domain.authority import EVERY_ITEM, authority_id
from tests.domain.workflow_cases import APPLICANT, CLERK, ENVIRONMENT, HANDLER, HEAD, HEALTH, JOINT, LEADER, OTHER_HANDLER, STRANGER, SUPERVISOR, at
from tests.services.workflow_house import ADMINISTRATOR, House, document, house, match

pytestmark = pytest.mark.usefixtures("on_both")

PDF = b"%PDF-1.7\n%sample\n"
API = "/workflow/api"


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[House]:
    made = house(tmp_path)
    yield made
    made.workflow.close()


def post(home: House, actor: Actor, case: UUID, path: str, body: dict[str, Any]) -> Response:
    """Let an actor who has just looked at a case do something with it."""
    version = home.workflow.case(case).version
    answer: Response = home.client(actor).post(f"{API}/cases/{case}/{path}", json=body, headers={"If-Match": f'"{version}"'})
    return answer


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    """Give a problem, which must have this status and code."""
    said = document(answer)
    assert (answer.status_code, said.get("type")) == (status, f"urn:onewindow:problem:{code}"), answer.text
    return said


def test_a_case_goes_from_the_desk_to_the_decision(home: House) -> None:
    """Given an accepted application, three officers find it on their desks and sign; the answers say what comes next (FLW-01, FLW-02, FLW-08)."""
    case = home.accept()
    for actor, stage in ((HANDLER, "handle"), (HEAD, "review"), (LEADER, "approve")):
        client = home.client(actor)
        [row] = client.get(f"{API}/desk").json()["items"]
        assert (row["case_id"], row["stage"], row["promised"]["due"]) == (str(case), stage, "2026-03-16")
        body = {"opinion": "同意", "approves": True, "grounds": "符合条件"}
        answer = client.post(f"{API}/cases/{case}/stages/{stage}/sign", json=body, headers=match(client, case))
        assert answer.status_code == 200, answer.text
    said = home.client(SUPERVISOR).get(f"{API}/cases/{case}").json()
    assert (said["state"], said["outcome"], said["promised"]["state"]) == ("DECIDED", "GRANTED", "DECIDED")
    assert [one["officer"] for one in said["signed"]] == ["handler", "head", "leader"]


def test_the_clock_is_explained_day_by_day(home: House) -> None:
    """Given `why`, the case comes with each day to the due day, numbered where it is counted (CLK-04)."""
    why = home.client(HANDLER).get(f"{API}/cases/{home.accept()}", params={"why": True}).json()["why"]["promised"]
    assert (why[0]["day"], why[0]["counted"], why[-1]["day"], why[-1]["counted"]) == ("2026-03-03", 1, "2026-03-16", 10)
    assert [day["reason"] for day in why if day["day"] == "2026-03-07"] == ["weekend"]


@pytest.mark.parametrize(
    ("stage", "body", "status", "code"),
    [
        ("handle", {"opinion": " ", "approves": True}, 422, "opinion-missing"),
        ("handle", {"opinion": "同意"}, 422, "content-wrong"),
        ("handle", {"opinion": "同意", "approves": True, "officer": "somebody"}, 422, "content-wrong"),
        ("review", {"opinion": "同意", "approves": True}, 403, "authority-missing"),
        ("nowhere", {"opinion": "同意", "approves": True}, 409, "no-such-stage"),
    ],
)
def test_a_wrong_signature_is_a_clear_problem(home: House, stage: str, body: dict[str, Any], status: int, code: str) -> None:
    """Given an empty opinion, a missing or unknown field, somebody else's or no stage, nothing is stored."""
    case = home.accept()
    problem(post(home, HANDLER, case, f"stages/{stage}/sign", body), status, code)
    assert home.workflow.case(case).version == 2


def test_deciding_twice_is_refused(home: House) -> None:
    """Given a decision, a second one is answered 409 and changes nothing (FLW-08)."""
    case = home.accept()
    home.sign(case, ("handle", HANDLER), ("review", HEAD), ("approve", LEADER))
    body = {"opinion": "不同意", "approves": False, "grounds": "依据", "reasons": "理由"}
    problem(post(home, LEADER, case, "stages/approve/sign", body), 409, "decided-already")
    assert home.workflow.case(case).outcome == "GRANTED"


def test_a_stale_or_missing_etag_is_refused(home: House) -> None:
    """Given no If-Match, or one that is out of date, nothing is signed."""
    case = home.accept()
    client = home.client(HANDLER)
    seen = match(client, case)
    home.workflow.take(case, "handle", "", HANDLER, home.now())
    body = {"opinion": "同意", "approves": True}
    problem(client.post(f"{API}/cases/{case}/stages/handle/sign", json=body, headers=seen), 412, "stale")
    problem(client.post(f"{API}/cases/{case}/stages/handle/sign", json=body), 428, "if-match-missing")
    assert home.workflow.case(case).signed == {}


def test_stop_resume_extend_and_add(home: House) -> None:
    """Given a handler and the leader, a special procedure begins with a numbered notice and ends, the limit is extended, a material added (FLW-06, 07, 09)."""
    case = home.accept()
    stopped = document(post(home, HANDLER, case, "stops", {"procedure": "EXPERT_REVIEW", "expected_days": 5, "reason": "技术复杂"}))
    assert (stopped["promised"]["state"], stopped["promised"]["due"]) == ("STANDING", None)
    [stop] = stopped["stops"]
    assert stop["notice"].startswith("TB20260302-")
    [row] = home.client(HANDLER).get(f"{API}/desk").json()["items"]
    assert (row["promised"]["due"], row["promised"]["state"]) == (None, "STANDING")
    home.now.advance_to(at(3, 4))
    assert document(post(home, HANDLER, case, f"stops/{stop['id']}/end", {"result": "论证通过"}))["promised"]["due"] == "2026-03-18"
    assert document(post(home, LEADER, case, "extension", {"days": 5, "reason": "情况复杂"}))["promised"]["due"] == "2026-03-25"
    problem(post(home, LEADER, case, "extension", {"days": 5, "reason": "情况复杂"}), 409, "extended-already")
    client = home.client(HANDLER)
    form = {"name": "专家意见", "reason": "论证形成"}
    answer = client.post(f"{API}/cases/{case}/materials", data=form, files={"file": ("x.pdf", PDF)}, headers=match(client, case))
    assert answer.status_code == 201, answer.text
    file = client.get(f"{API}/cases/{case}/materials/added-1")
    assert (file.content, file.headers["content-type"], file.headers["content-security-policy"]) == (PDF, "application/pdf", "sandbox")
    assert client.get(f"{API}/cases/{case}/materials/application-form").status_code == 404, "that file lies with intake"


def test_a_file_is_judged_by_its_content(home: House) -> None:
    """Given a program called x.pdf, it is refused with the field that is wrong."""
    case = home.accept()
    client = home.client(HANDLER)
    form = {"name": "专家意见", "reason": "论证形成"}
    answer = client.post(f"{API}/cases/{case}/materials", data=form, files={"file": ("x.pdf", b"MZ\x90")}, headers=match(client, case))
    assert [one["field"] for one in problem(answer, 422, "file-type-wrong")["errors"]] == ["file"]


def test_take_over_assign_and_roll_back(home: House) -> None:
    """Given a held stage, a colleague takes it over with a reason, the head gives it back, and later sends the case back (FLW-03, FLW-09)."""
    case = home.accept()
    post(home, HANDLER, case, "stages/handle/take", {})
    problem(post(home, OTHER_HANDLER, case, "stages/handle/take", {}), 422, "reason-missing")
    problem(post(home, OTHER_HANDLER, case, "stages/handle/sign", {"opinion": "同意", "approves": True}), 409, "held-by-another")
    assert post(home, OTHER_HANDLER, case, "stages/handle/take", {"reason": "休假"}).json()["open"][0]["officer"] == "other-handler"
    assert post(home, HEAD, case, "stages/handle/assign", {"officer": "handler", "reason": "回岗"}).json()["open"][0]["officer"] == "handler"
    post(home, HANDLER, case, "stages/handle/sign", {"opinion": "同意", "approves": True})
    back = document(post(home, HEAD, case, "stages/review/roll-back", {"to": "handle", "reason": "缺图"}))
    assert ([one["stage"] for one in back["open"]], len(back["signed"])) == (["handle"], 1)


def test_a_head_asks_for_the_whole_department(home: House) -> None:
    """Given `whole`, the head's desk has the handlers' stages too."""
    home.accept()
    client = home.client(HEAD)
    assert [len(client.get(f"{API}/desk", params=query).json()["items"]) for query in ({}, {"whole": "true"}, {"whole": "true", "role": "LEADER"})] == [0, 1, 0]


# Who may (SEC-01 to SEC-03)


@pytest.mark.parametrize(
    ("actor", "status"), [(HANDLER, 200), (ENVIRONMENT, 200), (HEALTH, 403), (CLERK, 403), (APPLICANT, 200), (STRANGER, 404), (SUPERVISOR, 200)]
)
def test_only_those_who_take_part_read_a_case(home: House, actor: Actor, status: int) -> None:
    """Given a joint case, another department is refused with 403; to another applicant there is no such case (SEC-02)."""
    answer = home.client(actor).get(f"{API}/cases/{home.accept(JOINT)}")
    assert answer.status_code == status
    if status == 404:
        same = home.client(actor).get(f"{API}/cases/{UUID(int=1)}")
        assert same.status_code == 404


def test_an_applicant_withdraws_his_own_case_only(home: House) -> None:
    """Given another applicant, there is no such case; its own applicant ends it (APP-08)."""
    case = home.accept()
    body = {"reason": "不再建设"}
    assert home.client(STRANGER).post(f"{API}/cases/{case}/withdraw", json=body).status_code == 404
    assert home.client(HANDLER).post(f"{API}/cases/{case}/withdraw", json=body).status_code == 403
    assert home.client(APPLICANT).post(f"{API}/cases/{case}/withdraw", json=body).json()["state"] == "WITHDRAWN"


def test_only_administrators_grant_and_revoke(home: House) -> None:
    """Given an administrator, an authority is granted, listed and revoked; officers cannot, and a role that signs nothing is refused (SEC-01)."""
    body = {"officer": "new", "officer_name": "新人（示例）", "department": "planning", "item": "planning-permit", "role": "HANDLER"}
    admin = home.client(ADMINISTRATOR)
    assert home.client(LEADER).post(f"{API}/authorities", json=body).status_code == 403
    assert admin.post(f"{API}/authorities", json=body).status_code == 201
    problem(admin.post(f"{API}/authorities", json={**body, "role": "SUPERVISOR"}), 422, "role-signs-nothing")
    listed = home.client(SUPERVISOR).get(f"{API}/authorities", params={"department": "planning"}).json()["items"]
    assert [one["officer"] for one in listed if one["item"] != EVERY_ITEM] == ["new"]
    authority = authority_id("new", "planning-permit", Role.HANDLER)
    assert admin.post(f"{API}/authorities/{authority}/revoke", json={"reason": "调离"}).status_code == 200
    problem(admin.post(f"{API}/authorities/{authority}/revoke", json={"reason": "调离"}), 409, "not-granted")
    assert admin.post(f"{API}/authorities/{UUID(int=1)}/revoke", json={"reason": "调离"}).status_code == 404


def test_every_endpoint_has_a_rule_and_none_is_open(home: House) -> None:
    """Given the routes of workflow's own, each says who may call it; but for published decisions, nobody may who is not signed in (SEC-01)."""
    own = [(path, methods, rule) for path, methods, rule in rules(home.app) if path.startswith(API)]
    assert len(own) >= 14
    for path, methods, rule in own:
        assert rule is not None, path
        if path.endswith("/published"):
            # What was made public is read by anyone.
            assert rule.anyone
            continue
        assert not rule.anyone, path
        client = home.client()
        for method in methods:
            answer = client.request(method, path.replace("{case_id}", str(UUID(int=1))).replace("{authority}", str(UUID(int=1))), json={})
            assert answer.status_code == 401, path


@pytest.mark.parametrize("cursor", ["x", "W10", "WyIxIl0"])
def test_a_cursor_of_no_list_is_refused(home: House, cursor: str) -> None:
    """Given a cursor that was never given out, the list is answered 400."""
    problem(home.client(HANDLER).get(f"{API}/desk", params={"cursor": cursor}), 400, "cursor-wrong")


def test_a_body_that_is_no_json_is_refused(home: House) -> None:
    """Given a body that is no JSON, it is answered 400."""
    case = home.accept()
    client: TestClient = home.client(HANDLER)
    headers = {**match(client, case), "Content-Type": "application/json"}
    problem(client.post(f"{API}/cases/{case}/stages/handle/sign", content=b"{no", headers=headers), 400, "no-json")


def test_paper_of_a_joint_case_is_signed_for_once_by_each_department(home: House) -> None:
    """Given paper at a window, a department of the parallel review signs for it; twice, or in the name of the lead, is refused (HAL-04)."""
    case = home.accept(JOINT, paper=True)
    home.sign(case, ("handle", HANDLER))
    said = document(post(home, ENVIRONMENT, case, "paper/sign", {}))
    assert {one["stage"]: one["paper_from"] for one in said["open"]} == {"environment": None, "safety": "planning", "building": "planning"}
    problem(post(home, ENVIRONMENT, case, "paper/sign", {}), 409, "nothing-to-sign")
    problem(post(home, HANDLER, case, "paper/sign", {}), 409, "nothing-to-sign")
    problem(post(home, HEALTH, case, "paper/sign", {}), 403, "not-your-paper")
    problem(post(home, CLERK, case, "paper/sign", {}), 403, "role-missing")
