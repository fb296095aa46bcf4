"""What was acknowledged is there after a kill -9 in the middle of work, and every effect happens once (make run)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.console.local.process import free_port
from tests.patience import PATIENCE
from tests.world import PASSWORD, PERSON

ONEWINDOW = str(Path(sys.executable).with_name("onewindow"))
ITEM = "food-operation-licence"
WRITERS = 3
KILLS = 2


class Running:
    """`onewindow run` in a process of its own, on the real clock."""

    def __init__(self, var: Path, port: int, settings: dict[str, str]) -> None:
        command = [ONEWINDOW, "run", "--var", str(var), "--port", str(port)]
        environment = {**os.environ, **{f"ONEWINDOW_{name.upper()}": value for name, value in settings.items()}}
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)  # noqa: S603
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
        self.until(lambda: self.http.get("/intake/health").is_success)
        self.http.headers = self.of("clerk1")

    def of(self, username: str) -> httpx.Headers:
        """Give the headers of an account."""
        form = {"grant_type": "password", "client_id": "onewindow-trial", "username": username, "password": PASSWORD}
        token = self.http.post("/identity/token", data=form).raise_for_status().json()["access_token"]
        return httpx.Headers({"Authorization": f"Bearer {token}"})

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(httpx.TransportError):
                if holds():
                    return
            time.sleep(0.1)
        raise AssertionError("it never came to hold")

    def application(self) -> dict[str, Any]:
        """Give what a clerk hands in."""
        item = self.http.get(f"/intake/api/items/{ITEM}").json()
        form = {field["code"]: field["choices"][0] if field["type"] == "CHOICE" else "10" for field in item["form"]}
        return {"item": ITEM, "applicant": PERSON, "form": form, "materials": [{"code": material["code"], "paper": True} for material in item["materials"]]}

    def receipt(self, body: dict[str, Any], key: str) -> Any:
        """Hand in an application, and give its receipt."""
        return self.http.post("/intake/api/applications", json=body, headers={"Idempotency-Key": key}).raise_for_status().json()

    def write_on(self, body: dict[str, Any], receipts: dict[str, Any], under_way: set[str]) -> None:
        """Hand in one application after the other until nobody answers any more."""
        with suppress(httpx.TransportError):
            while True:
                key = str(uuid4())
                under_way.add(key)
                receipts[key] = self.receipt(body, key)
                under_way.remove(key)

    def kill(self) -> None:
        """Kill without a warning."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Stop as Ctrl-C does, and give the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path, connection: dict[str, str]) -> None:
    """Given kills while several hand in, each receipt stands after the restart, who got none gets one, and supervision hears of each once."""
    port = free_port()
    running = Running(tmp_path, port, connection)
    body = running.application()
    receipts: dict[str, Any] = {}
    for _ in range(KILLS):
        enough = len(receipts) + 6
        under_way: set[str] = set()
        with ThreadPoolExecutor(WRITERS) as pool:
            writers = [pool.submit(running.write_on, body, receipts, under_way) for _ in range(WRITERS)]
            try:
                running.until(lambda: len(receipts) >= enough)  # noqa: B023 - awaited here
            finally:
                # Whoever is answered asks at once for the next: some of it is stored or not, and told to nobody.
                running.kill()
        assert [writer.result() for writer in writers] == [None] * len(under_way)
        running.http.close()
        running = Running(tmp_path, port, connection)
        for key, receipt in receipts.items():
            assert running.receipt(body, key) == receipt
        receipts |= {key: running.receipt(body, key) for key in under_way}
    for receipt in receipts.values():
        followed = running.http.post("/intake/api/applications/follow", json={"number": receipt["number"], "secret": receipt["secret"]})
        assert followed.json()["state"] == "RECEIVED"
    supervisor = running.of("supervisor1")

    def received() -> int:
        figures = running.http.get("/supervision/api/figures?from=2026-01-01&to=2100-01-01", headers=supervisor).json()
        return sum(one["received"] for one in figures)

    running.until(lambda: received() >= len(receipts))
    for receipt in receipts.values():
        history = running.http.get(f"/supervision/api/cases/{receipt['id']}/history", headers=supervisor).json()
        assert [entry["name"] for entry in history].count("application-received") == 1
    assert received() == len({receipt["id"] for receipt in receipts.values()}) == len(receipts)
    running.http.close()
    assert running.stop() == 0
