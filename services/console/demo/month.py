"""What happens in the simulated month: each application draws its fate from the seed and plays it out, step by step, on the virtual clock."""

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from services.console.demo import people
from services.console.demo.client import Client
from services.console.demo.incidents import Incidents
from services.console.demo.oversight import Oversight
from services.console.demo.reports import Reports
from services.console.demo.script import FILE, LEAST_DAYS, Alter, Step, applicant_of
from services.kernel.calendar import SHANGHAI, WorkingDayCalendar

APPLICANTS = ("zhangsan", "lisi", "wangwu", "chengda-agent")
CLERKS = ("clerk1", "clerk2")
LOW = 2
KINDS = ("INSTANT", "PROMISED", "ESCALATED", "JOINT")
SHORT = {
    "market-regulation": "market",
    "health": "health",
    "emergency": "emergency",
    "housing": "housing",
    "planning": "planning",
    "civil-affairs": "civil",
    "human-resources": "labour",
    "environment": "environment",
}
SPEED = {
    "market-regulation": 0.5,
    "health": 0.9,
    "emergency": 1.5,
    "housing": 0.6,
    "planning": 1.0,
    "civil-affairs": 0.7,
    "human-resources": 1.1,
    "environment": 1.4,
}
"""How much of a stage's limit the officers of a department usually take."""
OPINIONS = ("材料齐全，符合规定条件，建议准予。", "经审查符合法定条件、标准，同意。", "核查合格，同意上报。", "情况属实，同意。")
REASONS = ("经营场所不符合规定的距离要求。", "提交的证明文件与核查情况不符。", "不具备规定的设施条件。")


