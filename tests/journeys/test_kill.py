"""What was acknowledged is there after a kill -9, and its effects happen once (make run)."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import PATIENCE
from tests.world import PASSWORD, PERSON

ONEWINDOW = str(Path(sys.executable).with_name("onewindow"))
ITEM = "food-operation-licence"


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Running:
    """`onewindow run` in a process of its own, on the real clock."""

    def __init__(self, var: Path, port: int) -> None:
        command = [ONEWINDOW, "run", "--var", str(var), "--port", str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
        self.until(lambda: self.http.get("/intake/health").is_success)
        form = {"grant_type": "password", "client_id": "onewindow-trial", "username": "clerk1", "password": PASSWORD}
        token = self.http.post("/identity/token", data=form).raise_for_status().json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; fail after half a minute."""
        for _ in range(300):
            try:
                if holds():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError("it never came to hold")

    def kill(self) -> None:
        """Kill without a warning."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.http.close()

    def stop(self) -> int:
        """Stop as Ctrl-C does, and give the exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self.http.close()
        return code


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    """Given applications acknowledged up to the kill, each is there after the restart, received once, and supervision hears of each once."""
    port = free_port()
    running = Running(tmp_path, port)
    item = running.http.get(f"/intake/api/items/{ITEM}").json()
    form = {field["code"]: field["choices"][0] if field["type"] == "CHOICE" else "10" for field in item["form"]}
    materials = [{"code": material["code"], "paper": True} for material in item["materials"]]
    body: dict[str, Any] = {"item": ITEM, "applicant": PERSON, "form": form, "materials": materials}
    receipts = []
    for number in range(12):
        answer = running.http.post("/intake/api/applications", json=body, headers={"Idempotency-Key": f"k-{number}"})
        receipts.append(answer.raise_for_status().json())
    running.kill()
    again = Running(tmp_path, port)
    for number, receipt in enumerate(receipts):
        repeated = again.http.post("/intake/api/applications", json=body, headers={"Idempotency-Key": f"k-{number}"})
        assert repeated.json() == receipt
        followed = again.http.post("/intake/api/applications/follow", json={"number": receipt["number"], "secret": receipt["secret"]})
        assert followed.json()["state"] == "RECEIVED"
    form_of = {"grant_type": "password", "client_id": "onewindow-trial", "username": "supervisor1", "password": PASSWORD}
    token = again.http.post("/identity/token", data=form_of).json()["access_token"]
    supervisor = {"Authorization": f"Bearer {token}"}

    def heard() -> bool:
        today = again.http.get("/supervision/api/figures?from=2026-01-01&to=2100-01-01", headers=supervisor).json()
        return bool(sum(one["received"] for one in today) == len(receipts))

    again.until(heard)
    for receipt in receipts:
        history = again.http.get(f"/supervision/api/cases/{receipt['id']}/history", headers=supervisor).json()
        assert [entry["name"] for entry in history].count("application-received") == 1
    assert again.stop() == 0
