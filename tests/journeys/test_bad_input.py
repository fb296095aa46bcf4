"""Bad input is answered by a clear problem, and stores nothing wrong.

Elsewhere: forged and expired tokens in all their kinds (services/test_access_tokens), sessions and CSRF (test_access_sessions), bodies that are too large,
declared or not (test_http_frame), cursors (test_http_frame, test_workflow_api), every door for every role (test_access_walk), what comes over the bus
(test_chassis). Here the whole product stands behind one address, and after each request its streams are as long as before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.world import COMPANY, PDF, PERSON, World, at, world_at

ITEM = "food-operation-licence"
WITHDRAWN = "marriage-archive"
OTHER_PERSON = {**PERSON, "name": "李四（示例）", "number": "110105199003072914"}
GROUNDS = "《中华人民共和国食品安全法》第三十五条"


@dataclass
class Desk:
    """A district with one application of each kind."""

    world: World
    received: str = ""
    accepted: str = ""
    decided: str = ""
    receipt: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    def lengths(self) -> dict[str, int]:
        """Say how long each stream is."""
        return {name: service.recorder.max_notification_id() or 0 for name, service in self.world.window.services.items()}

    def refused(self, answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
        """Check that an answer is this problem, told in Chinese, and give it."""
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        problem: dict[str, Any] = answer.json()
        assert (answer.status_code, problem["type"].rpartition(":")[2]) == (status, code), answer.text
        assert problem["title"]
        assert not (problem["title"] + problem.get("detail", "")).isascii()
        return problem


@pytest.fixture(name="desk", scope="module")
def _desk(tmp_path_factory: pytest.TempPathFactory, lasting_connection: dict[str, str]) -> Iterator[Desk]:
    with world_at(tmp_path_factory.mktemp("district"), at("2026-03-02 09:00"), again=False, **lasting_connection) as world:
        world.do("admin", "POST", f"/intake/api/items/{WITHDRAWN}/withdraw", json={"last_day": "2026-03-02", "reason": "依据被废止（示例）"})
        desk = Desk(world, decided=world.accepted(), accepted=world.accepted())
        world.decided(desk.decided)
        desk.receipt = world.applied(key="the-first")
        desk.received = desk.receipt["id"]
        desk.body = {"item": ITEM, "applicant": world.registered(), "form": world.form(ITEM), "materials": world.materials(ITEM, world.handed_in())}
        world.advance("2026-03-03 09:00")
        yield desk


@pytest.fixture(autouse=True)
def _nothing_is_stored(desk: Desk) -> Iterator[None]:
    desk.world.settle()
    before = desk.lengths()
    yield
    desk.world.settle()
    assert desk.lengths() == before


@pytest.mark.parametrize(
    ("details", "wrong"),
    [
        ({**PERSON, "number": "110105194912310021"}, "number"),
        ({**PERSON, "number": "11010519491231002"}, "number"),
        ({**PERSON, "number": "11010520991231002X"}, "number"),
        ({**COMPANY, "number": "91350100M000100Y44"}, "number"),
        ({**COMPANY, "agent_number": "110105194912310021"}, "agent_number"),
        ({**COMPANY, "agent_name": ""}, "agent_name"),
        ({**PERSON, "name": "张\u202e三"}, "name"),
        ({**PERSON, "name": "张三😀"}, "name"),
        ({**PERSON, "name": "  "}, "name"),
        ({**PERSON, "phone": "电话"}, "phone"),
    ],
)
def test_an_applicant_with_a_wrong_detail(desk: Desk, details: dict[str, str], wrong: str) -> None:
    """Given a wrong checksum, a date that does not exist, or what cannot be printed, the field is named and nobody is registered (APP-01)."""
    problem = desk.refused(desk.world.call("wangwu", "POST", "/intake/api/applicants", json=details), 422, "applicant-wrong")
    assert [error["field"] for error in problem["errors"]] == [wrong]


@pytest.mark.parametrize(
    ("changes", "status", "code", "said"),
    [
        ({"item": "moon-landing"}, 404, "not-found", ""),
        ({"form": {}}, 422, "form-wrong", "请填写"),
        ({"form": {"surprise": "1"}}, 422, "form-wrong", "表单没有这一项"),
        ({"materials": [{"code": "surprise", "paper": True}]}, 422, "materials-wrong", "办事指南中没有材料"),
        ({"materials": [{"code": "application-form", "digest": "0" * 64}]}, 422, "file-unknown", "重新上传"),
        ({"materials": [{"code": "application-form", "paper": True, "original_checked": True}]}, 422, "materials-wrong", "窗口工作人员"),
        ({"materials": [{"code": "application-form"}]}, 422, "content-wrong", "二者居其一"),
        ({"materials": [{"code": "application-form", "paper": True, "digest": "0" * 64}]}, 422, "content-wrong", "二者居其一"),
        ({"applicant": "00000000-0000-0000-0000-000000000001"}, 404, "not-found", "不属于您"),
        ({"applicant": "nobody"}, 422, "content-wrong", ""),
        ({"commitment": True}, 422, "commitment-elsewhere", "综合窗口"),
    ],
)
def test_an_application_that_cannot_be_received(desk: Desk, changes: dict[str, Any], status: int, code: str, said: str) -> None:
    """Given an unknown item, missing or foreign fields and materials, or another's applicant, nothing is received."""
    answer = desk.world.call("zhangsan", "POST", "/intake/api/applications", json={**desk.body, **changes})
    desk.refused(answer, status, code)
    assert said in answer.text


