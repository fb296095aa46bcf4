"""Browsers sign in with the identity provider, keep a session, and cannot be made to act by other sites (SEC-01, SEC-03)."""

import secrets
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from services.chassis.auth.access import SESSION_COOKIE, VISITOR_COOKIE
from services.chassis.auth.session import FLOW_COOKIE
from tests.services.identity_sample import ADDRESS, House, csrf_token, query, send, start

UNDECLARED = {"Content-Type": "Application/X-WWW-Form-Urlencoded"}


@pytest.fixture(name="house")
def _house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_person_logs_in_and_comes_back(house: House) -> None:
    """Whoever must sign in goes to the login page, and afterwards to where they wanted to go, query and all."""
    browser = house.browser()
    refused = browser.get("/sample/api/who?page=2")
    assert refused.status_code == 303
    login = browser.get(refused.headers["location"])
    page = login.headers["location"]
    assert page.startswith(f"{ADDRESS}/identity/authorize?")
    asked = query(page)
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 16
    sent = send(browser, page, "zhangsan")
    assert sent.status_code == 303
    assert query(sent.headers["location"])["state"] == asked["state"]
    back = browser.get(sent.headers["location"])
    assert (back.status_code, back.headers["location"]) == (303, "/sample/api/who?page=2")
    assert browser.get("/sample/api/who").json() == "张三（示例）"


def test_the_session_is_out_of_reach_for_scripts_and_other_sites(house: House) -> None:
    """The session cookie is HttpOnly, SameSite=Lax and for every service, ends with the token, and the flow's cookie is gone."""
    back = house.log_in(house.browser())
    [session] = [line for line in back.headers.get_list("set-cookie") if line.startswith(SESSION_COOKIE)]
    parts = {part.strip().lower() for part in session.split(";")}
    assert {"httponly", "samesite=lax", "path=/", "max-age=36000"} <= parts
    [flow] = [line for line in back.headers.get_list("set-cookie") if line.startswith(FLOW_COOKIE)]
    assert "max-age=0" in flow.lower()


def test_a_session_ends_with_its_token(house: House) -> None:
    """When the token has expired, a browser is sent to the login page again, and a change is refused."""
    browser = house.browser()
    house.log_in(browser, "health-handler")
    token = csrf_token(browser.get("/sample/nowhere").text)
    house.time.advance_to(house.time().replace(hour=12))
    assert browser.get("/sample/api/who").headers["location"].startswith("/sample/session/login?")
    assert browser.post("/sample/api/cases", headers={"X-CSRF-Token": token}).status_code == 401


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/a\r\nSet-Cookie: x=1",
        "/" * 2,
    ],
)
def test_nobody_is_sent_to_another_site(house: House, elsewhere: str) -> None:
    """An address that is not ours gives way to the home page."""
    assert house.log_in(house.browser(), to=elsewhere).headers["location"] == "/"


def test_a_very_long_way_back_does_not_stop_the_login(house: House) -> None:
    """The way back is kept in a cookie; one too long for it is given up, not the login."""
    browser = house.browser()
    assert house.log_in(browser, to="/" + "字" * 2000).headers["location"] == "/"
    assert browser.get("/sample/api/who").status_code == 200


def test_a_callback_with_another_state_is_refused(house: House) -> None:
    """A code that somebody else sends the browser to logs nobody in: the state is not that of this browser."""
    browser, other = house.browser(), house.browser()
    own = send(browser, start(browser), "zhangsan").headers["location"]
    theirs = send(other, start(other), "zhangsan").headers["location"]
    for callback in (theirs, own.replace(query(own)["state"], query(theirs)["state"]), own.split("&state=")[0]):
        assert browser.get(callback).status_code == 400
    assert SESSION_COOKIE not in browser.cookies


