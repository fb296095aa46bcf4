"""Each journey has a district of its own, on Monday, 2 March 2026, at 9 o'clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.world import World, at, world_at


@pytest.fixture
def world(tmp_path: Path, connection: dict[str, str]) -> Iterator[World]:
    """A district with the sample catalogue and accounts, embedded and again on the real parts."""
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        yield world


@pytest.fixture
def run(tmp_path: Path, connection: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on the data of the test's worlds, embedded and again on the real parts."""
    for name, value in {"var": str(tmp_path), **connection}.items():
        monkeypatch.setenv(f"ONEWINDOW_{name.upper()}", value)
    return CliRunner()
