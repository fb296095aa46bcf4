"""How an endpoint is called, found out once: which parameters it takes from where, and how its answer is written.

FastAPI describes each endpoint, and finds this out anew for each request. What is said here is the plain case of what it does, for whatever is rightly
asked: as soon as anything is missing or wrong, `NotPlain` leaves the request to FastAPI, whose word it is what to say of it.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from inspect import iscoroutinefunction, isfunction, signature
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

from fastapi import params
from fastapi.datastructures import DefaultPlaceholder
from fastapi.exceptions import ResponseValidationError
from fastapi.responses import Response
from starlette.requests import Request

_SIMPLE = (str, int, float, bool, UUID, Enum)
_UNUSUAL = ("websocket_param_name", "http_connection_param_name", "background_tasks_param_name", "security_scopes_param_name", "cookie_params", "concurrency")
_BODILESS = frozenset({204, 205, 304})


class NotPlain(Exception):  # noqa: N818 - no error: said of a request
    """FastAPI is to answer."""


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A single value of the path, the query or the headers."""

    name: str
    alias: str
    required: bool
    default: Any
    field: Any

    def of(self, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of any type
        text = given.get(self.alias)
        if text is None:
            if self.required:
                raise NotPlain
            return self.default
        value, errors = self.field.validate(text, {})
        if errors:
            raise NotPlain
        return value


@dataclass(frozen=True, slots=True)
class _Call:
    """A call with what it takes: of the endpoint itself, or of something that it depends on."""

    name: str | None
    call: Callable[..., Any]
    path: tuple[_Parameter, ...]
    query: tuple[_Parameter, ...]
    headers: tuple[_Parameter, ...]
    dependencies: tuple["_Call", ...]
    request_name: str | None
    response_name: str | None

    async def arguments(self, request: Request, response: Response | None, known: dict[Any, Any]) -> dict[str, Any]:
        """Gather what it takes; what several depend on is asked once."""
        found: dict[str, Any] = {}
        for one in self.dependencies:
            if one.call not in known:
                call: Callable[..., Awaitable[Any]] = one.call
                known[one.call] = await call(**await one.arguments(request, response, known))
            if one.name is not None:
                found[one.name] = known[one.call]
        for parameter in self.path:
            found[parameter.name] = parameter.of(request.path_params)
        for parameter in self.query:
            found[parameter.name] = parameter.of(request.query_params)
        for parameter in self.headers:
            found[parameter.name] = parameter.of(request.headers)
        if self.request_name:
            found[self.request_name] = request
        if self.response_name:
            found[self.response_name] = response
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """The way of a plain request through one endpoint."""

    endpoint: _Call
    body: Any
    """The field of the one JSON body that it takes, or None."""
    answer: Any
    """The field of what it answers; None where it gives whole responses."""
    status: int
    tells: bool
    """Whether anything in it adds headers to the answer."""

    async def prepared(self, request: Request, read: Callable[[], Awaitable[bytes]]) -> Callable[[], Response]:
        """Give the call that answers a request, to be made in a thread, since it waits for the database. Raises `NotPlain`, or what a dependency raises."""
        told = _told() if self.tells else None
        if self.body is None:
            arguments = await self.endpoint.arguments(request, told, {})
        else:
            if request.headers.get("content-type") != "application/json" or not (raw := await read()):
                raise NotPlain
            content = json.loads(raw)
            arguments = await self.endpoint.arguments(request, told, {})
            arguments[self.body.name], errors = self.body.validate(content, {})
            if errors:
                raise NotPlain
        return lambda: self._answered(arguments, told)

    def _answered(self, arguments: Mapping[str, Any], told: Response | None) -> Response:
        said = self.endpoint.call(**arguments)
        if isinstance(said, Response):
            return said
        value, errors = self.answer.validate(said, {}, loc=("response",))
        if errors:
            raise ResponseValidationError(errors=errors, body=said)
        answer = Response(self.answer.serialize_json(value), self.status, media_type="application/json")
        if told is not None:
            answer.status_code = told.status_code or self.status
            answer.headers.raw.extend(told.headers.raw)
        return answer


def _told() -> Response:
    """Give what an endpoint puts the headers of its answer on."""
    told = Response()
    del told.headers["content-length"]
    told.status_code = 0
    return told


def plan_of(route: Any) -> Plan | None:  # noqa: ANN401 - an APIRoute, or what FastAPI makes of one where it is included
    """Give the plan of a route, None where FastAPI must answer everything: forms, streams, generators, endpoints that are coroutines themselves."""
    dependant, answer, body = route.dependant, route.response_field, route.body_field
    written_otherwise = any(
        (
            route.response_model_include is not None,
            route.response_model_exclude is not None,
            not route.response_model_by_alias,
            route.response_model_exclude_unset,
            route.response_model_exclude_defaults,
            route.response_model_exclude_none,
            not isinstance(route.response_class, DefaultPlaceholder),
            route.max_body_size is not None,
            (route.status_code or 200) in _BODILESS,
        )
    )
    if written_otherwise or not isfunction(dependant.call) or iscoroutinefunction(dependant.call):
        return None
    returned = signature(dependant.call).return_annotation
    if answer is None and not (isinstance(returned, type) and issubclass(returned, Response)):
        return None
    if body is not None and not ([one is body for one in dependant.body_params] == [True] and type(body.field_info) is params.Body):
        return None
    endpoint = _call(dependant)
    return Plan(endpoint, body, answer, route.status_code or 200, _tells(endpoint)) if endpoint is not None else None


def _tells(call: _Call) -> bool:
    return call.response_name is not None or any(map(_tells, call.dependencies))


def _call(dependant: Any) -> _Call | None:  # noqa: ANN401 - FastAPI's own
    if any(getattr(dependant, name) for name in _UNUSUAL):
        return None
    calls = []
    for one in dependant.dependencies:
        is_coroutine = iscoroutinefunction(one.call) or iscoroutinefunction(type(one.call).__call__)
        inner = _call(one) if is_coroutine and one.use_cache and not one.body_params and one.scope is None else None
        if inner is None:
            return None
        calls.append(inner)
    given = [[_parameter(one) for one in fields] for fields in (dependant.path_params, dependant.query_params, dependant.header_params)]
    if any(one is None for fields in given for one in fields):
        return None
    path, query, headers = (tuple(one for one in fields if one is not None) for fields in given)
    return _Call(dependant.name, dependant.call, path, query, headers, tuple(calls), dependant.request_param_name, dependant.response_param_name)


def _parameter(field: Any) -> _Parameter | None:  # noqa: ANN401 - FastAPI's own
    told = field.field_info
    kinds = [one for one in get_args(told.annotation) if one is not NoneType] if get_origin(told.annotation) in (Union, UnionType) else [told.annotation]
    is_simple = all(isinstance(kind, type) and issubclass(kind, _SIMPLE) for kind in kinds)
    if not is_simple or told.validate_default or told.default_factory or told.validation_alias not in (None, field.alias):
        return None
    return _Parameter(field.name, field.alias, told.is_required(), told.default, field)
