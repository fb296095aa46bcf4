"""What people say of the handling in the simulated month, and what supervision makes of it: marks, complaints, disagreements, verifications, samples."""

from datetime import time
from typing import Any

from services.console.demo.script import FOOD, Script

CITIZEN = "lisi"


class Oversight(Script):
    """The script of what people say; each kind of entry is there once that waits and once that is done with."""

    _marked = _disputed = ""

    def schedule(self) -> None:
        """Put every step on its working day."""
        self._put(
            (
                (2, time(10, 5), self._mark),
                (3, time(10, 5), self._follow_up),
                (3, time(10, 25), self._complain),
                (4, time(10, 5), self._disagree),
                (5, time(10, 5), self._settle),
                (8, time(10, 5), self._verify),
                (10, time(10, 5), self._draw),
                (14, time(10, 5), self._rate),
                (14, time(10, 25), self._admonish),
            )
        )

    def _mark(self) -> None:
        """Give two low marks and a good one for what was decided."""
        self._marked = self._apply(FOOD, CITIZEN)
        self._act("market-handler", self._marked, "/accept", room="intake/api/applications")
        self._decide(self._marked, FOOD, "market")
        for stage, level, tags in (("RECEPTION", 2, ["WAITING"]), ("ACCEPTANCE", 1, ["SPEED"]), ("RESULT", 5, [])):
            self._client.post(CITIZEN, f"/intake/api/applications/{self._marked}/reviews", {"stage": stage, "level": level, "tags": tags})
        self._act("market-handler", self._marked, "/publish")

    def _follow_up(self) -> None:
        """Answer the first low mark, and close it; the other waits."""
        evidence = next(entry["evidence"] for entry in self._history(self._marked) if entry["name"] == "review-given")
        self._client.submit("market-head", f"/supervision/reviews/{evidence}", {"answer": "已增开一个窗口，缩短等候（示例）"})
        self._client.submit("supervisor1", f"/supervision/reviews/{evidence}", {"result": "回访申请人，表示认可（示例）"})

    def _complain(self) -> None:
        """Complain on the web in the own name and without one; one is forwarded, returned and answered, more time is asked for the other."""
        number = self._client.get("supervisor1", f"/supervision/api/cases/{self._marked}")["number"]
        said = {"number": number, "text": "窗口等候时间太长（示例）"}
        named, nameless = (
            self._client.submit(username, "/supervision/complain", {**said, **fields}).rpartition("/")[2]
            for username, fields in ((CITIZEN, {"name": "yes"}), (None, {}))
        )
        path = f"/supervision/api/cases/{self._marked}/complaints"
        self._client.post("supervisor1", f"{path}/{named}/forward", {"department": "market-regulation", "reason": "请核实等候情况（示例）"})
        self._client.post("market-head", f"{path}/{named}/return", {"report": "当日系统升级，窗口减少（示例）"})
        self._client.post("supervisor1", f"{path}/{named}/answer", {"result": "情况属实，已增开窗口（示例）"})
        self._client.post("supervisor1", f"{path}/{nameless}/extend", {"days": 5, "reason": "需要调取监控（示例）"})
        # Nobody can publish an item without its form: that a window gave none out is found by a complaint alone.
        body = {"rule": "SUP-Y03", "detail": "窗口没有向投诉人提供申请书格式文本（示例）", "evidence": [nameless]}
        self._client.post("supervisor1", f"/supervision/api/cases/{self._marked}/cards", body)

    def _disagree(self) -> None:
        """Let the window disagree with the department, and the department with the window."""
        self._disputed = self._accepted(FOOD, "market-handler")
        for username, matter in (("clerk1", "材料已经齐全，承办人仍要求补交（示例）"), ("market-handler", "窗口没有核对原件（示例）")):
            self._client.post(username, f"/supervision/api/cases/{self._disputed}/disagreements", {"matter": matter})
        self._wait()

    def _settle(self) -> None:
        """Let the other side of the first answer, and a supervisor decide; the second waits."""
        listed = self._client.get("supervisor1", "/supervision/api/disagreements")["items"]
        one = next(row["id"] for row in listed if row["case_id"] == self._disputed and row["department"] == "service-centre")
        self._client.post("market-head", f"/supervision/api/disagreements/{one}/state", {"text": "平面图缺少面积（示例）"})
        self._client.post("supervisor1", f"/supervision/api/disagreements/{one}/settle", {"text": "由窗口一次性告知（示例）"})
        self._decide(self._disputed, FOOD, "market")
        self._act("market-handler", self._disputed, "/publish")

    def _verify(self) -> None:
        """Conclude what the list holds: the first at fault, what follows in order, the last left waiting."""
        waiting = self._client.get("supervisor1", "/supervision/api/verifications")["items"]
        for number, row in enumerate(waiting[:-1]):
            at_fault = number == 0 and row["kind"] == "ACCEPTANCE_REFUSED"
            body: dict[str, Any] = {"reason": "申请符合受理条件（示例）", "rule": "SUP-Y01"} if at_fault else {"reason": "查阅卷宗，处理得当（示例）"}
            self._client.post("supervisor1", f"/supervision/api/verifications/{row['evidence']}/conclude", body)

    def _draw(self) -> None:
        """Draw three cases, and look into one."""
        body = {"size": 3, "seed": self._seed, "first": self._first.isoformat(), "last": self._day(9).isoformat()}
        check = self._client.post("supervisor1", "/supervision/api/spot-checks", body)
        (one, *_) = check["cases"]
        self._client.post("supervisor1", f"/supervision/api/spot-checks/{check['id']}/cases/{one['case_id']}", {"reason": "卷宗齐全（示例）"})

    def _rate(self) -> None:
        """Let the centre and a department rate each other; the low mark is answered."""
        month = f"{self._first:%Y-%m}"
        low = {"month": month, "rated": "market-regulation", "marks": {"HANDOVER": 2, "APPROVAL": 4}, "reason": "交接单缺页（示例）"}
        rating = self._client.post("centre-head", "/supervision/api/mutual-ratings", low)["id"]
        good = {"month": month, "rated": "service-centre", "marks": {"RECEPTION": 5, "HANDOVER": 4, "DELIVERY": 5}}
        self._client.post("market-head", "/supervision/api/mutual-ratings", good)
        self._client.post("market-head", f"/supervision/api/mutual-ratings/{rating}/answer", {"answer": "交接时双方清点（示例）"})

    def _admonish(self) -> None:
        """Admonish a department whose month is flagged; the finding about another is withdrawn."""
        until = f"{self._first.isoformat()}&to={self._day(14).isoformat()}"
        flagged = [one for one in self._client.get("supervisor1", f"/supervision/api/accountability?from={until}") if one["flagged"]]
        for number, one in enumerate(flagged[:2]):
            body = {"month": one["month"][:7], "department": one["department"], "measure": "SUPERVISION_ADMONITION", "reason": "多件没有按期办结（示例）"}
            finding = self._client.post("supervisor1", "/supervision/api/accountability/findings", body)["id"]
            if number:
                self._client.post("supervisor1", f"/supervision/api/accountability/findings/{finding}/withdraw", {"why": "由部门先行整改（示例）"})

    def _history(self, case: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self._client.get("supervisor1", f"/supervision/api/cases/{case}/history")
        return entries
