"""The short way of a plain request says just what the long way of FastAPI would say, and whatever is not plain goes the long way."""

from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Query, Request, Response
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import BaseModel

from services.chassis.auth import Anyone, allow
from services.chassis.http import create_app
from services.chassis.http_plan import plan_of
from services.chassis.http_shortcut import Shortcut
from services.chassis.limits import MIB
from services.chassis.web.pages import Pages
from services.kernel.actor import Actor, Role
from tests.services.frame_sample import DEPARTMENTS, NOW, access, router, tokens_of, wrong

more = APIRouter()
TOKEN = {"Authorization": f"Bearer {tokens_of(Actor('h', '李四', frozenset({Role.HANDLER})))}"}
OTHER = {"Authorization": f"Bearer {tokens_of(Actor('z', '张三', frozenset({Role.APPLICANT})))}"}
BROWSER = {"Accept": "text/html", "Cookie": "onewindow_visitor=me"}
THING = {"name": "书本", "copies": 2, "on": "2026-03-02"}


class Counted(BaseModel):
    """An answer with a model of its own."""

    count: int


def way(request: Request) -> str:
    """Say which way a request came: only FastAPI's own puts a stack of clean-ups in the scope."""
    return "long" if "fastapi_inner_astack" in request.scope else "short"


@more.get("/way/{number}")
def counted(number: int, request: Request, response: Response, _: Anyone, more: Annotated[int, Query(le=9)] = 0) -> Counted:
    """Count, and say by which way."""
    response.headers["Way"] = way(request)
    return Counted(count=number + more)


@more.post("/way", status_code=201)
def told(body: Counted, request: Request, response: Response, _: Annotated[Actor, allow(Role.HANDLER)]) -> dict[str, Any]:
    """Take a count, and say by which way."""
    response.status_code = 202
    response.headers["Way"] = way(request)
    return {"taken": body}


@more.get("/way/last/one")
async def awaited(request: Request, response: Response, _: Anyone) -> dict[str, str]:
    """Answer from a coroutine."""
    response.headers["Way"] = way(request)
    return {}


@more.get("/text")
def text(request: Request, _: Anyone) -> Response:
    """Give a whole response."""
    return Response("文字", media_type="text/plain", headers={"Way": way(request)})


@more.get("/promised")
def promised(_: Anyone) -> Counted:
    """Promise one thing and give another."""
    return {"count": "none"}  # type: ignore[return-value]


@more.get("/failing/{what}")
def failing(what: str, actor: Anyone) -> str:
    """Fail in as many ways as the sample."""
    wrong(what, actor)
    return "never"


@more.get("/gone")
def gone(_: Anyone) -> str:
    """Raise what FastAPI answers by itself."""
    raise HTTPException(410, headers={"Retry-After": "9"})


@more.get("/{rest:path}")
def whatever(rest: str, _: Anyone) -> str:
    """Take any path."""
    return rest


@more.get("/late/one")
def late(_: Anyone) -> str:
    """Never be reached."""
    return "late"


def application(*, short: bool) -> FastAPI:
    """Give the application, with the short way or without."""
    app = create_app("sample", "样例", access=access(), pages=Pages("sample", lambda: NOW, DEPARTMENTS), most_body=MIB, most_json=1000)
    app.include_router(router, prefix="/api")
    app.include_router(more, prefix="/more")
    if not short:
        app.user_middleware = [one for one in app.user_middleware if "Shortcut" not in repr(one)]
    house = FastAPI(openapi_url=None)
    house.mount("/sample", app)
    if short:
        house.add_middleware(Shortcut)
    return house