def test_a_login_for_another_request_is_refused(house: House) -> None:
    """A code that was given for another request of ours (its nonce tells) logs nobody in."""
    browser = house.browser()
    page = start(browser)
    callback = send(browser, page.replace(query(page)["nonce"], "another"), "zhangsan").headers["location"]
    assert browser.get(callback).status_code == 400
    assert SESSION_COOKIE not in browser.cookies


def test_both_tokens_must_be_about_one_person(house: House) -> None:
    """A provider that says who logged in, and gives the token of somebody else, logs nobody in."""
    browser, real = house.browser(), house.provider.http

    def mixed_up(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=real.get(str(request.url)).json())
        tokens = real.post(str(request.url), data={name: values[0] for name, values in parse_qs(request.content.decode()).items()}).json()
        return httpx.Response(200, json={**tokens, "access_token": other})

    other = house.token_of("health-handler")
    house.provider.http = httpx.Client(transport=httpx.MockTransport(mixed_up))
    assert house.log_in(browser).status_code == 400
    other = house.token_of("zhangsan")
    assert house.log_in(browser).status_code == 303


def test_a_callback_without_a_flow_is_refused(house: House) -> None:
    """No flow, a flow of our own making, or one of more than ten minutes ago: nobody is logged in."""
    browser = house.browser()
    page = start(browser)
    callback = send(browser, page, "zhangsan").headers["location"]
    kept = browser.cookies[FLOW_COOKIE]
    del browser.cookies[FLOW_COOKIE]
    assert browser.get(callback).status_code == 400
    claims = {"state": query(callback)["state"], "nonce": query(page)["nonce"], "verifier": "x" * 43, "next": "/", "exp": 2**31}
    forged = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secrets.token_bytes(32)))
    assert browser.get(callback, headers={"Cookie": f"{FLOW_COOKIE}={forged}"}).status_code == 400
    house.time.advance_to(house.time().replace(minute=16))
    assert browser.get(callback, headers={"Cookie": f"{FLOW_COOKIE}={kept}"}).status_code == 400
    assert SESSION_COOKIE not in browser.cookies


def test_a_provider_that_refuses_says_so(house: House) -> None:
    """When the provider comes back with an error instead of a code, a page says that the login was not finished."""
    browser = house.browser()
    state = query(start(browser))["state"]
    answer = browser.get("/sample/session/callback", params={"error": "access_denied", "state": state})
    assert answer.status_code == 400
    assert "登录未完成" in answer.text


def test_a_code_is_worth_one_login(house: House) -> None:
    """The address of a callback, kept by a browser's history, logs nobody in for a second time."""
    browser = house.browser()
    callback = send(browser, start(browser), "zhangsan").headers["location"]
    flow = browser.cookies[FLOW_COOKIE]
    assert browser.get(callback).status_code == 303
    again = house.browser()
    assert again.get(callback, headers={"Cookie": f"{FLOW_COOKIE}={flow}"}).status_code == 400
    assert SESSION_COOKIE not in again.cookies


def test_logging_out_needs_the_page_and_ends_the_session(house: House) -> None:
    """Another site cannot log anybody out; our own form does."""
    browser = house.browser()
    house.log_in(browser)
    assert browser.post("/sample/session/logout").status_code == 403
    token = csrf_token(browser.get("/sample/nowhere").text)
    answer = browser.post("/sample/session/logout", data={"csrf_token": token})
    assert answer.headers["location"].startswith(f"{ADDRESS}/identity/logout?")
    assert browser.get(answer.headers["location"]).headers["location"] == f"{ADDRESS}/"
    assert browser.get("/sample/api/who").status_code == 303


