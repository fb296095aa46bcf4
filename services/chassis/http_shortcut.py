"""The short way from a request to its endpoint: the route by a table, what the endpoint takes by its plan. Whatever is not plain goes the long way."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from re import Pattern
from typing import Any

from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.telemetry import TelemetryConfig
from starlette.convertors import PathConvertor
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.http_plan import Plan, plan_of
from services.chassis.http_threads import Threads

OWN_FIGURES: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""Traces, figures and logs are our own: FastAPI need not look anew for each request whether anybody wants its."""
THREADS = 40
"""How many requests of an application are answered at once; others wait."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A route: the pattern of its path, and the plan of its endpoint where there is one."""

    pattern: Pattern[str]
    convertors: dict[str, Any]
    route: BaseRoute
    plan: Plan | None


class _Table:
    """The routes of an application, by method and number of slashes, in the order in which they were declared; and what is mounted in it."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._entries: defaultdict[tuple[str, int], list[_Entry]] = defaultdict(list)
        self._mounts: dict[str, ASGIApp] = {}
        for one in iter_route_contexts(routes):
            original = one.original_route
            if isinstance(original, Mount):
                self._mounts[original.path] = original.app
            elif not isinstance(original, APIRoute) or any(isinstance(convertor, PathConvertor) for convertor in one.param_convertors.values()):
                # It may take any path before those that come after it.
                break
            else:
                entry = _Entry(one.path_regex, one.param_convertors, original, plan_of(one))
                for method in one.methods or ():
                    self._entries[method, (one.path or "").count("/")].append(entry)

    def entry(self, scope: Scope, path: str) -> _Entry | None:
        """Give the route that a request asks for, and say in the scope which it is."""
        for entry in self._entries.get((scope["method"], path.count("/")), ()):
            if (match := entry.pattern.match(path)) is not None:
                scope["path_params"] = {name: entry.convertors[name].convert(value) for name, value in match.groupdict().items()}
                scope["route"] = entry.route
                return entry
        return None

    def mounted(self, scope: Scope, path: str) -> ASGIApp | None:
        """Give the application that is mounted where a request goes, and say in the scope where that is."""
        prefix, slash, _ = path[1:].partition("/")
        found = self._mounts.get(f"/{prefix}") if slash else None
        if found is not None:
            root = scope.get("root_path", "")
            scope.update(app_root_path=scope.get("app_root_path", root), root_path=f"{root}/{prefix}", endpoint=found)
        return found


class Heard:
    """What came of a request so far: whoever is left with it hears it once more, failures too."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._heard: list[Message | Exception] = []

    async def receive(self) -> Message:
        """Hear what comes next."""
        try:
            message = await self._receive()
        except Exception as error:
            self._heard.append(error)
            raise
        self._heard.append(message)
        return message

    async def body(self) -> bytes:
        """Hear the whole body; none of it where the caller is gone."""
        message = await self.receive()
        body: bytes = message.get("body", b"")
        while message.get("more_body"):
            message = await self.receive()
            body += message.get("body", b"")
        return body if message["type"] == "http.request" else b""

    async def again(self) -> Message:
        """Hear everything from the beginning."""
        if not self._heard:
            return await self._receive()
        first = self._heard.pop(0)
        if isinstance(first, Exception):
            raise first
        return first


class Shortcut:
    """The innermost middleware of an application: it answers a plain request by FastAPI's own functions, and leaves any other, errors above all, to FastAPI.

    FastAPI tries one route after the other and finds out how an endpoint is called, for each request anew; here both are known.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._table: _Table | None = None
        self._threads = Threads(THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._table is None:
            self._table = _Table(scope["app"].routes)
        root = scope.get("root_path", "")
        path = scope["path"][len(root) :] if scope["path"].startswith(f"{root}/") else ""
        if (entry := self._table.entry(scope, path)) is None:
            await (self._table.mounted(scope, path) or self._app)(scope, receive, send)
        elif entry.plan is None:
            await self._app(scope, receive, send)
        else:
            await self._answer(entry.plan, scope, Heard(receive), send)

    async def _answer(self, plan: Plan, scope: Scope, heard: Heard, send: Send) -> None:
        request = Request(scope, heard.receive)
        try:
            call = await plan.prepared(request, heard.body)
        except Exception:  # noqa: BLE001 - whatever it is, the application comes upon it too and says so
            await self._app(scope, heard.again, send)
            return
        try:
            answer = await self._threads.do(call)
        except Exception as raised:
            handlers = scope["app"].exception_handlers
            handler = next((handlers[kind] for kind in type(raised).__mro__ if kind in handlers), None)
            if handler is None:
                raise
            answer = await self._threads.do(partial(handler, request, raised))
        await answer(scope, heard.receive, send)
