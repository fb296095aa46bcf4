"""The example of docs/integration.md does what the page says (EXC-01)."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from services.chassis.web.assets import REPOSITORY
from tests.patience import PATIENCE
from tests.world import World, world_at


def ran(world: World, *tokens: str) -> "subprocess.CompletedProcess[str]":
    """Run the example against a world, while its bus is going, by default with a token of our own provider."""
    example = str(REPOSITORY / "deploy" / "examples" / "department_client.py")
    command = [sys.executable, example, world.address, "housing-system", "onewindow-2026", "housing", *tokens]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603


def test_the_example_reports_a_case_and_hears_of_it(tmp_path: Path, connection: dict[str, str]) -> None:
    """Given a newcomer with the sample account, the example's case is receipted, known when repeated, refused where wrong, heard of, and supervised."""
    with world_at(tmp_path, datetime.now(UTC), again=False, **connection) as world:
        world.window.bus.start()
        done = ran(world)
        assert done.returncode == 0, done.stdout + done.stderr
        first, again, refused, heard = done.stdout.splitlines()
        page = (REPOSITORY / "docs" / "integration.md").read_text(encoding="utf-8")
        assert all(line in page for line in (first, again, refused, heard)), "what it prints is what the page shows"
        until = time.monotonic() + PATIENCE
        while not (cases := [row for row in world.rows("supervision", "cases") if row["state"] == "OPEN"]) and time.monotonic() < until:
            time.sleep(0.1)
        (case,) = cases
        assert (case["channel"], case["department"]) == ("DEPARTMENT", "housing")
