"""A token counts only if the provider signed it, for us, for now; and only for the roles it names (SEC-01, SEC-03)."""

import base64
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import Response
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette

from services.chassis.auth import InvalidToken, Provider, ProviderUnreachable, TokenVerifier, rules
from services.chassis.timekeeping import VirtualTime
from services.identity.provider import BROWSER_CLIENT
from services.kernel.actor import Actor, Role
from tests.services.identity_sample import BROWSER, CALLBACK, ISSUER, START, House

NOW = int(START.timestamp())
CLAIMS: dict[str, Any] = {"iss": ISSUER, "aud": "onewindow", "sub": "s-1", "name": "示例", "roles": ["HANDLER"], "department": "health", "exp": NOW + 3600}


@pytest.fixture(name="house", scope="module")
def _house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"))


def bearer(token: str) -> dict[str, str]:
    """Give the header of a token."""
    return {"Authorization": f"Bearer {token}"}


def part(document: dict[str, Any]) -> str:
    """Give a part of a JWS."""
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def signed(house: House, **changes: object) -> str:
    """Give a token that the provider itself signed, its claims changed; a claim that becomes None is left out."""
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": house.key.kid}, claims, house.key)


def test_a_good_token_gives_the_actor(house: House) -> None:
    """Subject, name, roles and department are those of the token."""
    assert house.access.verifier.verify(signed(house)) == Actor("s-1", "示例", frozenset({Role.HANDLER}), "health")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW - 1},
        {"exp": None},
        {"exp": "soon"},
        {"aud": "another-house"},
        {"aud": None},
        {"iss": "http://evil.example/identity"},
        {"iss": None},
        {"sub": None},
        {"nbf": NOW + 60},
    ],
    ids=str,
)
def test_a_token_not_for_us_or_not_for_now_is_refused(house: House, changes: dict[str, object]) -> None:
    """However well it is signed: expired, without an end, not yet good, for another audience, from another issuer, or for nobody."""
    answer = house.program().get("/sample/api/who", headers=bearer(signed(house, **changes)))
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:onewindow:problem:sign-in-needed"
    assert answer.headers["www-authenticate"] == "Bearer"


def unsigned(house: House) -> str:
    """Claim that no signature is needed."""
    return f"{part({'alg': 'none', 'kid': house.key.kid})}.{part(CLAIMS)}."


def signed_by_another(house: House) -> str:
    """Sign with a key of our own under the provider's key id."""
    return jwt.encode({"alg": "ES256", "kid": house.key.kid}, CLAIMS, ECKey.generate_key("P-256"))


def signed_by_the_public_key(house: House) -> str:
    """Take the public key, which everybody knows, for a shared secret."""
    content = f"{part({'alg': 'HS256', 'kid': house.key.kid})}.{part(CLAIMS)}"
    code = hmac.digest(house.key.as_pem(private=False), content.encode(), "sha256")
    return f"{content}.{base64.urlsafe_b64encode(code).rstrip(b'=').decode()}"


def bringing_its_key(_: House) -> str:
    """Bring the key along in the header."""
    key = ECKey.generate_key("P-256")
    return jwt.encode({"alg": "ES256", "jwk": key.as_dict(private=False)}, CLAIMS, key)


def with_other_claims(house: House) -> str:
    """Exchange the claims of a good token."""
    head, _, signature = signed(house).split(".")
    return f"{head}.{part({**CLAIMS, 'roles': ['ADMINISTRATOR']})}.{signature}"


def without_signature(house: House) -> str:
    """Cut off the signature."""
    return signed(house).rsplit(".", 1)[0] + "."


def no_token(_: House) -> str:
    """Write anything."""
    return "a.b.c"


def deep(_: House) -> str:
    """Nest what has to be read so deeply that reading fails."""
    return f"{base64.urlsafe_b64encode(b'[' * 30_000).decode()}.e30.e30"


@pytest.mark.parametrize(
    "forge", [unsigned, signed_by_another, signed_by_the_public_key, bringing_its_key, with_other_claims, without_signature, no_token, deep]
)
def test_a_forged_token_is_refused(house: House, forge: Callable[[House], str]) -> None:
    """Whatever the forger tries, the answer is 401, in header and cookie alike."""
    token = forge(house)
    assert house.program().get("/sample/api/who", headers=bearer(token)).status_code == 401
    assert house.program().get("/sample/api/who", headers={"Cookie": f"onewindow_session={token}"}).status_code == 401
    assert house.program().post("/sample/api/questions", headers=bearer(token)).status_code == 401


def test_a_name_for_the_browser_is_no_authority_for_the_api(house: House) -> None:
    """An ID token tells the browser who logged in; as an access token it is refused."""
    verifier = "v" * 43
    answer = house.token(grant_type="authorization_code", client_id=BROWSER_CLIENT, code=house.code(verifier), redirect_uri=CALLBACK, code_verifier=verifier)
    tokens = answer.json()
    assert house.program().get("/sample/api/who", headers=bearer(tokens["access_token"])).status_code == 200
    assert house.program().get("/sample/api/who", headers=bearer(tokens["id_token"])).status_code == 401