def test_a_change_by_cookie_needs_the_token_of_the_page(house: House) -> None:
    """With the session alone, no change is made, whatever the body claims to be; with the page's token in header or form, it is."""
    browser = house.browser()
    house.log_in(browser, "health-handler")
    for headers in (
        {},
        {"Content-Type": "application/json"},
        {"Content-Type": "text/plain"},
        UNDECLARED,
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": "字".encode()},
    ):
        assert browser.post("/sample/api/cases", headers=headers).status_code == 403
    assert browser.post("/sample/api/cases", data={"csrf_token": "0" * 64}).status_code == 403
    token = csrf_token(browser.get("/sample/nowhere").text)
    assert browser.post("/sample/api/cases", headers={"X-CSRF-Token": token}).status_code == 200
    assert browser.post("/sample/api/cases", data={"csrf_token": token}).status_code == 200
    assert browser.post("/sample/api/cases", data={"csrf_token": token}, files={"file": b"x"}).status_code == 200


def test_the_token_of_another_session_does_not_fit(house: House) -> None:
    """The token of a page that somebody else was shown, or that was shown before the login, is refused."""
    browser, other = house.browser(), house.browser()
    before = csrf_token(browser.get("/sample/nowhere").text)
    house.log_in(browser, "health-handler")
    house.log_in(other, "zhangsan")
    theirs = csrf_token(other.get("/sample/nowhere").text)
    for token in (before, theirs):
        assert browser.post("/sample/api/cases", headers={"X-CSRF-Token": token}).status_code == 403


def test_forms_before_any_login_are_protected_too(house: House) -> None:
    """A visitor's form needs the token of a page shown to that visitor; a program's JSON, which no form can send, does not."""
    browser = house.browser()
    assert browser.post("/sample/api/questions", data={"text": "x"}).status_code == 403
    assert browser.post("/sample/api/questions", content=b"text=x", headers=UNDECLARED).status_code == 403
    page = browser.get("/sample/nowhere")
    assert VISITOR_COOKIE in browser.cookies
    assert browser.post("/sample/api/questions", data={"csrf_token": csrf_token(page.text)}).status_code == 200
    assert house.browser().post("/sample/api/questions", data={"csrf_token": csrf_token(page.text)}).status_code == 403
    assert house.program().post("/sample/api/questions", json={}).status_code == 200


def test_a_program_with_a_bearer_token_needs_no_page(house: House) -> None:
    """A bearer token is never sent by a browser of itself: no CSRF token is asked for, and a cookie beside it does not count."""
    headers = {"Authorization": f"Bearer {house.token_of('health-handler')}"}
    assert house.program().post("/sample/api/cases", headers=headers).status_code == 200
    browser = house.browser()
    house.log_in(browser, "health-handler")
    mine = {"Authorization": f"Bearer {house.token_of('zhangsan')}"}
    assert browser.get("/sample/api/who", headers=mine).json() == "张三（示例）"
    assert browser.post("/sample/api/cases", headers=mine).status_code == 403
    assert browser.post("/sample/api/cases", headers={"Authorization": "Bearer "}).status_code == 401


def test_whoever_comes_to_localhost_goes_on_where_the_provider_is(tmp_path: Path) -> None:
    """On one's own machine both names work; a service at another port of it, or another machine, is not taken for the provider's."""
    house = House(tmp_path, address="http://127.0.0.1:8000")
    answer = house.browser().get("http://localhost:8000/sample/session/login?next=/sample/x%3Fa=1")
    assert answer.headers["location"] == "http://127.0.0.1:8000/sample/session/login?next=/sample/x%3Fa=1"
    for address in ("http://localhost:8001", "http://127.0.0.1:8000", "http://hall.example:8000"):
        asked = house.browser().get(f"{address}/sample/session/login").headers["location"]
        assert asked.startswith("http://127.0.0.1:8000/identity/authorize?")


def test_over_https_cookies_stay_there(tmp_path: Path) -> None:
    """Where people reach us by https, no cookie travels without it."""
    house = House(tmp_path, secure=True)
    browser = house.browser()
    login = browser.get("/sample/session/login")
    page = browser.get("/sample/nowhere")
    for line in (*login.headers.get_list("set-cookie"), *page.headers.get_list("set-cookie")):
        assert "secure" in line.lower()
    assert "strict-transport-security" in page.headers
