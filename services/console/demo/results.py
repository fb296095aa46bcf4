"""What happens after each decision of the simulated month: published, marked by its applicant, forwarded, printed, handed over, archived."""

from collections.abc import Mapping
from typing import Any

from services.console.demo.fate import Fate
from services.console.demo.officers import CLERKS, SHORT
from services.console.demo.script import Step

LOW = 2


class Results:
    """Plays what follows upon decisions."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate
        self._client = fate.client
        self._random = fate.random

    def follow(self, case: str, item: Mapping[str, Any], *, approves: bool) -> None:
        """Publish, mark, forward, print and hand over, mostly in time."""
        path, short = f"/workflow/api/cases/{case}", SHORT[item["department"]]

        def publish() -> None:
            self._client.act(f"{short}-handler", path, f"{path}/publish")
            self._fate.counts["published"] += 1

        def forward() -> None:
            document = {"to": "上级主管部门（示例）", "document": f"示初〔{self._client.now.year}〕{self._fate.counts['forwarded'] + 1}号（示例）"}
            self._client.act(f"{short}-leader", path, f"{path}/forward", document)
            self._fate.counts["forwarded"] += 1

        def print_on_blank() -> None:
            number = self._client.get("supervisor1", path)["number"]
            for row in self._client.get(f"{short}-handler", "/certificates/api/results/to-make")["items"]:
                if row["case_number"] == number:
                    self._client.post(f"{short}-handler", f"/certificates/api/results/{row['id']}/make", {"blank": f"示{self._random.randint(10000, 99999)}"})
                    self._fate.counts["printed"] += 1

        def mark() -> None:
            level = self._random.choices((5, 4, 3, 2, 1), (50, 25, 12, 8, 5))[0]
            body = {"stage": "RESULT", "level": level, "tags": [] if level > LOW else ["SPEED"]}
            self._client.post(self._fate.online[case], f"/intake/api/applications/{case}/reviews", body)
            self._fate.counts["marked"] += 1

        if self._fate.chance(0.96):
            self._fate.at(self._fate.later(self._random.randint(1, 5)), publish)
        if case in self._fate.online and self._fate.chance(0.5):
            self._fate.at(self._fate.later(1), mark)
        if approves and item["kind"] == "ESCALATED" and self._fate.chance(0.9):
            self._fate.at(self._fate.later(1), forward)
        if approves and item["result"]["numbered_blank"] and self._fate.chance(0.9):
            self._fate.at(self._fate.later(self._random.randint(1, 6)), print_on_blank)
        if self._fate.chance(0.7):
            self._fate.at(self._fate.later(self._random.randint(1, 3)), lambda: self._hand_over(case))

    def _hand_over(self, case: str) -> None:
        number = self._client.get("supervisor1", f"/workflow/api/cases/{case}")["number"]
        for row in self._client.get(CLERKS[1], f"/certificates/api/results/waiting?text={number}")["items"]:
            body = {"receiver": "领取人（示例）", "identity_shown": "身份证 0000"}
            self._client.post(CLERKS[1], f"/certificates/api/results/{row['number']}/deliver", body)
            self._fate.counts["delivered"] += 1
            if self._fate.chance(0.95):
                self._fate.at(self._fate.later(1), self._archiving(row["number"]))

    def _archiving(self, number: str) -> Step:
        def archive() -> None:
            self._client.post(CLERKS[1], f"/certificates/api/results/{number}/archive")
            self._fate.counts["archived"] += 1

        return archive
