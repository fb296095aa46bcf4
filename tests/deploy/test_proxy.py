"""The proxy itself: one address for all, streams that flow, what is nobody's business closed."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from services.console.local.process import MissingPart, free_port
from services.console.local.proxy import Proxy
from tests.missing import missing
from tests.patience import PATIENCE
from tests.world import World, at, world_at


@pytest.fixture(name="world", scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_at(tmp_path_factory.mktemp("district"), at("2026-03-02 09:00")) as world:
        yield world


@pytest.fixture(name="address", scope="module")
def _address(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("proxy")
    folder.chmod(0o755)
    port = free_port()
    own = int(world.address.rpartition(":")[2])
    try:
        proxy = Proxy(folder, port, dict.fromkeys(("intake", "workflow", "supervision", "certificates", "notification", "identity"), own))
    except MissingPart as error:
        missing(str(error))
    proxy.start()
    yield f"http://127.0.0.1:{port}"
    proxy.process.stop()


def test_everything_is_at_one_address(address: str) -> None:
    """Given the proxy, each service answers under its own path, and the front door leads to the hall."""
    for path in ("/intake/", "/workflow/published", "/certificates/check", "/identity/.well-known/openid-configuration"):
        assert httpx.get(address + path, timeout=PATIENCE).status_code == 200, path
    assert httpx.get(address + "/", timeout=PATIENCE).headers["location"] == "/intake/"


def test_how_a_process_is_stays_inside(address: str, world: World) -> None:
    """Given figures and health, the processes give them and the proxy does not."""
    for path in ("/metrics", "/health/live", "/health/ready"):
        assert httpx.get(world.address + path, timeout=PATIENCE).is_success
        assert httpx.get(address + path, timeout=PATIENCE).status_code == 404


def test_a_stream_flows_through(address: str, world: World) -> None:
    """Given the live page, a message comes through the proxy while the stream stays open."""
    headers = {"Authorization": f"Bearer {world.token('supervisor1')}"}
    with httpx.stream("GET", f"{address}/supervision/api/live?since=0", headers=headers, timeout=PATIENCE) as answer:
        assert next(line for line in answer.iter_lines() if line.startswith("data: "))


def test_too_large_a_body_is_stopped_at_the_door(address: str) -> None:
    """Given more than 64 MB, the proxy says no before anybody reads it."""
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as connection:
        connection.sendall(b"POST /intake/api/files HTTP/1.1\r\nHost: x\r\nContent-Length: 99000000\r\n\r\n")
        assert b" 413 " in connection.recv(200)


def test_security_headers_come_once(address: str) -> None:
    """Given a page through the proxy, each of our headers is there once."""
    headers = httpx.get(f"{address}/intake/", timeout=PATIENCE).headers
    assert len(headers.get_list("content-security-policy")) == 1
    assert len(headers.get_list("x-frame-options")) == 1