def test_an_item_that_was_withdrawn(desk: Desk) -> None:
    """Given an item whose last day is over, nothing more is received for it, by API or page (CAT-03)."""
    answer = desk.world.call("zhangsan", "POST", "/intake/api/applications", json={**desk.body, "item": WITHDRAWN})
    desk.refused(answer, 409, "item-withdrawn")
    for username, path in (("zhangsan", f"/intake/items/{WITHDRAWN}/apply"), ("clerk1", f"/intake/window/{WITHDRAWN}")):
        assert desk.world.call(username, "GET", path, headers={"Accept": "text/html"}).status_code == 409
    kiosk = {**desk.body, "item": WITHDRAWN, "applicant": PERSON, "materials": []}
    desk.refused(desk.world.call("kiosk1", "POST", "/intake/api/applications", json=kiosk, headers={"Idempotency-Key": "late"}), 409, "item-withdrawn")


def test_a_clerk_hears_at_once_of_all_that_is_wrong(desk: Desk) -> None:
    """Given an empty form at the window, the fields of the applicant and those of the form are named in one answer, in the order of the page."""
    texts = {"kind": "PERSON", "key": "empty", "act": "receive"}
    answer = desk.world.call("clerk1", "POST", "/intake/window/elderly-benefit-card", headers={"Accept": "text/html"}, data=texts)
    assert answer.status_code == 422
    named = re.findall(r'<li><a href="#([\w-]+)">', answer.text)
    assert named[:3] == ["name", "phone", "number"]
    assert [one for one in named[3:] if one.startswith("form-")] == named[3:] != []


def test_a_form_that_cannot_be_printed(desk: Desk) -> None:
    """Given an emoji or an invisible character in a field that comes onto the certificate, the field is named."""
    name = next(iter(desk.body["form"]))
    for value in ("开心小吃😀", "小\u200b吃", "小\x00吃"):
        answer = desk.world.call("zhangsan", "POST", "/intake/api/applications", json={**desk.body, "form": {**desk.body["form"], name: value}})
        assert name in [error["field"] for error in desk.refused(answer, 422, "form-wrong")["errors"]]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("表.pdf", b"MZ" + b"\x00" * 200, "file-type-wrong"),
        ("表.pdf", b"<html><script>alert(1)</script>", "file-type-wrong"),
        ("照片.jpg", b"GIF89a" + b"\x00" * 50, "file-type-wrong"),
        ("表.pdf", b"", "file-empty"),
        ("表.pdf", PDF + b"\x00" * (20 << 20), "file-too-large"),
    ],
)
def test_a_file_is_judged_by_its_content(desk: Desk, name: str, content: bytes, code: str) -> None:
    """Given a file whose name lies, an empty or a too large one, it is not kept (APP-04)."""
    before = _kept(desk)
    desk.refused(desk.world.call("zhangsan", "POST", "/intake/api/files", files={"file": (name, content)}), 422, code)
    assert _kept(desk) == before


def _kept(desk: Desk) -> int:
    return sum(1 for path in Path(desk.world.window.parts.files("intake")._folder).rglob("*") if path.is_file())  # noqa: SLF001 - what lies on the disk


