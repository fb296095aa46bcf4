"""Logging in: passwords are checked and throttled, codes are redeemed once and soon (PKCE), tokens are signed."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from services.chassis.auth.tokens import AUDIENCE
from services.chassis.problems import Problem
from services.chassis.timekeeping import Now
from services.identity.accounts import Account, AccountStore
from services.identity.throttle import Throttle

TOKEN_LIFE = timedelta(hours=10)
CODE_LIFE = timedelta(minutes=2)
BROWSER_CLIENT = "onewindow"
TRIAL_CLIENT = "onewindow-trial"
"""Programs of the embedded edition (the simulated month, tests) get tokens by username and password under this name; a real provider has no such client."""
SHORTEST_PASSWORD = 10


@dataclass(slots=True)
class _Grant:
    account: Account
    redirect_uri: str
    nonce: str
    challenge: str
    expires: float


@dataclass(slots=True)
class Provider:
    """The state of the provider: codes that wait to be redeemed, and failed logins."""

    accounts: AccountStore
    issuer: str
    key: ECKey
    now: Now
    codes: dict[str, _Grant] = field(default_factory=dict)
    throttle: Throttle = field(default_factory=Throttle)

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

    def log_in(self, username: str, password: str) -> Account:
        """Give the account; refuse a wrong password, and too many of them, in the same words whether the account exists or not."""
        now = self.now().timestamp()
        if not self.throttle.allows(username, now):
            raise Problem(429, "too-many-attempts", "尝试次数过多", "密码错误次数过多，请 5 分钟后再试。")
        account = self.accounts.log_in(username, password)
        if account is None:
            self.throttle.failed(username, now)
            raise Problem(401, "login-wrong", "登录失败", "用户名或密码不正确。")
        self.throttle.succeeded(username)
        return account

    def grant(self, account: Account, redirect_uri: str, nonce: str, challenge: str) -> str:
        """Give a code that can be redeemed once, soon."""
        now = self.now().timestamp()
        for code in [code for code, grant in self.codes.items() if grant.expires < now]:
            del self.codes[code]
        code = secrets.token_urlsafe(32)
        self.codes[code] = _Grant(account, redirect_uri, nonce, challenge, now + CODE_LIFE.total_seconds())
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str) -> dict[str, Any] | None:
        """Give the tokens for a code, None where it is unknown, used, late, or brought by somebody else (PKCE)."""
        grant = self.codes.pop(code, None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if grant is None or grant.expires < self.now().timestamp() or grant.redirect_uri != redirect_uri:
            return None
        return self.tokens(grant.account, grant.nonce) if secrets.compare_digest(grant.challenge, challenge) else None

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)


def sign_up_errors(values: dict[str, str], password: str, again: str) -> dict[str, str]:
    """Say what is wrong with which field of the sign-up form."""
    errors = {}
    username = values["username"]
    if not (4 <= len(username) <= 32 and username.isascii() and username.replace("-", "").replace("_", "").isalnum()):  # noqa: PLR2004
        errors["username"] = "用户名为 4 至 32 位字母、数字、连字符或下划线"
    if not values["name"]:
        errors["name"] = "请填写姓名或单位名称"
    if values["email"] and ("@" not in values["email"] or " " in values["email"]):
        errors["email"] = "电子邮箱格式不正确"
    if len(password) < SHORTEST_PASSWORD:
        errors["password"] = f"密码至少 {SHORTEST_PASSWORD} 位"
    elif password != again:
        errors["again"] = "两次输入的密码不一致"
    return errors
