"""A part that is missing is said loudly, and is a failure in CI: nobody takes what was not tested for tested."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_a_missing_part_is_said_loudly(tmp_path: Path, ci: str, code: int) -> None:
    """Given a test that lacks a part, the run ends with a line of its own that says so; with CI=true it fails."""
    lacking = tmp_path / "test_lacking.py"
    lacking.write_text("from tests.missing import missing\n\ndef test_it():\n    missing('no moon')\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "tests.conftest", "-m", "not connected and not browser", str(lacking)]
    done = subprocess.run(command, env={**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert done.returncode == code, done.stdout + done.stderr
    assert "no moon" in done.stdout
    assert ("! NOT TESTED: no moon !" in done.stdout) == (not ci)
