"""What OpenID Connect asks of a provider: discovery, keys, authorization by code with PKCE, tokens, user information, the end of a session."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from services.chassis.auth import Anyone, AnyProgram, SignedIn, allow
from services.chassis.problems import Problem
from services.chassis.wiring import ThePages
from services.identity.provider import BROWSER_CLIENT, TRIAL_CLIENT, Provider
from services.kernel.actor import Actor, Role

_CALLBACK = re.compile("(/[a-z]+)+/session/callback")

router = APIRouter()


async def _provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


TheProvider = Annotated[Provider, Depends(_provider)]


# The services of the same process ask for the first three while their own requests wait in threads: these must not need one.


@router.get("/.well-known/openid-configuration")
async def discovery(provider: TheProvider, _: AnyProgram) -> dict[str, Any]:
    """Describe the provider."""
    issuer = provider.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "end_session_endpoint": f"{issuer}/logout",
        "jwks_uri": f"{issuer}/jwks",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "client_credentials", *(["password"] if provider.trial else [])],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
        "scopes_supported": ["openid", "profile"],
    }


@router.get("/jwks")
async def jwks(provider: TheProvider, _: AnyProgram) -> dict[str, Any]:
    """Give the public key."""
    return {"keys": [provider.key.as_dict(private=False)]}


@router.post("/token")
async def token(
    provider: TheProvider,
    _: AnyProgram,
    grant_type: Annotated[str, Form()],
    client_id: Annotated[str, Form()],
    code: Annotated[str, Form()] = "",
    redirect_uri: Annotated[str, Form()] = "",
    code_verifier: Annotated[str, Form()] = "",
    client_secret: Annotated[str, Form()] = "",
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> JSONResponse:
    """Give tokens for a code; for a service account's own secret; and, to the trial client, for a person's username and password.

    Errors are those of OAuth 2.0 (RFC 6749, 5.2), not problems.
    """
    answer = None
    try:
        if grant_type == "authorization_code" and client_id == BROWSER_CLIENT:
            answer = provider.redeem(code, redirect_uri, code_verifier)
        elif grant_type == "client_credentials":
            answer = provider.tokens(await run_in_threadpool(provider.log_in, client_id, client_secret, service=True))
        elif grant_type == "password" and client_id == TRIAL_CLIENT and provider.trial:
            answer = provider.tokens(await run_in_threadpool(provider.log_in, username, password))
        else:
            return _oauth_error("unsupported_grant_type", "")
    except Problem as problem:
        by_secret = grant_type == "client_credentials"
        status = problem.status if by_secret or problem.status == HTTPStatus.TOO_MANY_REQUESTS else HTTPStatus.BAD_REQUEST
        return _oauth_error("invalid_client" if by_secret else "invalid_grant", problem.detail, status, problem.headers)
    return JSONResponse(answer, headers={"Pragma": "no-cache"}) if answer else _oauth_error("invalid_grant", "")


@dataclass(frozen=True, slots=True)
class _LoginRequest:
    """What a service sends a browser here with."""

    redirect_uri: str
    code_challenge: str
    state: str
    nonce: str


async def _login_request(
    provider: TheProvider,
    client_id: str,
    redirect_uri: str,
    response_type: str,
    code_challenge: str,
    code_challenge_method: str,
    state: str = "",
    nonce: str = "",
) -> _LoginRequest:
    """Refuse to send a code anywhere but to a service of ours, which all live at the provider's own address, and any flow without PKCE."""
    is_callback = _CALLBACK.fullmatch(urlsplit(redirect_uri).path) and redirect_uri.endswith("/session/callback")
    if client_id != BROWSER_CLIENT or not is_callback or not _is_ours(provider, redirect_uri):
        raise Problem(400, "unknown-client", "登录请求不正确", "该应用未在本系统登记。")
    if response_type != "code" or code_challenge_method != "S256" or not code_challenge:
        raise Problem(400, "invalid-request", "登录请求不正确", "只支持授权码加 PKCE（S256）的登录方式。")
    return _LoginRequest(redirect_uri, code_challenge, state, nonce)


TheLoginRequest = Annotated[_LoginRequest, Depends(_login_request)]


@router.get("/authorize", include_in_schema=False)
def authorize(request: Request, pages: ThePages, _: Anyone, __: TheLoginRequest) -> Response:
    """Show the login page."""
    return pages.render(request, "login.html", query=request.url.query, username="", error="")


@router.post("/authorize", include_in_schema=False)
def log_in(
    request: Request,
    provider: TheProvider,
    pages: ThePages,
    _: Anyone,
    asked: TheLoginRequest,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Check the password and go back with a code."""
    try:
        account = provider.log_in(username, password)
    except Problem as problem:
        error = problem.detail or problem.title
        return pages.render(request, "login.html", status=problem.status, query=request.url.query, username=username, error=error)
    code = provider.grant(account, asked.redirect_uri, asked.nonce, asked.code_challenge)
    return RedirectResponse(f"{asked.redirect_uri}?{urlencode({'code': code, 'state': asked.state})}", 303)


@router.get("/userinfo")
def userinfo(provider: TheProvider, actor: SignedIn) -> dict[str, Any]:
    """Say who the token speaks for."""
    account = provider.accounts.by_subject(actor.subject)
    email = {"email": account.email} if account and account.email else {}
    return {"sub": actor.subject, "name": actor.name, "roles": sorted(actor.roles), "department": actor.department, **email}


@router.get("/people/{subject}")
def person(provider: TheProvider, subject: str, _: Annotated[Actor, allow(Role.SERVICE)]) -> dict[str, Any]:
    """Say to a part of this system who a subject is."""
    account = provider.accounts.by_subject(subject)
    if account is None:
        raise Problem(404, "not-found", "没有这个账号")
    return {"sub": subject, "name": account.name, "email": account.email}


@router.get("/logout", include_in_schema=False)
def logout(provider: TheProvider, _: Anyone, post_logout_redirect_uri: str = "/") -> Response:
    """Go back to an address of ours; the provider itself keeps no session."""
    target = post_logout_redirect_uri if _is_ours(provider, post_logout_redirect_uri) else "/"
    return RedirectResponse(target, 303)


def _oauth_error(error: str, description: str, status: int = 400, headers: dict[str, str] | None = None) -> JSONResponse:
    document = {"error": error, **({"error_description": description} if description else {})}
    return JSONResponse(document, status, headers)


def _is_ours(provider: Provider, address: str) -> bool:
    own, other = urlsplit(provider.issuer), urlsplit(address)
    return (own.scheme, own.netloc) == (other.scheme, other.netloc)
