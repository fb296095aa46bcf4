"""Browsers sign in by the code flow with PKCE; the session is the verified token itself in a cookie, so that every service knows it."""

import base64
import hashlib
import secrets
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.auth.access import SESSION_COOKIE, VISITOR_COOKIE, Access, access_of
from services.chassis.auth.rules import Anyone
from services.chassis.auth.tokens import AUDIENCE, InvalidToken
from services.chassis.problems import Problem

FLOW_COOKIE = "onewindow_flow"
FLOW_SECONDS = 600
LONGEST_PATH_BYTES = 1000
"""Where to go after logging in is kept in a cookie, and browsers drop cookies of more than 4096 bytes."""


def session_router() -> APIRouter:
    """Give the routes that every service has under /session: login, callback, logout."""
    router = APIRouter(prefix="/session", include_in_schema=False)
    router.add_api_route("/login", _login, methods=["GET"])
    router.add_api_route("/callback", _callback, methods=["GET"])
    router.add_api_route("/logout", _logout, methods=["POST"])
    return router


def _login(request: Request, _: Anyone, next: Annotated[str, Query()] = "/") -> Response:  # noqa: A002 - the usual name
    access = access_of(request)
    if (same_here := _as_the_provider_is_called(request, access)) is not None:
        return RedirectResponse(same_here, 303)
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    flow = {"state": secrets.token_urlsafe(16), "nonce": secrets.token_urlsafe(16), "verifier": verifier, "next": _own_path(next)}
    query = {
        "response_type": "code",
        "client_id": access.client_id,
        "redirect_uri": _callback_address(request),
        "scope": "openid profile",
        "state": flow["state"],
        "nonce": flow["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    answer = RedirectResponse(f"{access.provider.endpoint('authorization_endpoint')}?{urlencode(query)}", 303)
    claims = {**flow, "exp": int(access.now().timestamp()) + FLOW_SECONDS}
    signed = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(access.session_key))
    answer.set_cookie(FLOW_COOKIE, signed, max_age=FLOW_SECONDS, httponly=True, samesite="lax", secure=access.secure)
    return answer


async def _callback(request: Request, _: Anyone, state: str = "", code: str = "", error: str = "") -> Response:
    access = access_of(request)
    flow = _flow(request, access)
    if error or not code or not secrets.compare_digest(state.encode(), str(flow.get("state", "")).encode()):
        raise Problem(400, "login-failed", "登录未完成", "登录已取消或已过期，请重新登录。")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": _callback_address(request)}
    tokens = await run_in_threadpool(access.provider.redeem, {**form, "client_id": access.client_id, "code_verifier": flow["verifier"]})
    if tokens is None or not {"id_token", "access_token"} <= tokens.keys():
        raise Problem(400, "login-failed", "登录未完成", "身份服务拒绝了登录，请重新登录。")
    try:
        identity = await run_in_threadpool(access.verifier.claims, tokens["id_token"], access.client_id)
        actor_claims = await run_in_threadpool(access.verifier.claims, tokens["access_token"], AUDIENCE)
    except InvalidToken as wrong:
        raise Problem(400, "login-failed", "登录未完成", "身份服务返回的令牌无效。") from wrong
    if identity.get("nonce") != flow["nonce"] or identity["sub"] != actor_claims["sub"]:
        raise Problem(400, "login-failed", "登录未完成", "登录请求不匹配，请重新登录。")
    answer = RedirectResponse(flow["next"], 303)
    seconds = int(actor_claims["exp"]) - int(access.now().timestamp())
    answer.set_cookie(SESSION_COOKIE, tokens["access_token"], max_age=seconds, path="/", httponly=True, samesite="lax", secure=access.secure)
    answer.delete_cookie(FLOW_COOKIE)
    return answer


def _logout(request: Request, _: Anyone) -> Response:
    access = access_of(request)
    leave = urlencode({"client_id": access.client_id, "post_logout_redirect_uri": str(request.base_url.replace(path="/"))})
    answer = RedirectResponse(f"{access.provider.endpoint('end_session_endpoint')}?{leave}", 303)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


def _flow(request: Request, access: Access) -> dict[str, Any]:
    try:
        flow = jwt.decode(request.cookies.get(FLOW_COOKIE, ""), OctKey.import_key(access.session_key), algorithms=["HS256"])
        jwt.JWTClaimsRegistry(now=int(access.now().timestamp()), exp={"essential": True}).validate(flow.claims)
    except (JoseError, ValueError) as error:
        raise Problem(400, "login-failed", "登录未完成", "登录已过期，请重新登录。") from error
    return dict(flow.claims)


def _callback_address(request: Request) -> str:
    # The base address of a mounted app leaves out where it is mounted; its root path does not.
    return str(request.url.replace(path=f"{request.scope.get('root_path', '')}/session/callback", query="", fragment=""))


def _as_the_provider_is_called(request: Request, access: Access) -> str | None:
    """Give where whoever came to `localhost` goes on if the provider is at `127.0.0.1`, or the other way: cookies are kept by name."""
    provider = urlsplit(access.provider.issuer)
    is_alias = {request.url.hostname, provider.hostname} == {"localhost", "127.0.0.1"} and request.url.port == provider.port
    return str(request.url.replace(netloc=provider.netloc)) if is_alias else None


def _own_path(path: str) -> str:
    """Give the path if it is one of ours: nobody is sent to another site after logging in."""
    is_ours = len(path.encode()) <= LONGEST_PATH_BYTES and path.startswith("/") and not path.startswith(("//", "/\\")) and all(" " < c != "\\" for c in path)
    return path if is_ours else "/"


class VisitorMiddleware:
    """Gives each browser a random name, to which the CSRF token of forms is bound before anybody signs in."""

    def __init__(self, app: ASGIApp, *, secure: bool = False) -> None:
        self._app = app
        self._secure = "; Secure" if secure else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the cookie, or set it on the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = Request(scope).cookies.get(VISITOR_COOKIE)
        name = known or secrets.token_urlsafe(24)
        scope.setdefault("state", {})["visitor"] = name
        if known:
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", f"{VISITOR_COOKIE}={name}; Path=/; HttpOnly; SameSite=Lax{self._secure}")
            await send(message)

        await self._app(scope, receive, answer)
