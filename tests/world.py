"""The whole product in one process on a virtual clock, reached over real HTTP: what journeys and browser tests live in."""

import atexit
import base64
import json
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from argon2 import PasswordHasher
from sqlalchemy import select

from services.chassis.service import Service
from services.chassis.storage.aggregates import copied, fold
from services.chassis.timekeeping import Now, VirtualTime
from services.console import sample
from services.console.embedded import OneWindow, compose
from services.console.settings import Settings
from services.kernel.calendar import SHANGHAI
from tests.patience import PATIENCE

PASSWORD = "onewindow-2026"
TLS = httpx.create_ssl_context()
"""Made once: it reads the system's certificates."""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PERSON = {"kind": "PERSON", "name": "张三（示例）", "number": "11010519491231002X", "phone": "13800000000", "email": "zhangsan@example.com"}
COMPANY = {
    "kind": "LEGAL_PERSON",
    "name": "诚达公司（示例）",
    "number": "91350100M000100Y43",
    "phone": "000-12345678",
    "email": "agent@chengda.example.com",
    "agent_name": "赵六（示例）",
    "agent_number": "11010519491231002X",
}


def personal_in(said: str, *more: str) -> list[str]:
    """Give what names or reaches the invented person and company, or is among `more`, and stands in a text (SEC-02)."""
    personal = [value for details in (PERSON, COMPANY) for name, value in details.items() if name != "kind"]
    return [one for one in (*personal, *more, "示例内容", PDF.decode()) if one in said]


def at(text: str) -> datetime:
    """Give a local moment, such as `2026-03-02 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class Caller:
    """Whoever calls a district over HTTP, in the name of its sample accounts."""

    def __init__(self, now: Now, address: str) -> None:
        self.now = now
        self.address = address
        self._tokens: dict[str, tuple[datetime, str]] = {}

    def settle(self) -> None:
        """Let every event be heard and every due timer fire."""
        raise NotImplementedError

    def token(self, username: str) -> str:
        """Give an access token of an account, a new one when the last is old."""
        moment, token = self._tokens.get(username, (self.now() - timedelta(days=1), ""))
        if self.now() - moment > timedelta(hours=8):
            form = {"grant_type": "password", "client_id": "onewindow-trial", "username": username, "password": PASSWORD}
            if username == "kiosk1" or username.endswith("-system"):
                form = {"grant_type": "client_credentials", "client_id": username, "client_secret": PASSWORD}
            answer = httpx.post(f"{self.address}/identity/token", data=form, timeout=PATIENCE, verify=TLS)
            answer.raise_for_status()
            token = answer.json()["access_token"]
            self._tokens[username] = (self.now(), token)
        return token

    def subject(self, username: str) -> str:
        """Give the account by which the services know a person."""
        claims = self.token(username).split(".")[1]
        subject: str = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
        return subject

    def call(self, username: str | None, method: str, path: str, **options: Any) -> httpx.Response:
        """Call an endpoint in the name of an account, or of nobody."""
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        if username is not None:
            headers["Authorization"] = f"Bearer {self.token(username)}"
        return httpx.request(method, self.address + path, headers=headers, timeout=PATIENCE, verify=TLS, **options)

    def do(self, username: str | None, method: str, path: str, **options: Any) -> Any:
        """Call an endpoint that must succeed, and give what it says."""
        answer = self.call(username, method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def act(self, username: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Act on an application or case as it is now: its version is read first and sent as If-Match."""
        parts = path.split("/")
        seen = self.do(username, "GET", "/".join(parts[:5]))["version"]
        return self.do(username, "POST", path, json=body or {}, headers={"If-Match": f'"{seen}"'})

    # What happens often

    def handed_in(self, username: str = "zhangsan") -> str:
        """Upload a file and give its digest."""
        digest: str = self.do(username, "POST", "/intake/api/files", files={"file": ("表.pdf", PDF)})["digest"]
        return digest

    def registered(self, username: str = "zhangsan", details: dict[str, str] | None = None) -> str:
        """Register the applicant of an account, and give its id."""
        applicant: str = self.do(username, "POST", "/intake/api/applicants", json=details or PERSON)["id"]
        return applicant

    def form(self, item: str) -> dict[str, str]:
        """Fill in the form of an item."""
        values = {"NUMBER": "10", "DATE": "2026-03-01", "TEXT": "示例内容", "LONG_TEXT": "示例内容"}
        fields = self.do(None, "GET", f"/intake/api/items/{item}")["form"]
        return {field["code"]: field["choices"][0] if field["type"] == "CHOICE" else values[field["type"]] for field in fields}

    def materials(self, item: str, digest: str | None = None, *, without: str = "") -> list[dict[str, Any]]:
        """Give all materials of an item, as files or on paper."""
        listed = self.do(None, "GET", f"/intake/api/items/{item}")["materials"]
        one = {"digest": digest, "filename": "表.pdf"} if digest else {"paper": True}
        return [{"code": material["code"], **one} for material in listed if material["code"] != without]

    def applied(self, item: str = "food-operation-licence", username: str = "zhangsan", *, key: str | None = None, **changes: Any) -> Any:
        """Apply online, and give the receipt."""
        applicant = changes.get("applicant") or self.registered(username)
        body = {"item": item, "applicant": applicant, "form": self.form(item), "materials": self.materials(item, self.handed_in(username)), **changes}
        receipt = self.do(username, "POST", "/intake/api/applications", json=body, headers={"Idempotency-Key": key} if key else {})
        self.settle()
        return receipt

    def accepted(self, item: str = "food-operation-licence", by: str = "market-handler") -> str:
        """Apply and accept, and give the case's id."""
        case: str = self.applied(item)["id"]
        self.act(by, f"/intake/api/applications/{case}/accept")
        self.settle()
        return case

    def signed(self, case: str, stage: str, by: str, *, approves: bool = True, opinion: str = "材料齐全，建议准予。", reasons: str = "") -> Any:
        """Sign a stage."""
        body = {"opinion": opinion, "approves": approves, "grounds": "《中华人民共和国食品安全法》第三十五条", "reasons": reasons}
        said = self.act(by, f"/workflow/api/cases/{case}/stages/{stage}/sign", body)
        self.settle()
        return said

    def decided(self, case: str, *, approves: bool = True, short: str = "market") -> None:
        """Take a case through handler, section head and leader."""
        self.signed(case, "handle", f"{short}-handler")
        self.signed(case, "review", f"{short}-head")
        self.signed(case, "approve", f"{short}-leader", approves=approves, reasons="" if approves else "不符合规定条件。")


