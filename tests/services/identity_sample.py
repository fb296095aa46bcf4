"""The identity provider and a service that trusts it, as one house serves them: what the tests of logging in call."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from argon2 import PasswordHasher
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from services.chassis.auth import Access, Anyone, Provider, SignedIn, TokenVerifier, allow, same_department
from services.chassis.departments import Department
from services.chassis.http.application import create_app
from services.chassis.secrets import Secrets
from services.chassis.timekeeping import VirtualTime
from services.chassis.web.pages import Pages
from services.identity import main as identity
from services.identity.accounts import Account, AccountStore
from services.identity.provider import BROWSER_CLIENT
from services.kernel.actor import Actor, Role

ADDRESS = "http://hall.example"
ISSUER = f"{ADDRESS}/identity"
CALLBACK = f"{ADDRESS}/sample/session/callback"
START = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)
PASSWORD = "sample-2026"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
DEPARTMENTS: Mapping[str, Department] = {
    code: Department(code=code, name=f"示例区{name}", short_name=name, address="示例路1号", phone="000-0000")
    for code, name in (("health", "卫健委"), ("housing", "住建委"))
}
ACCOUNTS = (
    Account(username="zhangsan", password=PASSWORD, name="张三（示例）", roles=(Role.APPLICANT,), email="zhangsan@example.com"),
    Account(username="health-handler", password=PASSWORD, name="示例承办人", roles=(Role.HANDLER,), department="health"),
    Account(username="kiosk1", password=PASSWORD, name="示例终端", roles=(Role.KIOSK,), service=True),
)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes fast: what is tested is not how long argon2 takes."""

router = APIRouter()


@router.get("/who")
def who(actor: SignedIn) -> str:
    """Say who is signed in."""
    return actor.name


@router.post("/cases")
def change(actor: Annotated[Actor, allow(Role.HANDLER)]) -> str:
    """Change something, as a handler of the health department may."""
    same_department(actor, "health")
    return actor.subject


@router.post("/questions")
def ask(actor: Anyone) -> str | None:
    """Take a question from anybody."""
    return actor.name if actor else None


class House:
    """A provider at /identity and a service at /sample, at one address, on a virtual clock."""

    def __init__(self, folder: Path, *, trial: bool = True, secure: bool = False, address: str = ADDRESS) -> None:
        self.time = VirtualTime(START)
        self.accounts = AccountStore(folder / "identity.sqlite", QUICK)
        self.accounts.put(*ACCOUNTS)
        secrets = Secrets(folder / "secrets")
        self.key = secrets.signing_key("identity")
        self.app = FastAPI(openapi_url=None)
        self.provider = Provider(f"{address}/identity", TestClient(self.app, base_url=address))
        self.access = Access(self.provider, TokenVerifier(self.provider, self.time), BROWSER_CLIENT, secrets.key("session"), self.time, secure)
        service = create_app("sample", "样例", access=self.access, pages=Pages("sample", self.time, DEPARTMENTS))
        service.include_router(router, prefix="/api")
        self.app.mount("/sample", service)
        self.app.mount("/identity", identity.create(self.accounts, self.key, self.access, DEPARTMENTS, trial=trial))

    def browser(self) -> TestClient:
        """Give a browser that follows no redirect by itself."""
        return TestClient(self.app, base_url=ADDRESS, headers=BROWSER, follow_redirects=False)

    def program(self) -> TestClient:
        """Give a program without cookies."""
        return TestClient(self.app, base_url=ADDRESS, follow_redirects=False)

    def token(self, **form: str) -> httpx.Response:
        """Ask the token endpoint."""
        answer: httpx.Response = self.program().post("/identity/token", data=form)
        return answer

    def token_of(self, username: str) -> str:
        """Give the access token of a person."""
        answer = self.token(grant_type="password", client_id="onewindow-trial", username=username, password=PASSWORD)
        token: str = answer.json()["access_token"]
        return token

    def code(self, verifier: str) -> str:
        """Give a code that a person got for a service with this verifier."""
        return query(send(self.browser(), asking(verifier), "zhangsan").headers["location"])["code"]

    def log_in(self, browser: TestClient, username: str = "zhangsan", to: str = "/sample/api/who") -> httpx.Response:
        """Go through login page and callback as a person does; give the answer of the callback."""
        page = start(browser, to)
        answer: httpx.Response = browser.get(send(browser, page, username).headers["location"])
        return answer


def asking(verifier: str, **changes: str) -> str:
    """Give the address at which a service asks for a login; `changes` are to its query."""
    asked = {"client_id": BROWSER_CLIENT, "redirect_uri": CALLBACK, "response_type": "code", "state": "s", "nonce": "n"}
    return f"{ISSUER}/authorize?{urlencode({**asked, 'code_challenge': challenge(verifier), 'code_challenge_method': 'S256', **changes})}"


def start(browser: TestClient, to: str = "/sample/api/who") -> str:
    """Follow the way to the login page; give its address."""
    address: str = browser.get(f"/sample/session/login?{urlencode({'next': to})}").headers["location"]
    return address


def send(browser: TestClient, page: str, username: str, password: str = PASSWORD) -> httpx.Response:
    """Fill in the login page and send it."""
    csrf = csrf_token(browser.get(page).text)
    answer: httpx.Response = browser.post(page, data={"username": username, "password": password, "csrf_token": csrf})
    return answer


def csrf_token(page: str) -> str:
    """Read the token that a page's forms bring back."""
    found = re.search(r'name="csrf-token" content="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def query(address: str) -> dict[str, str]:
    """Give the query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def challenge(verifier: str) -> str:
    """Give the S256 challenge of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
