"""What every service answers alike: problems, limits, preconditions, cursors, headers, documentation, figures."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from prometheus_client import REGISTRY, generate_latest
from starlette.routing import Mount

from services.chassis.auth import rules
from services.chassis.fields import field_name
from services.chassis.tracing import TraceFilter
from services.chassis.validation import message_of
from services.chassis.web.words import word
from services.kernel.actor import Actor, Role
from services.kernel.trace import TRACE
from tests.services.frame_sample import SECRET, sample_client, tokens_of

PROBLEM = "application/problem+json"
HANDLER = Actor("h-1", "示例承办人", frozenset({Role.HANDLER}), "market-regulation")
GOOD = {"name": "示例", "copies": 1, "on": "2026-03-02"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(name="client", scope="module")
def _client() -> TestClient:
    return sample_client()


def problem(answer: Response, status: int, code: str) -> dict[str, object]:
    """Give the document of a problem that must have this status and code."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    document: dict[str, object] = answer.json()
    assert document["type"] == f"urn:onewindow:problem:{code}"
    assert document["status"] == status
    assert document["title"]
    assert document["trace"] == answer.headers["trace-id"]
    return document


def test_wrong_fields_are_named_in_chinese(client: TestClient) -> None:
    """A body with wrong fields is answered 422 with each field and what is wrong with it, in words for people."""
    answer = client.post("/sample/api/things", json={"name": "x", "copies": 0})
    errors = problem(answer, 422, "content-wrong")["errors"]
    assert errors == [
        {"field": "name", "message": "至少 2 个字"},
        {"field": "copies", "message": "不能小于 1"},
        {"field": "on", "message": "必须填写"},
    ]


def test_people_read_names_of_fields_and_no_codes(client: TestClient) -> None:
    """A browser that sends what no form of ours sends gets a page that names each field in Chinese."""
    answer = client.post("/sample/api/things", json={"name": "x", "copies": 1}, headers=BROWSER)
    assert answer.status_code == 422
    listed = re.findall(r"<li>([^<]+)</li>", answer.text)
    assert listed == ["名称：至少 2 个字", "日期：必须填写"]


@pytest.mark.parametrize(
    ("path", "said"),
    [("materials.0.code", "材料第 1 项编码"), ("body", "内容"), ("form.floor-area", "申请表floor-area")],
)
def test_a_field_is_named_by_its_path(path: str, said: str) -> None:
    """Each part of a path has a name, places in lists are counted from one, and what has no name stands as it is written."""
    assert field_name(path) == said


def test_possible_values_are_told_in_words() -> None:
    """Where a value is none of the possible ones, people read what those are called, programs their codes."""
    error = {"type": "enum", "loc": ("query", "level"), "ctx": {"expected": "'YELLOW', 'RED' or 'ANOMALY'"}}
    assert message_of(error, word) == "不在可选范围内：黄牌、红牌、异常预警"
    assert message_of(error) == "不在可选范围内：YELLOW、RED、ANOMALY"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"copies": "viele"}, "应为整数"),
        ({"copies": 10}, "不能大于 9"),
        ({"on": "2026-02-30"}, "应为日期，如 2026-03-02"),
        ({"name": "字" * 21}, "最多 20 个字"),
        ({"name": "  "}, "不能全是空格"),
        ({"name": 5}, "应为文字"),
    ],
)
def test_each_mistake_has_its_message(client: TestClient, given: dict[str, object], message: str) -> None:
    """Each kind of mistake has its own Chinese message."""
    answer = client.post("/sample/api/things", json={**GOOD, **given})
    assert problem(answer, 422, "content-wrong")["errors"] == [{"field": next(iter(given)), "message": message}]


@pytest.mark.parametrize("body", [b"", b"no json", b'{"name": ', b"\xff\xfe\x00", b"[" * 900])
def test_a_body_that_is_no_json_is_refused(client: TestClient, body: bytes) -> None:
    """A body that cannot be read as JSON is answered 400 (an empty one 422, since nothing was given)."""
    answer = client.post("/sample/api/things", content=body, headers={"Content-Type": "application/json"})
    assert answer.headers["content-type"] == PROBLEM
    assert answer.status_code == (400 if body else 422)


def test_json_of_another_kind_is_refused(client: TestClient) -> None:
    """A JSON list where an object belongs is answered 422; a body that does not even claim to be JSON 415."""
    problem(client.post("/sample/api/things", json=[1]), 422, "content-wrong")
    problem(client.post("/sample/api/things", content=b"name=x", headers={"Content-Type": "text/plain"}), 415, "media-type-wrong")