class Month:
    """Plays applications from `first` for so many days. The same seed and first day give the same month."""

    def __init__(self, client: Client, calendar: WorkingDayCalendar, seed: int, first: date, days: int, applications: int, alter: Alter | None = None) -> None:
        self._client = client
        self._calendar = calendar
        self._random = Random(seed)  # noqa: S311 - a simulation
        self._seed = seed
        self._first = first
        self._last = first + timedelta(days=days - 1)
        self._queue: list[tuple[datetime, int, Step]] = []
        self._steps = 0
        self._items: dict[str, Mapping[str, Any]] = {}
        self._applicants: dict[str, str] = {}
        self._online: dict[str, str] = {}
        """Who applied for a case by the own account."""
        self.counts: Counter[str] = Counter()
        working = [day for offset in range(days) if calendar.is_working(day := first + timedelta(days=offset))]
        for number in range(applications):
            self._at(self._moment(self._random.choice(working)), self._arrival(number))
        if days >= LEAST_DAYS:
            Incidents(client, calendar, seed, first, self._at, alter).schedule()
            Oversight(client, calendar, seed, first, self._at).schedule()
            Reports(client, calendar, seed, first, self._at).schedule()

    def play(self, tell: Callable[[datetime], None]) -> None:
        """Play to the end of the month; `tell` hears the virtual time of each step."""
        end = datetime.combine(self._last, time(23, 59), SHANGHAI)
        while self._queue and self._queue[0][0] <= end:
            moment, _, step = heapq.heappop(self._queue)
            self._client.advance(max(moment, self._client.now))
            step()
            tell(moment)
        self._client.advance(max(end, self._client.now))

    # Time

    def _at(self, moment: datetime, step: Step) -> None:
        self._steps += 1
        heapq.heappush(self._queue, (moment, self._steps, step))

    def _moment(self, day: date) -> datetime:
        """Give a moment in the office hours of a day."""
        return datetime.combine(day, time(9), SHANGHAI) + timedelta(minutes=self._random.randrange(0, 470))

    def _later(self, working_days: float) -> datetime:
        """Give a moment so many working days from now: within hours, or in the office hours of a later day."""
        if working_days < 0.3:  # noqa: PLR2004 - the same afternoon
            return self._client.now + timedelta(minutes=self._random.randrange(10, 90))
        return self._moment(self._calendar.add(self._client.now.astimezone(SHANGHAI).date(), max(1, round(working_days))))

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    # An application

    def _arrival(self, number: int) -> Step:
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
            self.counts["received"] += 1
            by_handler = item["process"]["accepted_by"] == "HANDLER"
            if channel == "WINDOW" and by_handler and self._chance(0.95):
                self._at(self._handover(), lambda: self._sign_for_paper(case, item))
            if channel == "ONLINE" and by_handler and self._chance(0.8):
                self._at(self._later(1), lambda: self._pre_review(case, item))
            self._at(self._later(self._random.choice((0.1, 0.5, 1, 2, 3)) * SPEED[item["department"]]), lambda: self._answer(case, item))

        return arrive

    def _handover(self) -> datetime:
        """Give the moment at which a department fetches the paper: after lunch, or the next morning."""
        local = self._client.now.astimezone(SHANGHAI)
        if local.hour < 12:  # noqa: PLR2004 - noon
            return datetime.combine(local.date(), time(13, 30), SHANGHAI)
        return datetime.combine(self._calendar.add(local.date(), 1), time(9, 5), SHANGHAI)

    def _sign_for_paper(self, case: str, item: Mapping[str, Any]) -> None:
        path = f"/intake/api/applications/{case}"
        self._client.act(f"{SHORT[item['department']]}-handler", path, f"{path}/paper/sign")
        self.counts["paper signed for"] += 1

    def _pre_review(self, case: str, item: Mapping[str, Any]) -> None:
        officer, path = f"{SHORT[item['department']]}-handler", f"/intake/api/applications/{case}"
        if self._client.get(officer, path)["state"] == "RECEIVED":
            self._client.act(officer, path, f"{path}/pre-review", {"passed": True, "opinion": "预审通过，请等待受理。"})
            self.counts["pre-reviewed"] += 1

    def _item(self, code: str) -> Mapping[str, Any]:
        if code not in self._items:
            self._items[code] = self._client.get(None, f"/intake/api/items/{code}")
        return self._items[code]

    def _submit(self, number: int, item: Mapping[str, Any], channel: str) -> str:
        username = {"ONLINE": self._random.choice(APPLICANTS), "WINDOW": self._random.choice(CLERKS), "KIOSK": "kiosk1"}[channel]
        incomplete = self._chance(0.18)
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
        answer = self._client.post(username, "/intake/api/applications", body, **{"Idempotency-Key": f"demo-{self._seed}-{self._first}-{number}"})
        if channel == "ONLINE":
            self._online[answer["id"]] = username
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
            self._work(case, item)
            return
        there = {material["code"] for material in application["materials"]}
        missing = [one for one in item["materials"] if one["required"] and one["code"] not in there]
        if missing:
            self._client.act(officer, path, f"{path}/correction-notices", {"defects": {one["code"]: f"缺少{one['name']}" for one in missing}})
            self.counts["corrected"] += 1
            self._at(self._later(self._random.randint(1, 4)), lambda: self._correct(case, item, [one["code"] for one in missing]))
        elif self._chance(0.04):
            self._client.act(officer, path, f"{path}/refuse", {"reason": "申请事项不属于本机关职权范围，请向所在地主管部门提出。"})
            self.counts["refused acceptance"] += 1
        elif self._chance(0.03) and not by_window:
            self.counts["forgotten"] += 1
            self._at(self._later(8), lambda: self._work(case, item))
        else:
            self._client.act(officer, path, f"{path}/accept")
            self.counts["accepted"] += 1
            self._at(self._later(0.1 if by_window else 0.5 * SPEED[item["department"]]), lambda: self._work(case, item))

    def _correct(self, case: str, item: Mapping[str, Any], codes: list[str]) -> None:
        path = f"/intake/api/applications/{case}"
        body = {"materials": [{"code": code, "paper": True} for code in codes]}
        self._client.post(self._random.choice(CLERKS), f"{path}/corrections", body)
        self._at(self._later(1), lambda: self._answer(case, item))

    # A case

    def _work(self, case: str, item: Mapping[str, Any]) -> None:
        """Do the next step of a case: sign, send back, stop, extend, withdraw or decide."""
        path = f"/workflow/api/cases/{case}"
        said = self._client.get("supervisor1", path)
        if said["state"] != "OPEN":
            return
        stages = {stage["code"]: stage for stage in item["process"]["stages"]}
        lasting = [stop for stop in said["stops"] if stop["end"] is None]
        stage = stages[said["open"][0]["stage"]]
        officer = self._officer(stage)
        if lasting:
            self._client.act(officer, path, f"{path}/stops/{lasting[0]['id']}/end", {"result": "合格（示例）"})
            self._at(self._later(1), lambda: self._work(case, item))
            return
        if self._chance(0.01) and item["kind"] != "INSTANT":
            self._client.post(CLERKS[0], f"{path}/withdraw", {"reason": "申请人改变计划，书面撤回（示例）"})
            self.counts["withdrawn"] += 1
            return
        if item.get("special_procedures") and not said["stops"] and self._chance(0.25):
            days = self._random.randint(2, 6)
            body = {"procedure": item["special_procedures"][0], "expected_days": days, "reason": "依法需要进行现场核查（示例）"}
            self._client.act(officer, path, f"{path}/stops", body)
            self.counts["stopped"] += 1
            self._at(self._later(days), lambda: self._work(case, item))
            return
        self._sign(case, item, stage, officer, said)

    def _sign(self, case: str, item: Mapping[str, Any], stage: Mapping[str, Any], officer: str, said: Mapping[str, Any]) -> None:
        path = f"/workflow/api/cases/{case}"
        earlier = [one["stage"] for one in said["signed"] if one["stage"] in stage["after"]]
        if earlier and self._chance(0.04):
            self._client.act(officer, path, f"{path}/stages/{stage['code']}/roll-back", {"to": earlier[0], "reason": "核查记录不完整，请补充（示例）"})
            self.counts["rolled back"] += 1
        else:
            decides = stage["code"] == item["process"]["stages"][-1]["code"]
            approves = not (decides and self._chance(0.08))
            basis = item["legal_basis"][0]
            body = {
                "opinion": self._random.choice(OPINIONS) if approves else "不符合规定条件，建议不予许可。",
                "approves": approves,
                "grounds": f"《{basis['law']}》{basis['article']}" if decides else "",
                "reasons": "" if approves else self._random.choice(REASONS),
            }
            self._client.act(officer, path, f"{path}/stages/{stage['code']}/sign", body)
            if decides:
                self.counts["granted" if approves else "refused"] += 1
                self._after_decision(case, item, approves=approves)
                if self._chance(0.7):
                    self._at(self._later(self._random.randint(1, 3)), lambda: self._hand_over(case))
                return
        pace = SPEED[stage["department"]] * self._random.choice((0.2, 0.6, 1, 1, 1.3))
        self._at(self._later(0.1 if item["kind"] == "INSTANT" else stage["limit"] * pace), lambda: self._work(case, item))

    def _after_decision(self, case: str, item: Mapping[str, Any], *, approves: bool) -> None:
        """Publish, forward and print, mostly in time."""
        path, short = f"/workflow/api/cases/{case}", SHORT[item["department"]]

        def publish() -> None:
            self._client.act(f"{short}-handler", path, f"{path}/publish")
            self.counts["published"] += 1

        def forward() -> None:
            document = {"to": "上级主管部门（示例）", "document": f"示初〔{self._client.now.year}〕{self.counts['forwarded'] + 1}号（示例）"}
            self._client.act(f"{short}-leader", path, f"{path}/forward", document)
            self.counts["forwarded"] += 1

        def print_on_blank() -> None:
            number = self._client.get("supervisor1", path)["number"]
            for row in self._client.get(f"{short}-handler", "/certificates/api/results/to-make")["items"]:
                if row["case_number"] == number:
                    self._client.post(f"{short}-handler", f"/certificates/api/results/{row['id']}/make", {"blank": f"示{self._random.randint(10000, 99999)}"})
                    self.counts["printed"] += 1

        def mark() -> None:
            level = self._random.choices((5, 4, 3, 2, 1), (50, 25, 12, 8, 5))[0]
            body = {"stage": "RESULT", "level": level, "tags": [] if level > LOW else ["SPEED"]}
            self._client.post(self._online[case], f"/intake/api/applications/{case}/reviews", body)
            self.counts["marked"] += 1

        if self._chance(0.96):
            self._at(self._later(self._random.randint(1, 5)), publish)
        if case in self._online and self._chance(0.5):
            self._at(self._later(1), mark)
        if approves and item["kind"] == "ESCALATED" and self._chance(0.9):
            self._at(self._later(1), forward)
        if approves and item["result"]["numbered_blank"] and self._chance(0.9):
            self._at(self._later(self._random.randint(1, 6)), print_on_blank)

    def _officer(self, stage: Mapping[str, Any]) -> str:
        if stage["role"] == "WINDOW_CLERK":
            return CLERKS[0]
        ending = {"HANDLER": "handler", "SECTION_HEAD": "head", "LEADER": "leader"}[stage["role"]]
        return f"{SHORT[stage['department']]}-{ending}"

    def _hand_over(self, case: str) -> None:
        number = self._client.get("supervisor1", f"/workflow/api/cases/{case}")["number"]
        for row in self._client.get(CLERKS[1], f"/certificates/api/results/waiting?text={number}")["items"]:
            body = {"receiver": "领取人（示例）", "identity_shown": "身份证 0000"}
            self._client.post(CLERKS[1], f"/certificates/api/results/{row['number']}/deliver", body)
            self.counts["delivered"] += 1
            if self._chance(0.95):
                self._at(self._later(1), self._archiving(row["number"]))

    def _archiving(self, number: str) -> Step:
        def archive() -> None:
            self._client.post(CLERKS[1], f"/certificates/api/results/{number}/archive")
            self.counts["archived"] += 1

        return archive
