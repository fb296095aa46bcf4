"""The embedded identity provider is an OIDC provider like any other, and gives nothing to those who guess, replay or pretend (SEC-01)."""

import json
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from services.chassis.http.throttle import FREE_TRIES, MOST_NAMES, Throttle
from services.identity.provider import BROWSER_CLIENT, TRIAL_CLIENT
from tests.services.identity_sample import ADDRESS, CALLBACK, ISSUER, PASSWORD, START, House, asking, csrf_token, query, send, start

pytestmark = pytest.mark.slow

VERIFIER = "v" * 43


@pytest.fixture(name="house")
def _house(tmp_path: Path) -> House:
    return House(tmp_path)


def redeem(house: House, code: str, **changes: str) -> tuple[int, str | None]:
    """Bring a code to the token endpoint; give the status and what is wrong."""
    form = {"grant_type": "authorization_code", "client_id": BROWSER_CLIENT, "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    answer = house.token(**{**form, **changes})
    return answer.status_code, answer.json().get("error")


def test_the_provider_describes_itself(house: House) -> None:
    """Discovery names the issuer and addresses that answer; the key set has the public key and nothing of the private one."""
    document = house.program().get("/identity/.well-known/openid-configuration").json()
    assert document["issuer"] == ISSUER
    assert document["code_challenge_methods_supported"] == ["S256"]
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "end_session_endpoint", "jwks_uri"):
        assert house.program().get(document[name]).status_code not in {404, 500}
    [key] = house.program().get(document["jwks_uri"]).json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert key["kid"]
    assert "d" not in key


def test_tokens_say_who_where_and_how_long(house: House) -> None:
    """The access token is for our services and carries roles and department; the ID token is for the browser's client and carries the nonce."""
    form = {"grant_type": "authorization_code", "client_id": BROWSER_CLIENT, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    answer = house.token(**form, code=house.code(VERIFIER))
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    keys = KeySet.import_key_set(house.program().get("/identity/jwks").json())
    access, identity = (jwt.decode(tokens[name], keys, algorithms=["ES256"]).claims for name in ("access_token", "id_token"))
    now = int(START.timestamp())
    who = {"iss": ISSUER, "sub": access["sub"], "iat": now, "exp": now + 36000, "name": "张三（示例）", "preferred_username": "zhangsan"}
    assert access == {**who, "aud": "onewindow", "jti": access["jti"], "roles": ["APPLICANT"], "department": None}
    assert identity == {**who, "aud": BROWSER_CLIENT, "nonce": "n"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 36000)


def test_a_code_is_redeemed_once(house: House) -> None:
    """The second time, the same code gives nothing."""
    code = house.code(VERIFIER)
    assert redeem(house, code) == (200, None)
    assert redeem(house, code) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"code_verifier": "字"},
        {"redirect_uri": f"{ADDRESS}/other/session/callback"},
        {"redirect_uri": ""},
        {"code": "guessed"},
        {"code": ""},
    ],
    ids=str,
)
def test_a_stolen_code_gives_nothing(house: House, changes: dict[str, str]) -> None:
    """Without the verifier that belongs to its challenge (PKCE), or for another address, a code gives nothing, and is worth nothing afterwards."""
    code = house.code(VERIFIER)
    assert redeem(house, **{"code": code, **changes}) == (400, "invalid_grant")
    if "code" not in changes:
        assert redeem(house, code) == (400, "invalid_grant")


def test_a_code_is_good_for_two_minutes(house: House) -> None:
    """A code that waits too long is refused; one that does not is taken at its last second."""
    early, late = house.code(VERIFIER), house.code(VERIFIER)
    house.time.advance_to(START.replace(minute=7))
    assert redeem(house, early) == (200, None)
    house.time.advance_to(START.replace(minute=7, second=1))
    assert redeem(house, late) == (400, "invalid_grant")


def test_a_challenge_that_is_no_challenge_gives_nothing(house: House) -> None:
    """A challenge in another script can be asked for, but never met; and is no error of ours."""
    code = query(send(house.browser(), asking(VERIFIER, code_challenge="字"), "zhangsan").headers["location"])["code"]
    assert redeem(house, code) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://evil.example/session/callback"},
        {"redirect_uri": f"{ADDRESS}.evil.example/sample/session/callback"},
        {"redirect_uri": "http://hall.example@evil.example/sample/session/callback"},
        {"redirect_uri": f"{ADDRESS}/sample/api/things"},
        {"redirect_uri": f"{ADDRESS}/sample/session/callback?next=//evil.example"},
        {"redirect_uri": f"{ADDRESS}/sample/session/callback#x"},
        {"redirect_uri": f"{ADDRESS}//evil.example/session/callback"},
        {"redirect_uri": "/sample/session/callback"},
        {"redirect_uri": ""},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
    ids=str,
)
def test_codes_go_to_our_services_only(house: House, changes: dict[str, str]) -> None:
    """An unknown client, an address that is no callback of ours, or a flow without PKCE: no login page, no code, no redirect."""
    browser = house.browser()
    address = asking(VERIFIER, **changes)
    assert browser.get(address).status_code == 400
    token = csrf_token(browser.get("/sample/nowhere").text)
    sent = browser.post(address, data={"username": "zhangsan", "password": PASSWORD, "csrf_token": token})
    assert sent.status_code == 400
    assert "location" not in sent.headers


