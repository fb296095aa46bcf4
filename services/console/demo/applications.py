"""What happens to each application of the simulated month until its acceptance: handed in, pre-reviewed, corrected, accepted, refused, or forgotten."""

from collections.abc import Mapping
from typing import Any

from services.console.demo import people
from services.console.demo.cases import Cases
from services.console.demo.fate import Fate
from services.console.demo.officers import CLERKS, SHORT, SPEED
from services.console.demo.script import FILE, Step, applicant_of

APPLICANTS = ("zhangsan", "lisi", "wangwu", "chengda-agent")
KINDS = ("INSTANT", "PROMISED", "ESCALATED", "JOINT")


class Applications:
    """Plays applications until their acceptance, from which on they are `cases`; each has an idempotency key that begins with `key`."""

    def __init__(self, fate: Fate, cases: Cases, key: str) -> None:
        self._fate = fate
        self._client = fate.client
        self._random = fate.random
        self._cases = cases
        self._key = key
        self._items: dict[str, Mapping[str, Any]] = {}
        self._applicants: dict[str, str] = {}

    def arrival(self, number: int) -> Step:
        """Give the step by which an application comes in."""

        def arrive() -> None:
            # The first few are of one kind each, so that the smallest month has all of them.
            kind = KINDS[number] if number < len(KINDS) else ""
            codes = [row["code"] for row in self._client.get(None, f"/intake/api/items?kind={kind}")["items"]]
            weights = [4 if code in {"food-operation-licence", "individual-business-registration", "elderly-benefit-card"} else 1 for code in codes]
            item = self._item(self._random.choices(codes, weights)[0])
            channel = self._random.choices(("ONLINE", "WINDOW", "KIOSK"), (5, 4, 2))[0]
            if item["process"]["accepted_by"] == "WINDOW_CLERK":
                channel = self._random.choice(("WINDOW", "WINDOW", "ONLINE"))
            case = self._submit(number, item, channel)
            self._fate.counts["received"] += 1
            by_handler = item["process"]["accepted_by"] == "HANDLER"
            if channel == "WINDOW" and by_handler and self._fate.chance(0.95):
                self._fate.at(self._fate.handover(), lambda: self._sign_for_paper(case, item))
            if channel == "ONLINE" and by_handler and self._fate.chance(0.8):
                self._fate.at(self._fate.later(1), lambda: self._pre_review(case, item))
            self._fate.at(self._fate.later(self._random.choice((0.1, 0.5, 1, 2, 3)) * SPEED[item["department"]]), lambda: self._answer(case, item))

        return arrive

    def _sign_for_paper(self, case: str, item: Mapping[str, Any]) -> None:
        path = f"/intake/api/applications/{case}"
        self._client.act(f"{SHORT[item['department']]}-handler", path, f"{path}/paper/sign")
        self._fate.counts["paper signed for"] += 1

    def _pre_review(self, case: str, item: Mapping[str, Any]) -> None:
        officer, path = f"{SHORT[item['department']]}-handler", f"/intake/api/applications/{case}"
        if self._client.get(officer, path)["state"] == "RECEIVED":
            self._client.act(officer, path, f"{path}/pre-review", {"passed": True, "opinion": "预审通过，请等待受理。"})
            self._fate.counts["pre-reviewed"] += 1

    def _item(self, code: str) -> Mapping[str, Any]:
        if code not in self._items:
            self._items[code] = self._client.get(None, f"/intake/api/items/{code}")
        return self._items[code]

    def _submit(self, number: int, item: Mapping[str, Any], channel: str) -> str:
        username = {"ONLINE": self._random.choice(APPLICANTS), "WINDOW": self._random.choice(CLERKS), "KIOSK": "kiosk1"}[channel]
        incomplete = self._fate.chance(0.18)
        listed = [material for material in item["materials"] if not incomplete or material["code"] != item["materials"][-1]["code"]]
        if channel == "WINDOW":
            materials = [{"code": one["code"], "paper": True, "original_checked": one["original_check"]} for one in listed]
        else:
            digest = self._client.upload(username, "材料.pdf", FILE)
            materials = [{"code": one["code"], "digest": digest, "filename": f"{one['name']}.pdf"} for one in listed]
        body = {
            "item": item["code"],
            "applicant": self._applicant(username) if channel == "ONLINE" else self._random.choice((people.person, people.company))(self._random),
            "form": {field["code"]: self._filled(field) for field in item["form"]},
            "materials": materials,
            "commitment": channel == "WINDOW",
        }
        answer = self._client.post(username, "/intake/api/applications", body, **{"Idempotency-Key": f"{self._key}-{number}"})
        if channel == "ONLINE":
            self._fate.online[answer["id"]] = username
        return str(answer["id"])

    def _applicant(self, username: str) -> str:
        if username not in self._applicants:
            self._applicants[username] = applicant_of(self._client, self._random, username)
        return self._applicants[username]

    def _filled(self, field: Mapping[str, Any]) -> str:
        match field["type"]:
            case "NUMBER":
                return str(self._random.randint(1, 900))
            case "DATE":
                return self._client.now.date().isoformat()
            case "CHOICE":
                return str(self._random.choice(field["choices"]))
            case _:
                return f"{field['label']}（示例）"

    def _answer(self, case: str, item: Mapping[str, Any]) -> None:
        """Accept, ask for corrections, refuse, or forget the application until it counts as accepted."""
        by_window = item["process"]["accepted_by"] == "WINDOW_CLERK"
        officer = self._random.choice(CLERKS) if by_window else f"{SHORT[item['department']]}-handler"
        path = f"/intake/api/applications/{case}"
        application = self._client.get(officer, path)
        if application["state"] not in {"RECEIVED", "CORRECTED"}:
            self._cases.work(case, item)
            return
        there = {material["code"] for material in application["materials"]}
        missing = [one for one in item["materials"] if one["required"] and one["code"] not in there]
        if missing:
            self._client.act(officer, path, f"{path}/correction-notices", {"defects": {one["code"]: f"缺少{one['name']}" for one in missing}})
            self._fate.counts["corrected"] += 1
            self._fate.at(self._fate.later(self._random.randint(1, 4)), lambda: self._correct(case, item, [one["code"] for one in missing]))
        elif self._fate.chance(0.04):
            self._client.act(officer, path, f"{path}/refuse", {"reason": "申请事项不属于本机关职权范围，请向所在地主管部门提出。"})
            self._fate.counts["refused acceptance"] += 1
        elif self._fate.chance(0.03) and not by_window:
            self._fate.counts["forgotten"] += 1
            self._fate.at(self._fate.later(8), lambda: self._cases.work(case, item))
        else:
            self._client.act(officer, path, f"{path}/accept")
            self._fate.counts["accepted"] += 1
            self._fate.at(self._fate.later(0.1 if by_window else 0.5 * SPEED[item["department"]]), lambda: self._cases.work(case, item))

    def _correct(self, case: str, item: Mapping[str, Any], codes: list[str]) -> None:
        path = f"/intake/api/applications/{case}"
        body = {"materials": [{"code": code, "paper": True} for code in codes]}
        self._client.post(self._random.choice(CLERKS), f"{path}/corrections", body)
        self._fate.at(self._fate.later(1), lambda: self._answer(case, item))