class World(Caller):
    """A district on a virtual clock. Nothing moves between services until `settle`."""

    now: VirtualTime

    def __init__(self, window: OneWindow, now: VirtualTime, address: str) -> None:
        super().__init__(now, address)
        self.window = window
        self.is_tampered_with = False
        """Whether a test changes events that are stored."""

    def settle(self) -> None:
        """Let every event be heard and every due timer fire."""
        # Not in this thread: with a browser it has an event loop, which what signs documents cannot share.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(self.window.bus.settle).result()

    def advance(self, text: str) -> None:
        """Move the clock to a local moment, and let what falls due happen."""
        self.now.advance_to(at(text))
        self.settle()

    def rows(self, service: str, table: str) -> list[dict[str, Any]]:
        """Give the rows of a service's table."""
        return rows(self.window.services[service], table)


def rows(service: Service, table: str) -> list[dict[str, Any]]:
    """Give the rows of a table, in the order of its key."""
    chosen = service.database.table(table)
    with service.database.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(chosen).order_by(*chosen.primary_key)).mappings()]


def assert_known_is_stored(service: Service) -> None:
    """Fail where an aggregate that a service remembers is not what its events say: something of it was changed in place."""
    for known in service.aggregates.known():
        stored = fold(None, [service.mapper.to_domain_event(one) for one in service.recorder.select_events(known.id, lte=known.version)])
        assert stored is not None
        changed = [name for name, value in vars(copied(stored)).items() if vars(known)[name] != value]
        assert not changed, f"{type(known).__name__} {known.id} is remembered as what it is not: {', '.join(changed)}"


# Cheap hashes: these are invented people.
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def _sample_at(start: datetime) -> Path:
    """Give the data of an embedded world into which the sample was just loaded: made once, copied for each test."""
    folder = Path(tempfile.mkdtemp(prefix="onewindow-sample-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = Settings(var=folder)
    window = compose(settings, VirtualTime(start), HASHER)
    sample.load(window, settings)
    window.bus.settle()
    window.close()
    return folder


@contextmanager
def world_at(var: Path, start: datetime, *, again: bool = False, **settings: Any) -> Iterator[World]:
    """Build a world on a virtual clock that stands at `start`, serve it, and take it down. `again` opens one whose data are there."""
    now = VirtualTime(start)
    if not settings and not again:
        shutil.copytree(_sample_at(start), var, dirs_exist_ok=True)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        chosen = Settings(var=var, port=port, **settings)
        window = compose(chosen, now, HASHER)
        if settings:
            sample.load(window, chosen)
            window.bus.settle()
        listening.listen(128)
        server = uvicorn.Server(uvicorn.Config(window.app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield (world := World(window, now, chosen.address))
            if not world.is_tampered_with:
                for service in window.services.values():
                    assert_known_is_stored(service)
        finally:
            server.should_exit = True
            thread.join(10)
            window.close()
