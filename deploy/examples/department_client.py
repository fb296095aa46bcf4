"""A department's own system reports one case and hears what concerns it: standard library alone, so that it runs wherever Python does.

python department_client.py http://127.0.0.1:8000 housing-system onewindow-2026 housing [where Keycloak gives tokens]

It reports a case of today (received, accepted), sends the batch a second time, as after a lost connection, reports something wrong,
and reads the feed until it finds its own receipts. See docs/integration.md.
"""

import json
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

BATCH = "application/cloudevents-batch+json; charset=utf-8"


class OneWindow:
    """The two calls that a department needs, with a token that is fetched once."""

    def __init__(self, address: str, client: str, secret: str, tokens: str = "") -> None:
        self._address = address.rstrip("/")
        form = urlencode({"grant_type": "client_credentials", "client_id": client, "client_secret": secret}).encode()
        with urlopen(Request(tokens or f"{self._address}/identity/token", form), timeout=30) as answer:  # noqa: S310 - the address is the caller's own
            self._token = json.load(answer)["access_token"]

    def report(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send up to 1000 events and give a receipt for each; sending them again does no harm."""
        _, answer = self._call("/intake/api/reports", json.dumps(events).encode(), BATCH)
        receipts: list[dict[str, Any]] = answer["receipts"]
        return receipts

    def hear(self, service: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """Give what a service said about our cases after a position, to the end of what there is by now."""
        path = f"/{service}/api/feed?after={after}"
        while True:
            following, events = self._call(path)
            yield from events
            if following == path:
                return
            path = following

    def _call(self, path: str, body: bytes | None = None, kind: str = "") -> tuple[str, Any]:
        request = Request(self._address + path, body, {"Authorization": f"Bearer {self._token}", **({"Content-Type": kind} if kind else {})})  # noqa: S310
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            link = answer.headers.get("Link", "")
            return link.partition(">")[0].lstrip("<"), json.load(answer)


def event(department: str, number: str, step: str, happened: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """Give a CloudEvent: its id is made from what it is about, so that the same step always has the same one."""
    return {
        "specversion": "1.0",
        "id": f"{number}/{step}",
        "source": f"/departments/{department}",
        "type": f"gov.onewindow.department.{step}.v1",
        "subject": number,
        "time": happened.isoformat(),
        "data": data,
    }


def main(address: str, client: str, secret: str, department: str, tokens: str = "", item: str = "construction-permit") -> int:
    """Report a case, and say what came of it."""
    window = OneWindow(address, client, secret, tokens)
    now = datetime.now(UTC)
    number = f"EX-{uuid.uuid4().hex[:8]}"
    received = {"item": item, "applicant": "A-17", "applicant_kind": "LEGAL_PERSON"}
    events = [
        event(department, number, "application-received", now - timedelta(minutes=2), received),
        event(department, number, "application-accepted", now - timedelta(minutes=1), {}),
    ]
    for attempt in ("first", "again"):
        print(attempt, [receipt["status"] for receipt in window.report(events)])
    (refused,) = window.report([event(department, number, "case-decided", now, {"outcome": "GRANTED"})])
    print(refused["status"], refused["code"], refused["detail"])
    heard: list[str] = []
    for _ in range(20):
        heard = [one["type"] for one in window.hear("intake") if one["data"].get("number") == number]
        if len(heard) > len(events):
            break
        time.sleep(0.5)
    print("heard", heard)
    return 0 if len(heard) > len(events) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
