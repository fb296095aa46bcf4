"""What the whole suite shares: where a real part is missing its tests are skipped with a loud summary, and in CI that is a failure."""

import os
import shutil

import pytest

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
MISSING = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Find out which real parts are there."""
    missing = {}
    if CHROMIUM is None:
        missing["browser"] = "no Chromium: install the package chromium"
    config.stash[MISSING] = missing


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs a missing part."""
    for marker, reason in config.stash[MISSING].items():
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly what was not tested."""
    for marker, reason in config.stash[MISSING].items():
        terminalreporter.section(f"NOT TESTED: {marker} ({reason})", sep="!", red=True, bold=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI, a missing part is a failure."""
    marker = session.config.option.markexpr
    unmet = [name for name in session.config.stash[MISSING] if f"not {name}" not in marker]
    if os.environ.get("CI") == "true" and unmet and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
