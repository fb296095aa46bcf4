"""Around every answer: security headers, the trace id, the figures of the route, and a problem where nobody else gave an answer."""

import logging
import time
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from prometheus_client import Counter, Histogram
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.auth import Access
from services.chassis.http.errors import answer_problem, unexpected
from services.chassis.problems import Problem
from services.chassis.tracing import trace_of
from services.kernel.trace import TRACE

logger = logging.getLogger(__name__)
_SECONDS = Histogram("onewindow_http_request_seconds", "time to answer, by route", ["service", "method", "route"])
_ANSWERS = Counter("onewindow_http_answers_total", "answers, by route and status", ["service", "method", "route", "status"])
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def security_headers(access: Access) -> dict[str, str]:
    """Give the headers of every answer. Forms go to ourselves, and on to the provider where logging out ends the session there too."""
    provider = urlsplit(access.provider.issuer)
    policy = (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; object-src 'none'; base-uri 'none'; "
        f"form-action 'self' {provider.scheme}://{provider.netloc}; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "no-store",
    }
    return {**headers, "Strict-Transport-Security": "max-age=31536000"} if access.secure else headers


class Frame:
    """The outermost middleware of a service's application."""

    def __init__(self, app: ASGIApp, service: str, access: Access) -> None:
        self._app = app
        self._service = service
        self._headers = [(name.lower().encode(), value.encode()) for name, value in security_headers(access).items()]
        self._templates: dict[int, str] = {}
        self._figures: dict[tuple[str, str, int], tuple[Histogram, Counter]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        trace = trace_of(scope["headers"])
        scope.setdefault("state", {})["trace"] = trace
        token = TRACE.set(trace)
        status = 0

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                extra = [header for header in self._headers if header[0] not in present]
                message = {**message, "headers": [*message["headers"], *extra, (b"trace-id", trace.encode())]}
            await send(message)

        try:
            await self._app(scope, receive, framed)
        except Exception as error:
            if status:
                # Half an answer is out: the server must break the connection, so that nobody takes it for a whole one.
                raise
            request = Request(scope, receive)
            problem = error if isinstance(error, Problem) else unexpected(request, error)
            answer = await run_in_threadpool(answer_problem, request, problem)
            await answer(scope, receive, framed)
        finally:
            self._count(scope, status or 500, time.perf_counter() - started)
            TRACE.reset(token)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = self._template(scope["app"], scope.get("route"))
        key = (method, route, status)
        if key not in self._figures:
            self._figures[key] = (_SECONDS.labels(self._service, method, route), _ANSWERS.labels(self._service, method, route, status))
        took, answered = self._figures[key]
        took.observe(seconds)
        answered.inc()
        logger.info("%s %s%s %s %.1f ms", method, scope.get("root_path", ""), route, status, seconds * 1000)

    def _template(self, app: FastAPI, route: Any) -> str:  # noqa: ANN401 - any kind of route
        """Give the path of a route as declared, with the prefix of the router it came with; paths as called would be endless labels."""
        if route is None:
            return "none"
        if id(route) not in self._templates:
            self._templates = {id(one.original_route): one.path or "none" for one in iter_route_contexts(app.routes)}
        return self._templates.get(id(route), "none")