def test_a_wrong_password_says_no_more_than_that(house: House) -> None:
    """Whether the account exists cannot be told from the answer; what was typed comes back as text."""
    browser = house.browser()
    page = start(browser)
    answers = [send(browser, page, name, "wrong-password") for name in ("zhangsan", "nobody-at-all", "kiosk1")]
    assert {answer.status_code for answer in answers} == {401}
    assert all("用户名或密码不正确" in answer.text for answer in answers)
    assert "<script>alert(1)" not in send(browser, page, "<script>alert(1)</script>").text
    assert "wrong-password" not in answers[0].text


def test_guessing_is_stopped_for_five_minutes(house: House) -> None:
    """After eight wrong passwords the right one is refused too, also through the token endpoint; others are not held up; later it works again."""
    browser = house.browser()
    page = start(browser)
    for _ in range(FREE_TRIES):
        assert send(browser, page, "zhangsan", "wrong-password").status_code == 401
    refused = send(browser, page, " ZhangSan ")
    assert refused.status_code == 429
    assert "5 分钟" in refused.text
    by_program = house.token(grant_type="password", client_id=TRIAL_CLIENT, username="zhangsan", password=PASSWORD)
    assert (by_program.status_code, by_program.headers["retry-after"]) == (429, "300")
    assert send(browser, page, "health-handler").status_code == 303
    house.time.advance_to(START.replace(minute=10))
    assert send(browser, page, "zhangsan").status_code == 303


def test_a_login_forgets_the_failures_before_it(house: House) -> None:
    """Seven wrong passwords and a right one, again and again, lock nobody out."""
    browser = house.browser()
    page = start(browser)
    for _ in range(2):
        for _ in range(FREE_TRIES - 1):
            assert send(browser, page, "zhangsan", "wrong-password").status_code == 401
        assert send(browser, page, "zhangsan").status_code == 303


def test_guessing_at_many_names_does_not_fill_the_memory() -> None:
    """Names whose failures are long past are forgotten when there are too many; those of the last five minutes are kept."""
    throttle = Throttle()
    for number in range(MOST_NAMES):
        throttle.failed(f"name-{number}", 0)
    for _ in range(FREE_TRIES):
        throttle.failed("zhangsan", 1000)
    assert len(throttle._failures) == 1  # noqa: SLF001 - how much is kept shows nowhere else
    assert not throttle.allows("zhangsan", 1001)


def test_a_login_form_from_elsewhere_is_refused(house: House) -> None:
    """Another site cannot log a browser in as somebody else: the form needs the token of our page."""
    browser = house.browser()
    assert browser.post(start(browser), data={"username": "zhangsan", "password": PASSWORD}).status_code == 403


def test_a_service_account_uses_its_secret_and_nothing_else(house: House) -> None:
    """A kiosk gets a token for its client secret, and no login; a person's name and password are no client (APP-02)."""
    answer = house.token(grant_type="client_credentials", client_id="kiosk1", client_secret=PASSWORD)
    assert answer.status_code == 200
    assert "id_token" not in answer.json()
    actor = house.access.verifier.verify(answer.json()["access_token"])
    assert (actor.name, sorted(actor.roles)) == ("示例终端", ["KIOSK"])
    for client, secret in (("zhangsan", PASSWORD), ("kiosk1", "wrong-secret"), ("nobody-at-all", PASSWORD)):
        refused = house.token(grant_type="client_credentials", client_id=client, client_secret=secret)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert send(house.browser(), asking(VERIFIER), "kiosk1").status_code == 401
    assert house.token(grant_type="password", client_id=TRIAL_CLIENT, username="kiosk1", password=PASSWORD).status_code == 400


def test_programs_bring_passwords_only_where_that_is_being_tried_out(tmp_path: Path, house: House) -> None:
    """The trial client gets a person's token; any other client does not, and where there is no trial client nobody does."""
    form = {"grant_type": "password", "username": "zhangsan", "password": PASSWORD}
    assert house.token(**form, client_id=TRIAL_CLIENT).status_code == 200
    assert house.token(**{**form, "password": "wrong-password"}, client_id=TRIAL_CLIENT).json()["error"] == "invalid_grant"
    assert house.token(**form, client_id=BROWSER_CLIENT).json() == {"error": "unsupported_grant_type"}
    serious = House(tmp_path / "serious", trial=False)
    assert serious.token(**form, client_id=TRIAL_CLIENT).json() == {"error": "unsupported_grant_type"}
    document = serious.program().get("/identity/.well-known/openid-configuration").json()
    assert document["grant_types_supported"] == ["authorization_code", "client_credentials"]


