"""The district's HTTP API, called in the name of any sample account."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from services.identity.provider import TRIAL_CLIENT

TOKEN_LIFE = timedelta(hours=8)


class Client:
    """Calls a district on a virtual clock. Raises `httpx.HTTPStatusError`, with what the problem says, where a call is refused."""

    def __init__(self, address: str, password: str, machines: frozenset[str]) -> None:
        self._http = httpx.Client(base_url=address, timeout=120)
        self._password = password
        self._machines = machines
        self._tokens: dict[str, tuple[datetime, str]] = {}
        self.now = datetime.fromisoformat(self._http.get("/time").raise_for_status().json()["moment"])

    def advance(self, moment: datetime) -> None:
        """Set the district's clock forward."""
        if moment > self.now:
            self.post("admin", "/time", {"moment": moment.isoformat()})
            self.now = moment

    def get(self, username: str | None, path: str) -> Any:  # noqa: ANN401 - JSON
        """Read."""
        return self._answer(self._http.get(path, headers=self._headers(username)))

    def post(self, username: str, path: str, body: Any = None, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """Write."""
        return self._answer(self._http.post(path, json=body or {}, headers={**self._headers(username), **headers}))

    def submit(self, username: str | None, path: str, form: Mapping[str, str]) -> str:
        """Fill in the form of a page, as a browser does, and give the address that it leads to."""
        fields = dict(form)
        if username is None:
            # A browser without a session proves by the page's token that it was on the page.
            page = self._http.get(path, headers={"Accept": "text/html"}).raise_for_status().text
            fields["csrf_token"] = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        answer = self._http.post(path, data=fields, headers={**self._headers(username), "Accept": "text/html"})
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise httpx.HTTPStatusError(f"POST {path}: {answer.status_code}", request=answer.request, response=answer)
        return answer.headers["location"]

    def act(self, username: str, seen: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON
        """Write, having read the version at `seen` first."""
        version = self.get(username, seen)["version"]
        return self.post(username, path, body, **{"If-Match": f'"{version}"'})

    def upload(self, username: str, name: str, content: bytes) -> str:
        """Upload a file and give its digest."""
        answer = self._http.post("/intake/api/files", files={"file": (name, content)}, headers=self._headers(username))
        digest: str = self._answer(answer)["digest"]
        return digest

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _headers(self, username: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token(username)}"} if username else {}

    def _token(self, username: str) -> str:
        kept = self._tokens.get(username)
        if kept is None or self.now - kept[0] > TOKEN_LIFE:
            form = {"grant_type": "password", "client_id": TRIAL_CLIENT, "username": username, "password": self._password}
            if username in self._machines:
                form = {"grant_type": "client_credentials", "client_id": username, "client_secret": self._password}
            kept = (self.now, str(self._answer(self._http.post("/identity/token", data=form))["access_token"]))
            self._tokens[username] = kept
        return kept[1]

    @staticmethod
    def _answer(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
        if answer.is_error:
            raise httpx.HTTPStatusError(f"{answer.request.method} {answer.request.url.path}: {answer.text}", request=answer.request, response=answer)
        return answer.json()
