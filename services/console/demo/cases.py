"""What happens to each case of the simulated month until its decision: signed, sent back, stopped, withdrawn, decided."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from services.console.demo.fate import Fate
from services.console.demo.officers import CLERKS, SPEED, signer_of
from services.console.demo.results import Results

OPINIONS = ("材料齐全，符合规定条件，建议准予。", "经审查符合法定条件、标准，同意。", "核查合格，同意上报。", "情况属实，同意。")
REASONS = ("经营场所不符合规定的距离要求。", "提交的证明文件与核查情况不符。", "不具备规定的设施条件。")


class Cases:
    """Plays cases until their decision, from which on they are `results`."""

    def __init__(self, fate: Fate, results: Results) -> None:
        self._fate = fate
        self._client = fate.client
        self._random = fate.random
        self._results = results

    def work(self, case: str, item: Mapping[str, Any]) -> None:
        """Do the next step of a case: sign, send back, stop, extend, withdraw or decide."""
        path = f"/workflow/api/cases/{case}"
        said = self._client.get("supervisor1", path)
        if said["state"] != "OPEN":
            return
        stages = {stage["code"]: stage for stage in item["process"]["stages"]}
        lasting = [stop for stop in said["stops"] if stop["end"] is None]
        stage = stages[said["open"][0]["stage"]]
        officer = signer_of(stage)
        if lasting:
            self._client.act(officer, path, f"{path}/stops/{lasting[0]['id']}/end", {"result": "合格（示例）"})
            self._fate.at(self._fate.later(1), lambda: self.work(case, item))
            return
        if self._fate.chance(0.01) and item["kind"] != "INSTANT":
            self._client.post(CLERKS[0], f"{path}/withdraw", {"reason": "申请人改变计划，书面撤回（示例）"})
            self._fate.counts["withdrawn"] += 1
            return
        if item.get("special_procedures") and not said["stops"] and self._fate.chance(0.25):
            days = self._random.randint(2, 6)
            body = {"procedure": item["special_procedures"][0], "expected_days": days, "reason": "依法需要进行现场核查（示例）"}
            self._client.act(officer, path, f"{path}/stops", body)
            self._fate.counts["stopped"] += 1
            self._fate.at(self._fate.later(days), lambda: self.work(case, item))
            return
        self._sign(case, item, stage, officer, said)

    def _sign(self, case: str, item: Mapping[str, Any], stage: Mapping[str, Any], officer: str, said: Mapping[str, Any]) -> None:
        path = f"/workflow/api/cases/{case}"
        earlier = [one["stage"] for one in said["signed"] if one["stage"] in stage["after"]]
        if earlier and self._fate.chance(0.04):
            said = self._client.act(officer, path, f"{path}/stages/{stage['code']}/roll-back", {"to": earlier[0], "reason": "核查记录不完整，请补充（示例）"})
            self._fate.counts["rolled back"] += 1
        else:
            decides = stage["code"] == item["process"]["stages"][-1]["code"]
            approves = not (decides and self._fate.chance(0.08))
            basis = item["legal_basis"][0]
            body = {
                "opinion": self._random.choice(OPINIONS) if approves else "不符合规定条件，建议不予许可。",
                "approves": approves,
                "grounds": f"《{basis['law']}》{basis['article']}" if decides else "",
                "reasons": "" if approves else self._random.choice(REASONS),
            }
            said = self._client.act(officer, path, f"{path}/stages/{stage['code']}/sign", body)
            if decides:
                self._fate.counts["granted" if approves else "refused"] += 1
                self._results.follow(case, item, approves=approves)
                return
        for one in said["open"]:
            if one["paper_from"]:
                self._fate.at(self._fate.handover(), partial(self._sign_for_paper, case, signer_of(one), one["stage"]))
        pace = SPEED[stage["department"]] * self._random.choice((0.2, 0.6, 1, 1, 1.3))
        self._fate.at(self._fate.later(0.1 if item["kind"] == "INSTANT" else stage["limit"] * pace), lambda: self.work(case, item))

    def _sign_for_paper(self, case: str, officer: str, stage: str) -> None:
        path = f"/workflow/api/cases/{case}"
        if any(one["stage"] == stage and one["paper_from"] for one in self._client.get("supervisor1", path)["open"]):
            self._client.act(officer, path, f"{path}/paper/sign")
            self._fate.counts["paper handed over"] += 1
