"""Every endpoint states who may call it: `allow(Role.HANDLER)`, `SIGNED_IN` or `ANYONE`, as a dependency that gives the actor."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount

from services.chassis.auth.access import CSRF_FIELD, CSRF_HEADER, SESSION_COOKIE, Access, access_of
from services.chassis.auth.tokens import InvalidToken
from services.chassis.problems import Problem
from services.kernel.actor import Actor, Role

_SAFE = {"GET", "HEAD", "OPTIONS"}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class SignInNeeded(Problem):
    """Nobody is signed in; a browser is sent to the login page, a program gets 401."""

    def __init__(self, detail: str = "请先登录。") -> None:
        super().__init__(401, "sign-in-needed", "需要登录", detail)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call: anyone, everyone signed in, or those with one of these roles. Cookies speak for the caller unless `by_cookie` is False."""

    roles: frozenset[Role] = frozenset()
    anyone: bool = False
    by_cookie: bool = True

    async def __call__(self, request: Request) -> Actor | None:
        """Give the actor, or refuse: 401 without a valid token, 403 without the role or the form's CSRF token."""
        access = access_of(request)
        actor = await self._actor(request, access)
        request.state.actor = actor
        if actor is None and not self.anyone:
            raise SignInNeeded
        if actor is not None and self.roles and not actor.has(*self.roles):
            raise Problem(403, "role-missing", "无权操作", "您的账号不能办理这件事；工作需要的，请联系管理员。")
        return actor

    async def _actor(self, request: Request, access: Access) -> Actor | None:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        has_bearer = scheme.lower() == "bearer"
        by_cookie = self.by_cookie and not has_bearer
        token = bearer.strip() if has_bearer else request.cookies.get(SESSION_COOKIE) if by_cookie else None
        if by_cookie and request.method not in _SAFE:
            await _check_csrf(request, access, has_session=token is not None)
        if not token:
            return None
        if (known := access.verifier.known(token)) is not None:
            return known
        try:
            return await run_in_threadpool(access.verifier.verify, token)
        except InvalidToken as error:
            if by_cookie and (self.anyone or request.method in _SAFE):
                # An old session is no attack: the visitor signs in again.
                return None
            raise SignInNeeded("登录已失效或令牌无效，请重新登录。") from error


async def _check_csrf(request: Request, access: Access, *, has_session: bool) -> None:
    """Refuse a change that another site could have made the browser ask for."""
    is_form = request.headers.get("content-type", "").strip().lower().startswith(_FORMS)
    if not has_session and not is_form:
        return
    brought = request.headers.get(CSRF_HEADER)
    if brought is None and is_form:
        field = (await request.form()).get(CSRF_FIELD)
        brought = field if isinstance(field, str) else None
    if brought is None or not hmac.compare_digest(brought.encode(), access.csrf_token(request).encode()):
        raise Problem(403, "csrf-token-wrong", "页面已过期", "请刷新页面后再提交。")


def allow(*roles: Role) -> Any:  # noqa: ANN401 - what FastAPI's Depends gives
    """Let those call who have one of these roles."""
    return Depends(Rule(frozenset(roles)))


SignedIn = Annotated[Actor, Depends(Rule())]
"""Let everyone call who is signed in."""

Anyone = Annotated[Actor | None, Depends(Rule(anyone=True))]
"""Let anyone call; the actor is None where nobody is signed in."""

AnyProgram = Annotated[Actor | None, Depends(Rule(anyone=True, by_cookie=False))]
"""Let any program call. No cookie speaks for the caller, so that a form needs no CSRF token: the token endpoint, and the like."""


def same_department(actor: Actor, *departments: str) -> None:
    """Refuse whoever belongs to none of these departments (SEC-02)."""
    if actor.department not in departments:
        raise Problem(403, "another-department", "无权操作", "该事项由其他部门办理。")


def rules(app: FastAPI, prefix: str = "") -> Iterator[tuple[str, frozenset[str], Rule | None]]:
    """Give the path, methods and rule of every route of an app, of the routers it includes and of the apps mounted in it."""
    for route in iter_route_contexts(app.routes):
        yield from _rules_of(route, prefix)


def _rules_of(route: RouteContext, prefix: str) -> Iterator[tuple[str, frozenset[str], Rule | None]]:
    original = route.original_route
    path = prefix + (route.path or "")
    if isinstance(original, Mount) and isinstance(original.app, FastAPI):
        yield from rules(original.app, path)
    elif isinstance(original, APIRoute):
        found = [d.call for d in _dependencies(route.dependant) if isinstance(d.call, Rule)]
        yield path, frozenset(route.methods or ()), found[0] if found else None
    else:
        yield path, frozenset(route.methods or {"GET"}), None


def _dependencies(dependant: Any) -> Iterator[Any]:  # noqa: ANN401 - FastAPI's own
    for dependency in dependant.dependencies:
        yield dependency
        yield from _dependencies(dependency)
