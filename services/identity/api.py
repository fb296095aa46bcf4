"""What OpenID Connect asks of a provider: discovery, keys, authorization by code with PKCE, tokens, user information, the end of a session."""

from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from services.chassis.auth import Anyone, SignedIn
from services.chassis.problems import Problem
from services.chassis.web.pages import Pages
from services.identity.accounts import UsernameTaken
from services.identity.provider import BROWSER_CLIENT, TRIAL_CLIENT, Provider, sign_up_errors

router = APIRouter()


def _provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


TheProvider = Annotated[Provider, Depends(_provider)]
ThePages = Annotated[Pages, Depends(_pages)]


@router.get("/.well-known/openid-configuration")
def discovery(provider: TheProvider, _: Anyone) -> dict[str, Any]:
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
        "grant_types_supported": ["authorization_code", "client_credentials", "password"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
        "scopes_supported": ["openid", "profile"],
    }


@router.get("/jwks")
def jwks(provider: TheProvider, _: Anyone) -> dict[str, Any]:
    """Give the public key."""
    return {"keys": [provider.key.as_dict(private=False)]}


@router.get("/authorize", include_in_schema=False)
def authorize(
    request: Request, pages: ThePages, _: Anyone, client_id: str, redirect_uri: str, response_type: str, code_challenge: str, code_challenge_method: str
) -> Response:
    """Show the login page."""
    _check_client(request, client_id, redirect_uri)
    if response_type != "code" or code_challenge_method != "S256" or not code_challenge:
        raise Problem(400, "invalid-request", "登录请求不正确", "只支持授权码加 PKCE（S256）的登录方式。")
    return pages.render(request, "login.html", query=str(request.url.query), username="", error="")


@router.post("/authorize", include_in_schema=False)
def log_in(
    request: Request,
    provider: TheProvider,
    pages: ThePages,
    _: Anyone,
    username: Annotated[str, Form()],
    password: Annotated[str, Form()],
    client_id: str,
    redirect_uri: str,
    code_challenge: str,
    state: str = "",
    nonce: Annotated[str, Query()] = "",
) -> Response:
    """Check the password and go back with a code."""
    _check_client(request, client_id, redirect_uri)
    try:
        account = provider.log_in(username.strip(), password)
    except Problem as problem:
        return pages.render(
            request, "login.html", status=problem.status, query=str(request.url.query), username=username, error=problem.detail or problem.title
        )
    code = provider.grant(account, redirect_uri, nonce, code_challenge)
    return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}", 303)


@router.post("/token")
def token(
    provider: TheProvider,
    _: Anyone,
    grant_type: Annotated[str, Form()],
    client_id: Annotated[str, Form()],
    code: Annotated[str, Form()] = "",
    redirect_uri: Annotated[str, Form()] = "",
    code_verifier: Annotated[str, Form()] = "",
    client_secret: Annotated[str, Form()] = "",
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> JSONResponse:
    """Give tokens for a code; for a service account's own secret; and, to the trial client, for a username and password."""
    answer = None
    if grant_type == "authorization_code" and client_id == BROWSER_CLIENT:
        answer = provider.redeem(code, redirect_uri, code_verifier)
    elif grant_type == "client_credentials":
        answer = provider.tokens(provider.log_in(client_id, client_secret))
    elif grant_type == "password" and client_id == TRIAL_CLIENT:
        answer = provider.tokens(provider.log_in(username, password))
    else:
        return JSONResponse({"error": "unsupported_grant_type"}, 400)
    headers = {"Cache-Control": "no-store"}
    return JSONResponse(answer, headers=headers) if answer else JSONResponse({"error": "invalid_grant"}, 400, headers=headers)


@router.get("/userinfo")
def userinfo(provider: TheProvider, actor: SignedIn) -> dict[str, Any]:
    """Say who the token speaks for."""
    account = provider.accounts.by_subject(actor.subject)
    email = {"email": account.email} if account and account.email else {}
    return {"sub": actor.subject, "name": actor.name, "roles": sorted(actor.roles), "department": actor.department, **email}


@router.get("/logout", include_in_schema=False)
def logout(request: Request, _: Anyone, post_logout_redirect_uri: str = "/") -> Response:
    """Go back; the provider itself keeps no session."""
    target = post_logout_redirect_uri if _same_host(request, post_logout_redirect_uri) else "/"
    return RedirectResponse(target, 303)


@router.get("/sign-up", include_in_schema=False)
def sign_up_page(request: Request, pages: ThePages, _: Anyone) -> Response:
    """Show the form for a new applicant's account."""
    return pages.render(request, "sign_up.html", values={}, errors={})


@router.post("/sign-up", include_in_schema=False)
def sign_up(
    request: Request,
    provider: TheProvider,
    pages: ThePages,
    _: Anyone,
    username: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Make an applicant's account."""
    values = {"username": username.strip(), "name": name.strip(), "email": email.strip()}
    errors = sign_up_errors(values, password, again)
    if not errors:
        try:
            provider.accounts.sign_up(values["username"], password, values["name"], values["email"] or None)
        except UsernameTaken:
            errors["username"] = "该用户名已被使用，请换一个"
    if errors:
        return pages.render(request, "sign_up.html", status=422, values=values, errors=errors)
    return pages.render(request, "signed_up.html", username=values["username"])


def _check_client(request: Request, client_id: str, redirect_uri: str) -> None:
    """Refuse to send a code anywhere but to our own services."""
    if client_id != BROWSER_CLIENT or not _same_host(request, redirect_uri) or not urlsplit(redirect_uri).path.endswith("/session/callback"):
        raise Problem(400, "unknown-client", "登录请求不正确", "该应用未在本系统登记。")


def _same_host(request: Request, address: str) -> bool:
    own, other = urlsplit(str(request.base_url)), urlsplit(address)
    return (own.scheme, own.netloc) == (other.scheme, other.netloc)
