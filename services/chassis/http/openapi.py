"""The OpenAPI document says of every operation who may call it and that its errors are problems (RFC 9457)."""

from typing import Any

from fastapi import FastAPI

from services.chassis.auth import rules
from services.chassis.http.errors import PROBLEM

_FIELD = {"type": "object", "required": ["field", "message"], "properties": {"field": {"type": "string"}, "message": {"type": "string"}}}
_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457; `type` is a code that never changes, `title` and `detail` are for people",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:onewindow:problem:content-wrong"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "trace": {"type": "string", "description": "the number under which the log knows this request"},
        "article": {"type": "string", "description": "the rule that a refusal rests on"},
        "errors": {"type": "array", "items": _FIELD, "description": "what is wrong in which field"},
    },
}
_ANSWER = {"description": "a problem", "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "an access token of the identity provider"}


def document(app: FastAPI, address: str) -> dict[str, Any]:
    """Give the document of an application that is served under `address`."""
    made = app.openapi()
    components = made.get("components", {})
    schemas = {name: schema for name, schema in components.get("schemas", {}).items() if name not in {"HTTPValidationError", "ValidationError"}}
    access = {(path, method.lower()): rule for path, methods, rule in rules(app) for method in methods}
    paths = {
        path: {method: _operation(operation, access.get((path, method))) for method, operation in operations.items()}
        for path, operations in made["paths"].items()
    }
    components = {**components, "schemas": {**schemas, "Problem": _SCHEMA}, "securitySchemes": {"token": _BEARER}}
    return {**made, "paths": paths, "components": components, "servers": [{"url": address or "/"}]}


def _operation(operation: dict[str, Any], rule: Any) -> dict[str, Any]:  # noqa: ANN401 - a Rule, or none
    """Replace FastAPI's own description of errors, and add who may call."""
    answers = {status: answer for status, answer in operation["responses"].items() if status != "422"}
    made = {**operation, "responses": {**answers, "default": _ANSWER}}
    if rule is not None and not rule.anyone:
        made |= {"security": [{"token": []}], "x-roles": sorted(rule.roles)}
    return made
