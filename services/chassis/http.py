"""The web application of a service: problems for every error, limits, security headers, metrics, health, documentation.

app = create_app("intake", "受理服务", access=parts.access, pages=Pages("intake", …))
app.include_router(api.router, prefix="/api")
"""

import logging
import secrets
import time
from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis import assets
from services.chassis.auth import Access, Anyone, SignInNeeded, VisitorMiddleware, session_router
from services.chassis.limits import BodyLimit
from services.chassis.problems import Problem
from services.chassis.service import NotFound
from services.chassis.web.pages import Pages
from services.kernel.aggregate import Invalid, NotAllowed, Refusal

logger = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
_SECONDS = Histogram("onewindow_http_request_seconds", "time to answer, by route", ["service", "method", "route"])
_ANSWERS = Counter("onewindow_http_answers_total", "answers, by route and status", ["service", "method", "route", "status"])
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(service: str, title: str, *, access: Access, pages: Pages, description: str = "") -> FastAPI:
    """Make the application of a service; it is served under `/<service>`, by a mount or behind a proxy."""
    problem = {"description": "a problem (RFC 9457)", "content": {PROBLEM: {"schema": {"type": "object"}}}}
    app = FastAPI(title=title, description=description, docs_url=None, redoc_url=None, openapi_url=None, responses={"default": problem})
    app.state.access = access
    app.state.pages = pages
    app.add_middleware(VisitorMiddleware, secure=access.secure)
    app.add_middleware(BodyLimit)
    app.add_middleware(Frame, service=service)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(NotFound, _on_not_found)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_unexpected)
    app.include_router(session_router())
    _add_common_routes(app)
    return app


def _add_common_routes(app: FastAPI) -> None:
    @app.get("/health", include_in_schema=False)
    def health(_: Anyone) -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/metrics", include_in_schema=False)
    def metrics(_: Anyone) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    @app.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request, _: Anyone) -> JSONResponse:
        document = app.openapi()
        return JSONResponse({**document, "servers": [{"url": request.scope.get("root_path", "") or "/"}]})

    @app.get("/docs", include_in_schema=False)
    def docs(request: Request, _: Anyone) -> Response:
        pages: Pages = app.state.pages
        return pages.render(request, "docs.html", title=app.title)

    @app.get("/assets/{version}/{name}", include_in_schema=False)
    def asset(version: str, name: str, _: Anyone) -> Response:
        found = assets.asset(name)
        if found is None or found.version != version:
            raise Problem(404, "not-found", "没有这个文件")
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(found.content, media_type=found.media_type, headers=headers)


class Frame:
    """Around every answer: security headers, a trace id, and the figures of the route."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        scope.setdefault("state", {})["trace"] = trace = _trace(scope)
        status = 500

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                extra = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items() if name.lower().encode() not in present]
                extra.append((b"trace-id", trace.encode()))
                if b"cache-control" not in present:
                    extra.append((b"cache-control", b"no-store"))
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        try:
            await self._app(scope, receive, framed)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            _SECONDS.labels(self._service, scope["method"], route).observe(time.perf_counter() - started)
            _ANSWERS.labels(self._service, scope["method"], route, status).inc()


def _trace(scope: Scope) -> str:
    """Give the trace id of the caller's traceparent, or a new one."""
    for name, value in scope["headers"]:
        if name == b"traceparent" and len(parts := value.decode("latin-1").split("-")) == 4 and len(parts[1]) == 32:  # noqa: PLR2004 - W3C
            return str(parts[1])
    return secrets.token_hex(16)


def wants_page(request: Request) -> bool:
    """Say whether a person in a browser asks, and no program."""
    return "text/html" in request.headers.get("accept", "")


def answer_problem(request: Request, problem: Problem) -> Response:
    """Give a problem as a page to a browser, as `application/problem+json` to a program."""
    trace: str = getattr(request.state, "trace", "")
    if wants_page(request):
        pages: Pages = request.app.state.pages
        return pages.render(request, "problem.html", status=problem.status, problem=problem, trace=trace)
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else None  # noqa: PLR2004
    return JSONResponse({**problem.document(), "trace": trace}, problem.status, media_type=PROBLEM, headers=headers)


def _on_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)  # noqa: S101 - what the handler is registered for
    if isinstance(problem, SignInNeeded) and wants_page(request) and request.method == "GET":
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{request.scope.get('root_path', '')}/session/login?{urlencode({'next': here})}", 303)
    return answer_problem(request, problem)


def to_problem(refusal: Refusal) -> Problem:
    """Give the problem that a refused command is: 403 without authority, 422 for wrong content, 409 where the state forbids it."""
    status, title = 409, "现在不能这样办理"
    if isinstance(refusal, NotAllowed):
        status, title = 403, "无权办理"
    elif isinstance(refusal, Invalid):
        status, title = 422, "填写内容有误"
    members: dict[str, object] = {"article": refusal.article} if refusal.article else {}
    if isinstance(refusal, Invalid) and refusal.fields:
        members["errors"] = [{"field": field, "message": message} for field, message in refusal.fields.items()]
    return Problem(status, refusal.code, title, refusal.message, **members)


def _on_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101
    return answer_problem(request, to_problem(refusal))


def _on_not_found(request: Request, _: Exception) -> Response:
    return answer_problem(request, Problem(404, "not-found", "没有找到", "没有这条记录，或者它不属于您。"))


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return answer_problem(request, Problem(400, "no-json", "请求不是 JSON", "请求正文不是正确的 JSON。"))
    listed = [{"field": _field(one["loc"]), "message": _message(one)} for one in error.errors()]
    return answer_problem(request, Problem(422, "content-wrong", "填写内容有误", "请改正所列各项后重新提交。", errors=listed))


def _field(location: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _message(error: dict[str, object]) -> str:
    return "必须填写" if error["type"] == "missing" else str(error["msg"])


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    known = {404: ("not-found", "没有找到"), 405: ("method-wrong", "不支持这种请求"), 400: ("request-wrong", "请求不正确")}
    code, title = known.get(error.status_code, ("http-error", "请求不能处理"))
    return answer_problem(request, Problem(error.status_code, code, title))


def _on_unexpected(request: Request, error: Exception) -> Response:
    trace = getattr(request.state, "trace", "")
    logger.error("unexpected error, trace %s", trace, exc_info=error)
    detail = f"系统出现意外错误，已记录。联系技术人员时请提供编号 {trace}。"
    return answer_problem(request, Problem(500, "unexpected", "系统错误", detail))