def test_refusals_of_the_domain_keep_their_reason(client: TestClient) -> None:
    """A refused command says why and by which article: 409 for the state, 403 for authority, 422 for content, 404 where nothing is."""
    assert problem(client.get("/sample/api/wrong/refused"), 409, "already-decided")["article"] == "行政许可法 第四十二条"
    assert problem(client.get("/sample/api/wrong/not-allowed"), 403, "no-authority")["detail"] == "您没有这个环节的审批权限。"
    assert problem(client.get("/sample/api/wrong/invalid"), 422, "content-wrong")["errors"] == [{"field": "opinion", "message": "意见不能为空"}]
    problem(client.get("/sample/api/wrong/missing"), 404, "not-found")
    assert problem(client.get("/sample/api/wrong/problem"), 409, "taken")["slots"] == ["09:00"]


def test_unknown_addresses_and_methods_are_problems(client: TestClient) -> None:
    """What is not there is 404; a method that is not there is 405 and says which are."""
    problem(client.get("/sample/nowhere"), 404, "not-found")
    answer = client.delete("/sample/api/mine")
    problem(answer, 405, "method-wrong")
    assert answer.headers["allow"] == "GET"


def test_an_unexpected_error_leaks_nothing(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """A bug is answered 500 with the number under which the log has its cause, and with nothing of the cause; the headers are there too."""
    answer = client.get("/sample/api/wrong/bug")
    document = problem(answer, 500, "unexpected")
    assert SECRET not in answer.text
    assert str(document["trace"]) in str(document["detail"])
    [logged] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert str(document["trace"]) in logged.getMessage()
    assert SECRET in str(logged.exc_info)
    assert "content-security-policy" in answer.headers


def test_the_trace_of_the_caller_goes_into_answer_and_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """A W3C traceparent is taken over, in threads too; a malformed one, or one of zeros, gives way to a new id."""
    caplog.handler.addFilter(tracing := TraceFilter())
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    try:
        answer = client.get("/sample/api/wrong/problem", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    finally:
        caplog.handler.removeFilter(tracing)
    assert answer.headers["trace-id"] == trace
    [record] = [record for record in caplog.records if record.name == "sample"]
    assert getattr(record, "trace", None) == trace
    assert TRACE.get() == "-"
    for wrong in ("00-" + "0" * 32 + "-00f067aa0ba902b7-01", f"00-{trace}", f"00-{trace.upper()}-00f067aa0ba902b7-01", "ff-" + trace + "-00f067aa0ba902b7-01"):
        found = client.get("/sample/health", headers={"traceparent": wrong}).headers["trace-id"]
        assert re.fullmatch("[0-9a-f]{32}", found)
        assert found not in wrong


def test_browsers_get_problems_as_pages(client: TestClient) -> None:
    """A browser gets the problem as a Chinese page in the common frame, with the same status and the number to ask for."""
    answer = client.get("/sample/nowhere", headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="zh-CN"' in answer.text
    assert "没有找到" in answer.text
    assert answer.headers["trace-id"] in answer.text
    bug = client.get("/sample/api/wrong/bug", headers=BROWSER)
    assert bug.status_code == 500
    assert "系统错误" in bug.text
    assert SECRET not in bug.text


def test_error_pages_escape_what_they_quote(client: TestClient) -> None:
    """What a caller sends comes back as text, never as markup."""
    client.cookies.clear()
    token = re.search(r'name="csrf-token" content="([0-9a-f]+)"', client.get("/sample/nowhere", headers=BROWSER).text)
    assert token
    answer = client.post("/sample/opinions", data={"opinion": "<script>alert(1)</script>", "csrf_token": token[1]}, headers=BROWSER)
    assert answer.status_code == 200
    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_error_pages_know_who_is_signed_in(client: TestClient) -> None:
    """An address that no endpoint has still shows the name of whoever is signed in, and a way out."""
    client.cookies.set("onewindow_session", tokens_of(HANDLER))
    try:
        answer = client.get("/sample/nowhere", headers=BROWSER)
    finally:
        client.cookies.clear()
    assert "示例承办人" in answer.text
    assert "退出" in answer.text


def test_programs_that_accept_anything_get_documents(client: TestClient) -> None:
    """JSON goes to whoever prefers it or does not care."""
    for accept in ("*/*", "application/json", "application/problem+json, text/html;q=0.1"):
        problem(client.get("/sample/nowhere", headers={"Accept": accept}), 404, "not-found")


def test_whoever_must_sign_in_is_told_so(client: TestClient) -> None:
    """A program gets 401 and the scheme; a browser goes to the login page and comes back to the address with its query."""
    answer = client.get("/sample/api/mine")
    problem(answer, 401, "sign-in-needed")
    assert answer.headers["www-authenticate"] == "Bearer"
    sent = client.get("/sample/api/mine?page=2", headers=BROWSER)
    assert sent.status_code == 303
    assert sent.headers["location"] == "/sample/session/login?next=%2Fsample%2Fapi%2Fmine%3Fpage%3D2"


def pieces(count: int, size: int) -> Iterator[bytes]:
    """Give a body in pieces, its length undeclared."""
    for _ in range(count):
        yield b"x" * size


def test_too_large_a_body_is_refused(client: TestClient) -> None:
    """A declared length above the limit is 413 (JSON 1000 bytes here, uploads 5000); what is within passes."""
    problem(client.post("/sample/api/things", json={**GOOD, "name": "x" * 2000}), 413, "body-too-large")
    problem(client.post("/sample/api/unread", content=b"x" * 1001), 413, "body-too-large")
    problem(client.post("/sample/api/files", files={"file": b"x" * 6000}), 413, "body-too-large")
    assert client.post("/sample/api/things", json=GOOD).status_code == 201
    assert client.post("/sample/api/unread", content=b"x" * 1000).status_code == 200


def test_too_large_a_body_without_a_length_is_refused(client: TestClient) -> None:
    """A chunked body is counted as it comes, and refused as soon as it is too large, whoever reads it."""
    json_type = {"Content-Type": "application/json"}
    problem(client.post("/sample/api/things", content=pieces(11, 100), headers=json_type), 413, "body-too-large")
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    multipart = {"Content-Type": "multipart/form-data; boundary=b"}
    problem(client.post("/sample/api/files", content=iter([head, *pieces(60, 100)]), headers=multipart), 413, "body-too-large")
    problem(client.post("/sample/api/things", content=pieces(11, 100), headers={**json_type, "Content-Length": "10"}), 413, "body-too-large")


def test_reading_stops_at_the_limit(client: TestClient) -> None:
    """The rest of a body that is too large is not read: an endless one is answered too."""
    taken = 0

    async def endless() -> dict[str, object]:
        nonlocal taken
        taken += 100
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    answers = _call(client.app, "/sample/api/things", [(b"content-type", b"application/json")], endless)
    assert answers[0]["status"] == 413
    assert taken == 1100


def _call(app: object, path: str, headers: list[tuple[bytes, bytes]], receive: object) -> list[dict[str, object]]:
    import asyncio  # noqa: PLC0415 - the only test that needs a loop of its own

    answers: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        answers.append(message)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode(), "root_path": ""}
    scope |= {"scheme": "http", "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}
    asyncio.run(app(scope, receive, send))  # type: ignore[operator]
    return answers


def test_nobody_overwrites_unseen_changes(client: TestClient) -> None:
    """A change without If-Match is 428, with an old version 412, with nonsense 400; with the right one it gives the new ETag."""
    signed_in = {"Authorization": f"Bearer {tokens_of(HANDLER)}"}
    problem(client.put("/sample/api/things/1", headers=signed_in), 428, "if-match-missing")
    problem(client.put("/sample/api/things/1", headers={**signed_in, "If-Match": '"2"'}), 412, "stale")
    problem(client.put("/sample/api/things/1", headers={**signed_in, "If-Match": "3"}), 400, "if-match-wrong")
    answer = client.put("/sample/api/things/1", headers={**signed_in, "If-Match": '"3"'})
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"4"'


def test_an_idempotency_key_is_short_and_visible(client: TestClient) -> None:
    """A key of 1 to 128 visible characters is taken over; any other is refused (APP-07)."""
    assert client.post("/sample/api/things", json=GOOD, headers={"Idempotency-Key": "k" * 128}).json()["key"] == "k" * 128
    for key in ("", "k" * 129, "two words", "ключ".encode()):
        answer = client.post("/sample/api/things", json=GOOD, headers={"Idempotency-Key": key})
        problem(answer, 400, "idempotency-key-wrong")


def test_cursors_walk_through_a_list(client: TestClient) -> None:
    """Following `next` gives every row once, and none at the end."""
    items, cursor = [], ""
    while cursor is not None:
        page = client.get("/sample/api/things", params={"cursor": cursor}).json()
        items += page["items"]
        cursor = page["next"]
    assert items == list(range(1, 13))


@pytest.mark.parametrize("cursor", ["x", "%%%%", "WyJ4Il0", "W10", "WzEsMl0", "字", "eyJhIjoxfQ"])
def test_a_cursor_of_another_list_is_refused(client: TestClient, cursor: str) -> None:
    """What is no cursor of this list is a problem, never an error of ours."""
    problem(client.get("/sample/api/things", params={"cursor": cursor}), 400, "cursor-wrong")


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    """Pages, documents and problems alike: scripts and styles only from ourselves, no framing, no sniffing, nothing kept."""
    for path in ("/sample/health", "/sample/nowhere", "/sample/api/wrong/bug", "/sample/docs"):
        headers = client.get(path, headers=BROWSER).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        assert policy["form-action"].split() == ["'self'", "http://provider.example"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_assets_are_kept_forever_under_their_version(client: TestClient) -> None:
    """Every script and style of a page is served from our own address, to be kept; under another version, or off the list, nothing is."""
    page = client.get("/sample/nowhere", headers=BROWSER).text
    addresses = re.findall(r'(?:href|src|content)="(/sample/assets/[^"]+)"', page)
    assert {address.rsplit("/", 1)[1] for address in addresses} >= {"govuk.css", "govuk.js", "onewindow.css", "onewindow.js", "favicon.svg"}
    assert not re.search(r'(?:href|src)="(?:https?:)?//', page)
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    name = addresses[0].rsplit("/", 1)[1]
    assert client.get(f"/sample/assets/0000/{name}").status_code == 404
    assert client.get("/sample/assets/0000/..%2f..%2fhttp.py").status_code == 404


def test_no_reserved_font_is_served(client: TestClient) -> None:
    """The font and the crest that are reserved for GOV.UK are neither used nor asked for."""
    page = client.get("/sample/nowhere", headers=BROWSER).text
    [address] = re.findall(r'href="([^"]+govuk\.css)"', page)
    styles = client.get(address).text
    for reserved in ("GDS Transport", "@font-face", "url("):
        assert reserved not in styles


def test_the_document_says_who_may_call_and_what_goes_wrong(client: TestClient) -> None:
    """OpenAPI names the problem of every operation, the roles that may call it, and the address it is served under."""
    document = client.get("/sample/openapi.json").json()
    assert document["servers"] == [{"url": "/sample"}]
    assert {"HTTPValidationError", "ValidationError"}.isdisjoint(document["components"]["schemas"])
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == 7
    for operation in operations:
        assert operation["responses"]["default"]["content"] == {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        assert "422" not in operation["responses"]
    changing = document["paths"]["/api/things/{thing}"]["put"]
    assert changing["x-roles"] == ["HANDLER"]
    assert changing["security"] == [{"token": []}]
    assert "security" not in document["paths"]["/api/things"]["get"]
    assert {one["name"] for one in changing["parameters"]} == {"thing", "if-match"}
    assert json.dumps(document)


def test_requests_are_counted_by_the_route_as_declared(client: TestClient) -> None:
    """Figures go by route template, never by the address called, so that nobody can make endless labels."""
    for address in ("/sample/api/wrong/problem", "/sample/nowhere/made-up-label"):
        client.get(address)
    client.request("BREW", "/sample/api/mine")
    text = generate_latest(REGISTRY).decode()
    assert 'onewindow_http_answers_total{method="GET",route="/api/wrong/{what}",service="sample",status="409"}' in text
    assert 'onewindow_http_request_seconds_count{method="other"' in text
    assert "made-up-label" not in text
    assert "BREW" not in text


def test_every_route_is_walked_for_its_rule(client: TestClient) -> None:
    """The walk over the rules sees the routes of mounted apps and of included routers: none is left out unseen (SEC-01)."""
    assert isinstance(client.app, FastAPI)
    [mount] = [route for route in client.app.routes if isinstance(route, Mount)]
    walked = {path: rule for path, _, rule in rules(client.app)}
    assert mount.path == "/sample"
    assert {"/sample/api/things/{thing}", "/sample/session/login", "/sample/health", "/sample/opinions"} <= walked.keys()
    changing = walked["/sample/api/things/{thing}"]
    assert changing is not None
    assert changing.roles == {Role.HANDLER}
    assert all(rule is not None for rule in walked.values())
