"""Keycloak itself, started with our realm, takes the place of our own provider: its tokens say the same of everybody, and forged ones say nothing."""

import base64
import html
import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from joserfc import jwt
from joserfc.jwk import RSAKey

from services.chassis.auth.access import SESSION_COOKIE
from services.chassis.auth.directory import RemoteDirectory
from services.chassis.auth.tokens import InvalidToken, Provider, TokenVerifier
from services.chassis.timekeeping import system_now
from services.chassis.web.assets import REPOSITORY
from services.console.local.process import MissingPart, free_port
from services.identity.account_files import read_accounts
from services.identity.accounts import Account
from services.kernel.actor import Actor
from tests.deploy.keycloak import VERSION, fetched, keycloak
from tests.journeys.department import SYSTEM, way
from tests.journeys.test_department_client import ran
from tests.missing import missing
from tests.patience import PATIENCE
from tests.world import PASSWORD, World, world_at

pytestmark = pytest.mark.slow
SECRET = "the-services-own-secret"
TOKENS = "/protocol/openid-connect/token"


def accounts(world: World) -> Mapping[str, Account]:
    """Give the sample accounts, as our own provider has them."""
    read = read_accounts(REPOSITORY / "deploy" / "accounts" / "sample.yaml", world.window.parts.departments)
    return {account.username: account for account in read}


def logged_in(world: World, username: str) -> httpx.Client:
    """Log a person in as a browser does: from a page of ours to Keycloak's form and back."""

    def trust(_: httpx.Response) -> None:
        # As browsers do, it brings secure cookies to this machine itself without TLS.
        for cookie in browser.cookies.jar:
            cookie.secure = False

    browser = httpx.Client(follow_redirects=True, timeout=PATIENCE, event_hooks={"response": [trust]})
    form = browser.get(f"{world.address}/intake/session/login?next=/intake/")
    (action,) = re.findall(r'<form id="kc-form-login"[^>]* action="([^"]+)"', form.text)
    back = browser.post(html.unescape(action), data={"username": username, "password": PASSWORD})
    assert str(back.url) == f"{world.address}/intake/", back.text
    return browser


def forged(token: str) -> Mapping[str, str]:
    """Give tokens that say more than this one, by what is wrong with them."""
    head, payload, signature = token.split(".")
    claims = {**_read(payload), "roles": ["ADMINISTRATOR"]}
    return {
        "other words under the same signature": f"{head}.{_written(claims)}.{signature}",
        "no signature": f"{_written({'alg': 'none', 'typ': 'JWT'})}.{_written(claims)}.",
        "a key of one's own under the name of Keycloak's": jwt.encode(_read(head), claims, RSAKey.generate_key(2048)),
    }


def _read(part: str) -> dict[str, object]:
    read: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return read


def _written(said: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def status(world: World, token: str, path: str) -> int:
    """Ask for something with a token."""
    return httpx.get(f"{world.address}{path}", headers={"Authorization": f"Bearer {token}", "Accept": "application/json"}, timeout=PATIENCE).status_code


def test_keycloak_with_our_realm_speaks_for_everybody_as_our_own_provider_does(tmp_path: Path) -> None:
    """Given Keycloak with the realm, people log in with its form and systems with their secret; each is who he is with our provider.

    The services learn names and addresses from it, and take no token that somebody changed or made. The example of docs/integration.md runs with its tokens.
    """
    try:
        archive = fetched()
    except MissingPart as error:
        missing(str(error))
    address = f"http://127.0.0.1:{free_port()}/auth"
    issuer = f"{address}/realms/onewindow"
    # Our clock stands while Keycloak's goes on: nothing that it says may be of the future.
    with world_at(tmp_path, system_now() + timedelta(hours=1), issuer=issuer) as world, keycloak(archive, address, world.address, SECRET):
        provider = Provider(issuer, httpx.Client(timeout=PATIENCE))
        verifier, known = TokenVerifier(provider, world.now), accounts(world)

        def actor(username: str) -> Actor:
            one = known[username]
            return Actor(one.subject, one.name, frozenset(one.roles), one.department)

        for username, may in (("market-handler", True), ("zhangsan", False)):
            with closing(logged_in(world, username)) as browser:
                token = browser.cookies[SESSION_COOKIE]
                assert verifier.verify(token) == actor(username)
                assert browser.get(f"{world.address}/workflow/api/desk", headers={"Accept": "application/json"}).is_success is may
        tokens = provider.redeem({"grant_type": "client_credentials", "client_id": SYSTEM, "client_secret": PASSWORD})
        assert tokens is not None
        system = verifier.verify(tokens["access_token"])
        assert replace(system, name="") == replace(actor(SYSTEM), name="")
        headers = {"Authorization": f"Bearer {tokens['access_token']}", "Content-Type": "application/cloudevents+json"}
        assert httpx.post(f"{world.address}/intake/api/reports", json=way()[0], headers=headers, timeout=PATIENCE).json()["received"] == 1
        world.window.bus.start()
        tokens_at = f"{issuer}{TOKENS}"
        assert (done := ran(world, tokens_at)).returncode == 0, done.stdout + done.stderr
        assert f"/auth/realms/onewindow{TOKENS}" in (REPOSITORY / "docs" / "integration.md").read_text(encoding="utf-8")
        directory = RemoteDirectory(provider, f"{address}/admin/realms/onewindow/users/{{subject}}", SECRET)
        applicant = known["zhangsan"]
        assert (directory.name(applicant.subject), directory.email(applicant.subject)) == (applicant.name, applicant.email)
        assert status(world, token, "/intake/api/applications/mine") == httpx.codes.OK
        for what, wrong in forged(token).items():
            with pytest.raises(InvalidToken):
                verifier.verify(wrong)
            assert status(world, wrong, "/intake/api/applications/mine") == httpx.codes.UNAUTHORIZED, what


def test_what_is_tested_is_what_is_deployed() -> None:
    """Given the image in docker-compose.yml, its version is the one that is started here."""
    image = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["keycloak"]["image"]
    assert VERSION.startswith(f"{image.rpartition(':')[2]}.")