def test_user_information_is_for_the_bearer(house: House) -> None:
    """The token's holder reads name, roles and address; without a token nobody does."""
    headers = {"Authorization": f"Bearer {house.token_of('zhangsan')}"}
    document = house.program().get("/identity/userinfo", headers=headers).json()
    assert document == {"sub": document["sub"], "name": "张三（示例）", "roles": ["APPLICANT"], "department": None, "email": "zhangsan@example.com"}
    assert house.program().get("/identity/userinfo").status_code == 401


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", f"{ADDRESS}.evil.example/", "javascript:alert(1)"])
def test_logging_out_leads_to_no_other_site(house: House, target: str) -> None:
    """Only an address of ours is gone back to."""
    assert house.browser().get("/identity/logout", params={"post_logout_redirect_uri": target}).headers["location"] == "/"


GOOD = {"username": "WangWu88", "name": "王五（示例）", "email": "wangwu@example.com", "password": "correct-horse", "again": "correct-horse"}


def sign_up(house: House, **changes: str) -> tuple[int, str]:
    """Fill in the sign-up form; give status and page."""
    browser = house.browser()
    token = csrf_token(browser.get("/identity/sign-up").text)
    answer = browser.post("/identity/sign-up", data={**GOOD, **changes, "csrf_token": token})
    return answer.status_code, answer.text


def test_an_applicant_signs_up_and_logs_in(house: House) -> None:
    """The new account is an applicant's and no more; capitals in the name make no other name (APP-01)."""
    assert sign_up(house)[0] == 200
    browser = house.browser()
    page = start(browser)
    back = browser.get(send(browser, page, "wangwu88", "correct-horse").headers["location"])
    actor = house.access.verifier.verify(back.cookies["onewindow_session"])
    assert (actor.name, sorted(actor.roles), actor.department) == ("王五（示例）", ["APPLICANT"], None)
    assert house.accounts.email(actor.subject) == "wangwu@example.com"
    assert send(house.browser(), asking(VERIFIER), "WANGWU88", "correct-horse").status_code == 303


def test_nobody_takes_anothers_name(house: House) -> None:
    """A name that somebody has, in whatever capitals, is refused, and the account stays as it was."""
    for name in ("zhangsan", "ZHANGSAN", " zhangsan "):
        status, page = sign_up(house, username=name)
        assert status == 422
        assert "已被使用" in page
    assert house.token_of("zhangsan")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("username", "abc", "用户名为"),
        ("username", "张三张三", "用户名为"),
        ("username", "x" * 33, "用户名为"),
        ("username", "zhang san", "用户名为"),
        ("username", "-zhangsan", "用户名为"),
        ("name", "  ", "请填写姓名"),
        ("name", "张\u202e三", "请填写姓名"),
        ("name", "字" * 61, "最多 60 个字"),
        ("email", "zhangsan", "电子邮箱格式不正确"),
        ("email", "a@b", "电子邮箱格式不正确"),
        ("email", "a@example.com\nBcc: b@example.com", "电子邮箱格式不正确"),
        ("password", "short", "密码为 10 至 128 位"),
        ("password", "x" * 129, "密码为 10 至 128 位"),
        ("again", "correct-house", "两次输入的密码不一致"),
    ],
)
def test_each_mistake_in_signing_up_is_said(house: House, field: str, value: str, message: str) -> None:
    """The page comes back with what is wrong at the field, what was typed, and without the passwords; no account is made."""
    status, page = sign_up(house, **{field: value})
    assert status == 422
    assert message in page
    assert 'aria-invalid="true"' in page or "govuk-error-message" in page
    assert "correct-horse" not in page
    assert "王五（示例）" in page or field == "name"
    answer = house.token(grant_type="password", client_id=TRIAL_CLIENT, username="wangwu88", password="correct-horse")
    assert answer.json()["error"] == "invalid_grant"


def test_nobody_makes_themselves_an_officer(house: House) -> None:
    """Fields that the form does not have change nothing."""
    assert sign_up(house, roles="ADMINISTRATOR", department="health", service="true")[0] == 200
    token = house.token(grant_type="password", client_id=TRIAL_CLIENT, username="wangwu88", password="correct-horse").json()["access_token"]
    assert json.loads(house.program().get("/identity/userinfo", headers={"Authorization": f"Bearer {token}"}).text)["roles"] == ["APPLICANT"]
