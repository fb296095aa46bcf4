"""Each service documents its API under its own address, and every endpoint that a program calls is in it."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.chassis.auth import rules
from services.chassis.fields import FIELDS
from tests.world import World, at, world_at

SERVICES = ("intake", "workflow", "supervision", "certificates", "notification", "identity")


@pytest.fixture(name="world", scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory, lasting_connection: dict[str, str]) -> Iterator[World]:
    with world_at(tmp_path_factory.mktemp("district"), at("2026-03-02 09:00"), again=False, **lasting_connection) as world:
        yield world


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_documents_its_endpoints(world: World, service: str) -> None:
    """Given a service, its page of documentation loads the document beside it, which has every endpoint of its API with a sentence and its problems."""
    page = world.call(None, "GET", f"/{service}/docs", headers={"Accept": "text/html"})
    assert page.is_success
    assert "openapi.json" in page.text
    document = world.do(None, "GET", f"/{service}/openapi.json")
    assert document["openapi"].startswith("3.")
    base = f"/{service}"
    served = {(path.removeprefix(base), method) for path, methods, _ in rules(world.window.app) for method in methods if path.startswith(f"{base}/api/")}
    documented = {(path, method.upper()): operation for path, item in document["paths"].items() for method, operation in item.items()}
    assert served - documented.keys() == set()
    assert [name for name in served if not documented[name].get("description")] == []


def test_every_service_is_documented(world: World) -> None:
    """Given the whole product, no service with an API is missing here."""
    assert {path.split("/")[1] for path, _, _ in rules(world.window.app) if "/api/" in path} <= set(SERVICES)


@pytest.mark.parametrize("service", [one for one in SERVICES if one != "identity"])
def test_every_field_has_a_chinese_name(world: World, service: str) -> None:
    """Given whatever somebody may fill in wrongly, there is a name by which to say so. (What identity is asked for is OpenID Connect's.)"""
    document = world.do(None, "GET", f"/{service}/openapi.json")
    operations = [one for item in document["paths"].values() for one in item.values()]
    asked = {parameter["name"].lower() for one in operations for parameter in one.get("parameters", ())}
    for one in operations:
        asked |= set(_properties(one.get("requestBody", {}), document["components"]["schemas"], set()))
    assert asked - FIELDS.keys() == set()


def _properties(part: Any, schemas: dict[str, Any], seen: set[str]) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _properties(one, schemas, seen)
    if isinstance(part, dict):
        yield from part.get("properties", ())
        name = str(part.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            yield from _properties(schemas[name], schemas, seen)
        for one in part.values():
            yield from _properties(one, schemas, seen)