SHORT = TestClient(application(short=True), follow_redirects=False, raise_server_exceptions=False)
LONG = TestClient(application(short=False), follow_redirects=False, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/more/way/7", {}),
        ("GET", "/more/way/7?more=9", {}),
        ("GET", "/more/text", {}),
        ("POST", "/more/way", {"json": {"count": 1}, "headers": TOKEN}),
    ],
)
def test_what_is_plain_goes_the_short_way_and_the_answer_is_the_same(method: str, path: str, options: Mapping[str, Any]) -> None:
    """Given an application in its frame, when something is rightly asked, then it is answered the short way, as the long way would have answered."""
    short, long = (client.request(method, f"/sample{path}", **options) for client in (SHORT, LONG))

    assert (short.headers.pop("way"), long.headers.pop("way")) == ("short", "long")
    assert said(short) == said(long)


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/api/things", {}),
        ("GET", "/api/things?cursor=nothing", {}),
        ("POST", "/api/things", {"json": THING}),
        ("POST", "/api/things", {"json": THING, "headers": {"Idempotency-Key": "k" * 200}}),
        ("POST", "/api/things", {"json": {**THING, "copies": 20, "name": "x"}}),
        ("POST", "/api/things", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
        ("POST", "/api/things", {"content": b"\xff", "headers": {"Content-Type": "application/json"}}),
        ("POST", "/api/things", {"content": b"", "headers": {"Content-Type": "application/json"}}),
        ("POST", "/api/things", {"content": b"null", "headers": {"Content-Type": "application/json"}}),
        ("POST", "/api/things", {"content": b'{"name":"ab"}', "headers": {"Content-Type": "text/plain"}}),
        ("POST", "/api/things", {"json": {**THING, "name": "x" * 2000}}),
        ("POST", "/api/things", {"content": iter([b"x" * 600, b"y" * 600]), "headers": {"Content-Type": "application/json"}}),
        ("POST", "/api/things", {"json": THING, "headers": {"Cookie": "onewindow_session=old"}}),
        ("POST", "/api/files", {"files": {"file": ("a.txt", b"abc")}}),
        ("POST", "/api/unread", {}),
        ("POST", "/api/unread", {"data": {"csrf_token": "wrong"}, "headers": {"Cookie": "onewindow_visitor=me"}}),
        ("POST", "/api/unread", {"data": {"a": "x" * 2000}, "headers": {"Cookie": "onewindow_visitor=me"}}),
        ("PUT", "/api/things/3", {"headers": {**TOKEN, "If-Match": '"3"'}}),
        ("PUT", "/api/things/3", {"headers": {**TOKEN, "If-Match": '"2"'}}),
        ("PUT", "/api/things/3", {"headers": {**TOKEN, "If-Match": "3"}}),
        ("PUT", "/api/things/3", {"headers": TOKEN}),
        ("PUT", "/api/things/three", {"headers": {**TOKEN, "If-Match": '"3"'}}),
        ("PUT", "/api/things/3", {"headers": {**OTHER, "If-Match": '"3"'}}),
        ("PUT", "/api/things/3", {"headers": {"If-Match": '"3"'}}),
        ("DELETE", "/api/things/3", {}),
        ("HEAD", "/api/things", {}),
        ("GET", "/api/things/", {}),
        ("GET", "/api/mine", {}),
        ("GET", "/api/mine", {"headers": TOKEN}),
        ("GET", "/api/mine", {"headers": BROWSER}),
        ("GET", "/api/mine", {"headers": {"Authorization": "Bearer nonsense"}}),
        ("GET", "/nowhere", {}),
        ("GET", "/nowhere", {"headers": BROWSER}),
        ("GET", "", {}),
        ("GET", "/health", {}),
        ("GET", "/more/way/x", {}),
        ("GET", "/more/way/1?more=10", {}),
        ("GET", "/more/way/last/one", {}),
        ("GET", "/more/promised", {}),
        ("GET", "/more/any/path/at/all", {}),
        ("GET", "/more/late/one", {}),
        ("POST", "/more/way", {"json": {"count": "x"}, "headers": TOKEN}),
        ("POST", "/more/way", {"json": {"count": 1}}),
        *[("GET", f"/more/failing/{what}", {}) for what in ("refused", "not-allowed", "invalid", "missing", "problem", "bug", "unknown")],
        ("GET", "/more/failing/refused", {"headers": BROWSER}),
        ("GET", "/more/gone", {}),
    ],
)
def test_both_ways_say_the_same(method: str, path: str, options: Mapping[str, Any]) -> None:
    """Given an application in its frame, when anything is asked, rightly or wrongly, then the answer is the same by both ways, headers and all."""
    both = [dict(options), dict(options)]
    if not isinstance(options.get("content", b""), bytes):
        parts = list(options["content"])
        both = [{**options, "content": iter(parts)} for _ in both]
    short, long = (client.request(method, f"/sample{path}", **one) for client, one in zip((SHORT, LONG), both, strict=True))

    assert said(short) == said(long)


def said(answer: Any) -> tuple[int, list[tuple[str, str]], str]:
    """Give an answer without what is drawn anew for each request."""
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in {"trace-id", "way"}]
    trace = answer.headers.get("trace-id", "-")
    return answer.status_code, sorted(headers), answer.text.replace(trace, "")


def test_forms_files_and_coroutines_are_left_to_fastapi() -> None:
    """Given the routes of the sample, when their plans are made, then all have one that take a document and promise an answer."""
    planned = {one.path: plan_of(one) is not None for one in iter_route_contexts([*router.routes, *more.routes])}

    assert {path for path, has in planned.items() if not has} == {"/files", "/way/last/one", "/wrong/{what}"}
