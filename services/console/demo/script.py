"""What the scripts of the simulated month share: steps on working days, and the acts of which they are made."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from services.console.demo import people
from services.console.demo.client import Client
from services.kernel.calendar import SHANGHAI, WorkingDayCalendar

FILE = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
FOOD, KIOSK = "food-operation-licence", "kiosk1"
LEAST_DAYS = 28
Step = Callable[[], None]
Alter = Callable[[str], None]


def applicant_of(client: Client, random: Random, username: str) -> str:
    """Give the applicant for whom an account acts, registering one where it has none."""
    known = client.get(username, "/intake/api/applicants/mine")
    if known:
        return str(known[0]["id"])
    details = people.company(random) if username == "chengda-agent" else people.person(random)
    return str(client.post(username, "/intake/api/applicants", {**details, "email": f"{username}@example.com"})["id"])


class Script:
    """A part of what happens whatever the seed; `at` schedules a step."""

    def __init__(self, client: Client, calendar: WorkingDayCalendar, seed: int, first: date, at: Callable[[datetime, Step], None]) -> None:
        self._client = client
        self._calendar = calendar
        self._random = Random(f"{seed} {type(self).__name__}")  # noqa: S311 - a simulation
        self._seed = seed
        self._first = first
        self._at = at
        self._applied = 0

    def _put(self, script: Iterable[tuple[int, time, Step]]) -> None:
        """Put every step on its working day."""
        for day, hour, step in script:
            self._at(datetime.combine(self._day(day), hour, SHANGHAI), step)

    def _day(self, number: int) -> date:
        return self._calendar.add(self._first - timedelta(days=1), number)

    def _apply(self, code: str, username: str = KIOSK) -> str:
        """Apply at the kiosk, or online where somebody's account is named, with everything that the guide asks for."""
        item: Mapping[str, Any] = self._client.get(None, f"/intake/api/items/{code}")
        digest = self._client.upload(username, "材料.pdf", FILE)
        self._applied += 1
        body = {
            "item": code,
            "applicant": people.person(self._random) if username == KIOSK else applicant_of(self._client, self._random, username),
            "form": {field["code"]: _filled(field, self._first) for field in item["form"]},
            "materials": [{"code": one["code"], "digest": digest, "filename": f"{one['name']}.pdf"} for one in item["materials"]],
        }
        key = f"demo-{self._seed}-{self._first}-{type(self).__name__.lower()}-{self._applied}"
        case = str(self._client.post(username, "/intake/api/applications", body, **{"Idempotency-Key": key})["id"])
        self._wait()
        return case

    def _accepted(self, code: str, handler: str) -> str:
        case = self._apply(code)
        self._act(handler, case, "/accept", room="intake/api/applications")
        return case

    def _decide(self, case: str, code: str, short: str) -> None:
        item = self._client.get(None, f"/intake/api/items/{code}")
        for stage in item["process"]["stages"]:
            officer = f"{short}-{ {'HANDLER': 'handler', 'SECTION_HEAD': 'head', 'LEADER': 'leader'}[stage['role']] }"
            body = {"opinion": "符合规定条件，同意。", "approves": True, "grounds": f"《{item['legal_basis'][0]['law']}》"}
            self._act(officer, case, f"/stages/{stage['code']}/sign", body)

    def _act(self, username: str, case: str, path: str, body: Any = None, room: str = "workflow/api/cases") -> Any:  # noqa: ANN401 - JSON
        """Act on an application or a case as it is, and let the other services hear of it."""
        seen = f"/{room}/{case}"
        said = self._client.act(username, seen, seen + path, body)
        self._wait()
        return said

    def _wait(self) -> None:
        self._client.advance(self._client.now + timedelta(minutes=1))


def _filled(field: Mapping[str, Any], day: date) -> str:
    known = {"NUMBER": "10", "DATE": day.isoformat()}
    return str(field["choices"][0]) if field["type"] == "CHOICE" else known.get(field["type"], f"{field['label']}（示例）")