def test_the_same_key_with_another_body(desk: Desk) -> None:
    """Given a key that stands for another application, the second is refused; the same body again gets the same receipt (APP-07)."""
    answer = desk.world.call("zhangsan", "POST", "/intake/api/applications", json={**desk.body, "materials": []}, headers={"Idempotency-Key": "the-first"})
    desk.refused(answer, 409, "idempotency-key-reused")
    kiosk = desk.world.call("kiosk1", "POST", "/intake/api/applications", json={**desk.body, "applicant": PERSON})
    desk.refused(kiosk, 428, "idempotency-key-missing")
    odd = desk.world.call("zhangsan", "POST", "/intake/api/applications", json=desk.body, headers={"Idempotency-Key": "two words"})
    desk.refused(odd, 400, "idempotency-key-wrong")


@pytest.mark.parametrize("content", [b"{not json", b"", b'"text"', b"[]", b"\xff\xfe", b'{"item": 1}'])
def test_a_body_that_is_no_application(desk: Desk, content: bytes) -> None:
    """Given bytes that are no JSON, or JSON of another shape, it is said so."""
    answer = desk.world.call("zhangsan", "POST", "/intake/api/applications", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    desk.refused(answer, answer.status_code, answer.json()["type"].rpartition(":")[2])


def test_a_body_that_is_too_large(desk: Desk) -> None:
    """Given more than a document may be, declared or in pieces, it is not read to its end."""
    large = b'{"item": "' + b"a" * (2 << 20) + b'"}'
    headers = {"Content-Type": "application/json"}
    desk.refused(desk.world.call("zhangsan", "POST", "/intake/api/applications", content=large, headers=headers), 413, "body-too-large")
    pieces = (large[start : start + 65536] for start in range(0, len(large), 65536))
    desk.refused(desk.world.call("zhangsan", "POST", "/intake/api/applications", content=pieces, headers=headers), 413, "body-too-large")


def _sign(desk: Desk, who: str, case: str, *, stage: str = "handle", seen: str | None = None, **changes: Any) -> httpx.Response:
    body = {"opinion": "材料齐全，建议准予。", "approves": True, "grounds": GROUNDS, "reasons": "", **changes}
    version = desk.world.do("market-leader", "GET", f"/workflow/api/cases/{case}")["version"]
    return desk.world.call(who, "POST", f"/workflow/api/cases/{case}/stages/{stage}/sign", json=body, headers={"If-Match": seen or f'"{version}"'})


@pytest.mark.parametrize(
    ("who", "stage", "code"),
    [
        ("health-handler", "handle", "not-your-stage"),
        ("market-head", "handle", "authority-missing"),
        ("clerk1", "handle", "authority-missing"),
        ("market-leader", "approve", "stage-not-open"),
        ("market-handler", "moon", "no-such-stage"),
    ],
)
def test_a_signature_without_authority(desk: Desk, who: str, stage: str, code: str) -> None:
    """Given somebody of another department, another role, or before his turn, the stage stays unsigned (FLW-02, SEC-01)."""
    answer = _sign(desk, who, desk.accepted, stage=stage)
    assert answer.status_code in {403, 409}
    desk.refused(answer, answer.status_code, code)


@pytest.mark.parametrize("opinion", ["", "   ", "\n"])
def test_an_empty_opinion(desk: Desk, opinion: str) -> None:
    """Given no opinion, the stage stays unsigned (FLW-02)."""
    problem = desk.refused(_sign(desk, "market-handler", desk.accepted, opinion=opinion), 422, "opinion-missing")
    assert [error["field"] for error in problem["errors"]] == ["opinion"]


def test_deciding_twice(desk: Desk) -> None:
    """Given a decided case, no stage of it is signed again (FLW-08)."""
    answer = _sign(desk, "market-leader", desk.decided, stage="approve", approves=False, reasons="改主意了。")
    desk.refused(answer, 409, "decided-already")


def test_a_version_that_is_not_the_newest(desk: Desk) -> None:
    """Given a stale, a missing or a broken If-Match, nobody's work is overwritten."""
    desk.refused(_sign(desk, "market-handler", desk.accepted, seen='"1"'), 412, "stale")
    path = f"/intake/api/applications/{desk.received}/accept"
    desk.refused(desk.world.call("market-handler", "POST", path, json={}), 428, "if-match-missing")
    desk.refused(desk.world.call("market-handler", "POST", path, json={}, headers={"If-Match": "newest"}), 400, "if-match-wrong")
    desk.refused(desk.world.call("market-handler", "POST", path, json={}, headers={"If-Match": '"99"'}), 412, "stale")


def test_a_token_that_is_not_ours(desk: Desk) -> None:
    """Given a token signed by another key, one without a signature, an expired one, or one for somebody else's system, nobody is let in (SEC-03)."""
    now = desk.world.now()
    issuer = f"{desk.world.address}/identity"
    claims = {"iss": issuer, "aud": "onewindow", "sub": "x", "name": "外人", "roles": ["ADMINISTRATOR"], "exp": int((now + timedelta(hours=1)).timestamp())}
    ours = desk.world.window.parts.secrets.signing_key("identity")
    header = {"alg": "ES256", "kid": ours.kid}
    tokens = [
        jwt.encode(header, claims, ECKey.generate_key("P-256")),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwicm9sZXMiOlsiQURNSU5JU1RSQVRPUiJdfQ.",
        jwt.encode(header, {**claims, "exp": int((now - timedelta(seconds=1)).timestamp())}, ours),
        jwt.encode(header, {**claims, "aud": "somebody-else"}, ours),
        jwt.encode(header, {**claims, "iss": "https://elsewhere.example"}, ours),
        "no token at all",
    ]
    for token in tokens:
        answer = desk.world.call(None, "GET", "/supervision/api/cases", headers={"Authorization": f"Bearer {token}"})
        desk.refused(answer, 401, "sign-in-needed")


def test_what_belongs_to_another(desk: Desk) -> None:
    """Given another applicant, neither application nor receipt nor file of the first is his to see or to withdraw (SEC-03)."""
    for method, path in (("GET", ""), ("GET", "/materials/application-form"), ("POST", "/withdraw"), ("POST", "/corrections")):
        body: dict[str, Any] = {"reason": "不办了"} if path == "/withdraw" else {"materials": []}
        answer = desk.world.call("lisi", method, f"/intake/api/applications/{desk.received}{path}", **({"json": body} if method == "POST" else {}))
        desk.refused(answer, 404, "not-found")
    answer = desk.world.call("lisi", "POST", "/intake/api/applications", json=desk.body)
    desk.refused(answer, 422, "file-unknown")
    assert desk.world.call("lisi", "GET", "/intake/api/applications/mine").json()["items"] == []


def test_a_receipt_with_a_wrong_secret(desk: Desk) -> None:
    """Given the number of a receipt without its secret, nothing of the application is said; after some tries, the next ones wait (APP-06)."""
    unknown = desk.world.call(None, "POST", "/intake/api/applications/follow", json={"number": "20260302-000999-0", "secret": "AAAA-AAAA"})
    wrong = [
        desk.world.call(None, "POST", "/intake/api/applications/follow", json={"number": desk.receipt["number"], "secret": "AAAA-AAAA"}) for _ in range(12)
    ]
    # Whoever guesses does not learn which numbers there are.
    assert unknown.json()["type"] == wrong[0].json()["type"]
    assert [answer.status_code for answer in wrong][-1] == 429
    assert all("食品" not in answer.text for answer in wrong)


def test_a_case_that_is_not_there(desk: Desk) -> None:
    """Given an id that stands for nothing, each service says that there is nothing."""
    nothing = uuid4()
    for who, path in (
        ("market-handler", f"/intake/api/applications/{nothing}"),
        ("market-handler", f"/workflow/api/cases/{nothing}"),
        ("supervisor1", f"/supervision/api/cases/{nothing}"),
    ):
        desk.refused(desk.world.call(who, "GET", path), 404, "not-found")
    desk.refused(desk.world.call("market-handler", "GET", "/workflow/api/cases/not-an-id"), 422, "content-wrong")


def test_a_notice_about_nothing(desk: Desk) -> None:
    """Given a notice without defects or about a material outside the guide, nothing is told (COR-01, COR-04)."""
    for defects, code in (({}, "defects-missing"), ({"surprise": "没有"}, "defects-unknown"), ({"application-form": " "}, "defects-missing")):
        seen = desk.world.do("market-handler", "GET", f"/intake/api/applications/{desk.received}")["version"]
        path = f"/intake/api/applications/{desk.received}/correction-notices"
        answer = desk.world.call("market-handler", "POST", path, json={"defects": defects, "justification": ""}, headers={"If-Match": f'"{seen}"'})
        desk.refused(answer, 422, code)
