"""Logging in: passwords are checked and throttled, codes are redeemed once and soon (PKCE), tokens are signed."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from services.chassis.auth.tokens import AUDIENCE
from services.chassis.http.throttle import WINDOW_SECONDS, Throttle
from services.chassis.problems import Problem
from services.chassis.timekeeping import Now
from services.identity.accounts import LONGEST_PASSWORD, Account, AccountStore

TOKEN_LIFE = timedelta(hours=10)
CODE_LIFE = timedelta(minutes=2)
BROWSER_CLIENT = "onewindow-web"
"""Not the audience of access tokens: otherwise an ID token would pass for one."""
TRIAL_CLIENT = "onewindow-trial"
"""For trying out, programs (the simulated month, examples of the API) get a person's token by username and password under this name.
It is there only where `Provider.trial` is set; a district's own provider has no such client."""
HASHING_AT_ONCE = 2
"""An argon2 hash takes 64 MB: however many log in at once, so many are checked at a time, and guesses cannot outrun the throttle."""


@dataclass(slots=True)
class _Grant:
    account: Account
    redirect_uri: str
    nonce: str
    challenge: str
    expires: float


@dataclass(slots=True)
class Provider:
    """The state of the provider: codes that wait to be redeemed, and failed logins. `trial` admits the trial client."""

    accounts: AccountStore
    issuer: str
    key: ECKey
    now: Now
    trial: bool = False
    codes: dict[str, _Grant] = field(default_factory=dict)
    throttle: Throttle = field(default_factory=Throttle)
    _hashing: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(HASHING_AT_ONCE))

    def tokens(self, account: Account, nonce: str | None = None) -> dict[str, Any]:
        """Give the answer of the token endpoint: an access token, and an ID token where there is a nonce."""
        issued = int(self.now().timestamp())
        expires = issued + int(TOKEN_LIFE.total_seconds())
        who = {"iss": self.issuer, "sub": account.subject, "iat": issued, "exp": expires, "name": account.name, "preferred_username": account.username}
        access = {**who, "aud": AUDIENCE, "jti": secrets.token_urlsafe(12), "roles": [role.value for role in account.roles], "department": account.department}
        answer: dict[str, Any] = {"access_token": self._signed(access), "token_type": "Bearer", "expires_in": expires - issued}
        if nonce is not None:
            answer["id_token"] = self._signed({**who, "aud": BROWSER_CLIENT, "nonce": nonce})
        return answer

    def log_in(self, username: str, password: str, *, service: bool = False) -> Account:
        """Give the account of a person, or of a service; raise a `Problem`, in the same words whether the account exists or not.

        401 for a wrong password, 429 after too many of them.
        """
        username = username.strip().lower()
        with self._hashing:
            now = self.now().timestamp()
            if not self.throttle.allows(username, now):
                problem = Problem(429, "too-many-attempts", "尝试次数过多", f"密码错误次数过多，请 {WINDOW_SECONDS // 60} 分钟后再试。")
                problem.headers = {"Retry-After": str(WINDOW_SECONDS)}
                raise problem
            account = self.accounts.log_in(username, password[: LONGEST_PASSWORD + 1])
            if account is None or account.service != service:
                self.throttle.failed(username, now)
                raise Problem(401, "login-wrong", "登录失败", "用户名或密码不正确。")
            self.throttle.succeeded(username)
        return account

    def grant(self, account: Account, redirect_uri: str, nonce: str, challenge: str) -> str:
        """Give a code that can be redeemed once, soon."""
        now = self.now().timestamp()
        for old in [code for code, grant in list(self.codes.items()) if grant.expires < now]:
            self.codes.pop(old, None)
        code = secrets.token_urlsafe(32)
        self.codes[code] = _Grant(account, redirect_uri, nonce, challenge, now + CODE_LIFE.total_seconds())
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str) -> dict[str, Any] | None:
        """Give the tokens for a code, None where it is unknown, used, late, or brought by somebody else (PKCE)."""
        grant = self.codes.pop(code, None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if grant is None or grant.expires < self.now().timestamp() or grant.redirect_uri != redirect_uri:
            return None
        return self.tokens(grant.account, grant.nonce) if secrets.compare_digest(grant.challenge.encode(), challenge.encode()) else None

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)
