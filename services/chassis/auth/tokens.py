"""Who a token speaks for: tokens of any OIDC provider, checked by the keys that its discovery document names."""

from threading import Lock
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.chassis.problems import Problem
from services.chassis.timekeeping import Now
from services.kernel.actor import Actor, Role

ALGORITHMS = ["ES256", "RS256", "EdDSA"]
AUDIENCE = "onewindow"
REFETCH_SECONDS = 10
KEPT_TOKENS = 10_000


class InvalidToken(ValueError):  # noqa: N818 - said of the token
    """A token that is forged, expired, or meant for others."""


class ProviderUnreachable(Problem):
    """The identity provider does not answer, so that nobody can be known."""

    def __init__(self) -> None:
        super().__init__(503, "provider-unreachable", "身份服务暂时不可用", "请稍后再试。")
        self.headers = {"Retry-After": "5"}


class Provider:
    """The identity provider as its discovery document describes it, read when first needed."""

    def __init__(self, issuer: str, http: httpx.Client) -> None:
        self.issuer = issuer.rstrip("/")
        self.http = http
        self._document: dict[str, Any] | None = None

    def endpoint(self, name: str) -> str:
        """Give the address of an endpoint, such as `token_endpoint`."""
        if self._document is None:
            document = self._fetched(f"{self.issuer}/.well-known/openid-configuration")
            if document["issuer"].rstrip("/") != self.issuer:
                msg = f"the provider calls itself {document['issuer']}, not {self.issuer}"
                raise InvalidToken(msg)
            self._document = document
        return str(self._document[name])

    def keys(self) -> KeySet:
        """Fetch the provider's public keys; raise `ProviderUnreachable`."""
        return KeySet.import_key_set(self._fetched(self.endpoint("jwks_uri")))

    def redeem(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Bring a code to the token endpoint; give its answer, None where the code is refused; raise `ProviderUnreachable`."""
        try:
            answer = self.http.post(self.endpoint("token_endpoint"), data=form)
        except httpx.HTTPError as error:
            raise ProviderUnreachable from error
        return None if answer.is_error else dict(answer.json())

    def _fetched(self, address: str) -> Any:  # noqa: ANN401 - JSON
        try:
            answer = self.http.get(address)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderUnreachable from error


class TokenVerifier:
    """Verifies access tokens and gives the actor. Keys are fetched once, and again (not too often) when a token names an unknown one."""

    def __init__(self, provider: Provider, now: Now) -> None:
        self._provider = provider
        self._now = now
        self._keys: KeySet | None = None
        self._fetched = 0.0
        self._kept: dict[str, tuple[int, Actor]] = {}
        self._lock = Lock()

    def verify(self, token: str) -> Actor:
        """Give whom the token speaks for; raise `InvalidToken`."""
        if (known := self.known(token)) is not None:
            return known
        claims = self.claims(token, AUDIENCE)
        actor = _actor(claims)
        if len(self._kept) >= KEPT_TOKENS:
            self._kept.clear()
        self._kept[token] = (int(claims["exp"]), actor)
        return actor

    def known(self, token: str) -> Actor | None:
        """Give whom a token speaks for that was verified before and has not expired, without asking anybody."""
        kept = self._kept.get(token)
        return kept[1] if kept is not None and kept[0] > self._now().timestamp() else None

    def claims(self, token: str, audience: str) -> dict[str, Any]:
        """Give the claims of a token for this audience, signature, issuer and times checked; raise `InvalidToken`."""
        now = self._now().timestamp()
        registry = jwt.JWTClaimsRegistry(
            now=int(now),
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            verified = self._decode(token, now)
            registry.validate(verified.claims)
        except (JoseError, ValueError, KeyError) as error:
            raise InvalidToken(str(error)) from error
        return dict(verified.claims)

    def _decode(self, token: str, now: float) -> jwt.Token:
        with self._lock:
            if self._keys is None:
                self._keys, self._fetched = self._provider.keys(), now
        try:
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if now - self._fetched < REFETCH_SECONDS:
                raise
        with self._lock:
            self._keys, self._fetched = self._provider.keys(), now
        return jwt.decode(token, self._keys, algorithms=ALGORITHMS)


def _actor(claims: dict[str, Any]) -> Actor:
    known = {role.value for role in Role}
    listed = claims.get("roles")
    roles = frozenset(Role(role) for role in listed if role in known) if isinstance(listed, list) else frozenset[Role]()
    return Actor(subject=claims["sub"], name=claims.get("name", claims["sub"]), roles=roles, department=claims.get("department"))