@pytest.mark.parametrize("roles", [None, [], ["EMPEROR"], "HANDLER", {"HANDLER": True}, ["handler"], ["APPLICANT", "KIOSK"]], ids=str)
def test_nobody_acts_without_the_role(house: House, roles: object) -> None:
    """A good token without the role that the endpoint asks for is answered 403; roles that we do not know count for nothing."""
    answer = house.program().post("/sample/api/cases", headers=bearer(signed(house, roles=roles)))
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:onewindow:problem:role-missing"


@pytest.mark.parametrize("department", [None, "housing"])
def test_nobody_acts_for_another_department(house: House, department: str | None) -> None:
    """The right role in the wrong department, or in none, is answered 403 (SEC-02)."""
    answer = house.program().post("/sample/api/cases", headers=bearer(signed(house, department=department)))
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:onewindow:problem:another-department"


def test_a_token_that_was_good_does_not_stay_good(tmp_path: Path) -> None:
    """A token that was accepted once is refused as soon as it has expired."""
    house = House(tmp_path)
    token = signed(house)
    program = house.program()
    assert program.get("/sample/api/who", headers=bearer(token)).status_code == 200
    house.time.advance_to(START.replace(hour=2, minute=4, second=59))
    assert program.get("/sample/api/who", headers=bearer(token)).status_code == 200
    house.time.advance_to(START.replace(hour=2, minute=5))
    assert program.get("/sample/api/who", headers=bearer(token)).status_code == 401


class Keys:
    """A provider that changes its key and counts how often it is asked; `down` makes it silent."""

    def __init__(self) -> None:
        self.time = VirtualTime(START)
        self.key = self._new("1")
        self.asked = 0
        self.down = False
        provider = Provider(ISSUER, httpx.Client(transport=httpx.MockTransport(self._answer)))
        self.verifier = TokenVerifier(provider, self.time)

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        self.key = self._new("2")

    def token(self) -> str:
        """Give a token signed with today's key."""
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, CLAIMS, self.key)

    @staticmethod
    def _new(name: str) -> ECKey:
        return ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"})

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("silent")
        if not request.url.path.endswith("/keys"):
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"})
        self.asked += 1
        return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})


def test_a_new_key_of_the_provider_is_fetched() -> None:
    """A token signed with a key that came later is accepted without a restart, the old key no longer."""
    keys = Keys()
    old = keys.token()
    keys.verifier.claims(old, "onewindow")
    keys.rotate()
    keys.time.advance_to(START.replace(minute=6))
    assert keys.verifier.verify(keys.token()).subject == "s-1"
    with pytest.raises(InvalidToken):
        keys.verifier.claims(old, "onewindow")


def test_forged_tokens_do_not_make_us_ask_again_and_again() -> None:
    """A hundred tokens with unknown keys within ten seconds make us ask the provider once."""
    keys = Keys()
    for _ in range(100):
        stranger = Keys()
        stranger.rotate()
        with pytest.raises(InvalidToken):
            keys.verifier.verify(stranger.token())
    assert keys.asked == 1


def test_a_provider_that_calls_itself_otherwise_is_not_trusted() -> None:
    """Where the discovery document is another issuer's, no token counts."""
    provider = Provider("http://other.example", httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"issuer": ISSUER}))))
    with pytest.raises(InvalidToken):
        TokenVerifier(provider, VirtualTime(START)).verify(Keys().token())


def test_a_silent_provider_is_not_the_callers_fault(tmp_path: Path) -> None:
    """While the provider does not answer, a token can be neither accepted nor refused: 503, for programs and browsers, and 200 once it is back."""
    keys = Keys()
    keys.down = True
    with pytest.raises(ProviderUnreachable):
        keys.verifier.verify(keys.token())
    keys.down = False
    assert keys.verifier.verify(keys.token()).subject == "s-1"
    house = House(tmp_path)
    house.provider.http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(502)))
    program = house.program()
    for headers in (bearer(signed(house)), {**BROWSER, "Cookie": f"onewindow_session={signed(house)}"}):
        answer = program.get("/sample/api/who", headers=headers)
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
    assert program.get("/sample/session/login").status_code == 503
    assert program.get("/sample/health").status_code == 200


def test_every_route_of_provider_and_frame_has_its_rule(house: House) -> None:
    """An endpoint that does not say who may call it would show up here as None."""
    walked = list(rules(house.app))
    assert {"/identity/token", "/identity/authorize", "/identity/sign-up", "/sample/session/callback", "/sample/api/cases"} <= {path for path, _, _ in walked}
    assert [path for path, _, rule in walked if rule is None] == []


def test_an_endpoint_without_a_rule_is_found() -> None:
    """The walk does not overlook an endpoint that forgot its rule, whatever kind it is and however deep it lies."""
    inner = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    inner.add_api_route("/open", lambda: "x")
    inner.add_route("/plain", lambda _: Response())
    inner.mount("/files", Starlette())
    outer = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    outer.mount("/a", inner)
    assert {path for path, _, rule in rules(outer) if rule is None} == {"/a/open", "/a/plain", "/a/files"}
