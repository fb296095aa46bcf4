"""What a service needs to know who calls: the provider, the verifier and the key that protects browser sessions."""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from fastapi import Request

from services.chassis.auth.tokens import Provider, TokenVerifier
from services.chassis.timekeeping import Now
from services.kernel.actor import Actor

SESSION_COOKIE = "onewindow_session"
VISITOR_COOKIE = "onewindow_visitor"
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"


@dataclass(frozen=True, slots=True)
class Access:
    """Put on `app.state.access` by whoever composes the app. `secure` says that the browser reaches us by https.

    provider = Provider("http://127.0.0.1:8000/identity", httpx.Client(timeout=10))   # or any other OIDC provider's issuer
    access = Access(provider, TokenVerifier(provider, now), client_id, secrets.key("session"), now)
    app = create_app("intake", "受理", access=access, pages=…)                         # adds /session/login, /callback, /logout
    def accept(actor: Annotated[Actor, allow(Role.HANDLER)]) -> …                      # each endpoint states its rule
    """

    provider: Provider
    verifier: TokenVerifier
    client_id: str
    session_key: bytes
    now: Now
    secure: bool = False

    def csrf_token(self, request: Request) -> str:
        """Give the token that forms of this browser must bring back: bound to the session, or to the visitor before any."""
        bound = request.cookies.get(SESSION_COOKIE) or visitor(request)
        return hmac.new(self.session_key, f"csrf:{bound}".encode(), sha256).hexdigest()


def access_of(request: Request) -> Access:
    """Give the access of the app that serves this request."""
    access: Access = request.app.state.access
    return access


def visitor(request: Request) -> str:
    """Give the random name of a browser without a session, which `VisitorMiddleware` sets."""
    name: str = request.scope.get("state", {}).get("visitor", "")
    return name


def template_context(request: Request) -> dict[str, object]:
    """Give what every page shows of access: the actor, if any, and the CSRF token for its forms."""
    actor: Actor | None = getattr(request.state, "actor", None)
    return {"actor": actor, "csrf_token": access_of(request).csrf_token(request)}
