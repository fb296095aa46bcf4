"""What the whole suite shares: where a real part is missing its tests are skipped with a loud summary, and in CI that is a failure."""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext

import pytest
from hypothesis import settings

from tests import databases, real_parts
from tests.missing import NOT_TESTED
from tests.real_parts import RealParts

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
MISSING = pytest.StashKey[dict[str, str]]()

settings.register_profile("fast", max_examples=20)


def pytest_configure(config: pytest.Config) -> None:
    """Find out which real parts are there."""
    missing = {}
    if CHROMIUM is None:
        missing["browser"] = "no Chromium: install the package chromium"
    if "not connected" not in config.option.markexpr and (reason := real_parts.missing()):
        missing["connected"] = reason
    config.stash[MISSING] = missing


@pytest.fixture(scope="session")
def parts() -> Iterator[RealParts]:
    """Kafka and PostgreSQL, for tests with the marker `connected`."""
    with real_parts.started() as started:
        yield started


ON_BOTH = ("embedded", pytest.param("connected", marks=pytest.mark.connected))


@pytest.fixture
def connected(parts: RealParts) -> Iterator[dict[str, str]]:
    """Settings for PostgreSQL with Kafka."""
    with parts.world() as settings:
        yield settings


@pytest.fixture(params=ON_BOTH)
def connection(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Settings for SQLite without a broker, and again for PostgreSQL with Kafka: whoever uses it is tested on both."""
    with _settings(request) as settings:
        yield settings


@pytest.fixture(scope="module", params=ON_BOTH)
def lasting_connection(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The same for a world in which all tests of a file live."""
    with _settings(request) as settings:
        yield settings


def _settings(request: pytest.FixtureRequest) -> AbstractContextManager[dict[str, str]]:
    if request.param == "embedded":
        return nullcontext({})
    parts: RealParts = request.getfixturevalue("parts")
    return parts.world()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs a missing part."""
    for marker, reason in config.stash[MISSING].items():
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly what was not tested."""
    said = [f"{NOT_TESTED}{marker} ({reason})" for marker, reason in config.stash[MISSING].items()]
    skipped = (str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ()) if isinstance(report.longrepr, tuple))
    said += sorted({reason.removeprefix("Skipped: ") for reason in skipped if NOT_TESTED in reason})
    for one in said:
        terminalreporter.section(one, sep="!", red=True, bold=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI, a missing part is a failure."""
    marker = session.config.option.markexpr
    unmet = [name for name in session.config.stash[MISSING] if f"not {name}" not in marker]
    if os.environ.get("CI") == "true" and unmet and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.connected)])
def on_both(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep data in SQLite, and again in PostgreSQL (`tests.databases`)."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            stack.enter_context(databases.kept_in(request.getfixturevalue("parts")))
        yield
