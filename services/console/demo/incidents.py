"""What goes wrong in the simulated month, whatever the seed: each rule that supervision finds by itself is broken once, and cards are answered."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from services.console.demo.client import Client
from services.console.demo.script import FOOD, Alter, Script, Step
from services.kernel.calendar import WorkingDayCalendar

BLANK, ESCALATED = "special-equipment-use", "eia-report-escalated"


class Incidents(Script):
    """The script of what goes wrong; `alter` alters the file of a result behind the system's back, by its number."""

    def __init__(self, client: Client, calendar: WorkingDayCalendar, seed: int, first: date, at: Callable[[datetime, Step], None], alter: Alter | None) -> None:
        super().__init__(client, calendar, seed, first, at)
        self._alter = alter
        self._neglected = self._unpublished = self._escalated = ""

    def schedule(self) -> None:
        """Put every incident on its working day."""
        script: tuple[tuple[int, time, Step], ...] = (
            (1, time(9, 5), self._neglect),
            (1, time(9, 15), self._revise_late),
            (1, time(9, 25), self._decide_and_forget),
            (1, time(9, 45), self._leave_the_blank),
            (1, time(10, 5), self._refuse_with_a_phrase),
            (1, time(10, 15), self._demand_again_and_again),
            (2, time(9, 5), self._escalate),
            (2, time(9, 35), self._complain),
            (3, time(9, 5), self._work_offline),
            (4, time(9, 5), self._cancel_without_basis),
            (5, time(9, 5), self._charge),
            (6, time(9, 5), self._alter_a_result),
            (7, time(9, 5), self._warn_by_hand),
            (9, time(9, 5), self._appeal),
            (12, time(9, 5), self._forward_late),
        )
        self._put(script)

    def _neglect(self) -> None:
        """Accept an application, take it, and let it lie: anomaly, yellow light, red card."""
        self._neglected = self._accepted(FOOD, "market-handler")
        self._act("market-handler", self._neglected, "/stages/handle/take")

    def _revise_late(self) -> None:
        """Publish a revision that is in force already (SUP-Y02); it shortens the preliminary review."""
        item = self._client.get(None, f"/intake/api/items/{ESCALATED}")
        effective = (self._first - timedelta(days=1)).isoformat()
        if effective > item["effective_from"]:
            changed = {**item, "revision": item["revision"] + 1, "effective_from": effective, "preliminary_limit": 5}
            self._client.post("admin", "/intake/api/items", changed)

    def _decide_and_forget(self) -> None:
        """Grant and publish nothing (SUP-Y07, SUP-R02)."""
        self._unpublished = self._accepted(FOOD, "market-handler")
        self._decide(self._unpublished, FOOD, "market")

    def _leave_the_blank(self) -> None:
        """Grant what is printed on a numbered blank, and print nothing (SUP-Y08)."""
        self._decide(self._accepted(BLANK, "market-handler"), BLANK, "market")

    def _refuse_with_a_phrase(self) -> None:
        """Refuse for no reason in particular (SUP-Y05)."""
        case = self._apply(FOOD)
        self._act("market-handler", case, "/refuse", {"reason": "不符合条件。"}, room="intake/api/applications")

    def _demand_again_and_again(self) -> None:
        """Ask for corrections three times (SUP-Y04)."""
        case = self._apply(FOOD)
        for number in range(3):
            body = {"defects": {"application-form": "签名不清楚"}, "justification": "补正后的申请书仍然看不清（示例）" if number else ""}
            self._act("market-handler", case, "/correction-notices", body, room="intake/api/applications")
            self._client.post("clerk1", f"/intake/api/applications/{case}/corrections", {"materials": [{"code": "application-form", "paper": True}]})
        self._act("market-handler", case, "/accept", room="intake/api/applications")

    def _escalate(self) -> None:
        """Give a preliminary opinion and keep it (SUP-Y06)."""
        self._escalated = self._accepted(ESCALATED, "environment-handler")
        self._decide(self._escalated, ESCALATED, "environment")

    def _forward_late(self) -> None:
        """Forward it at last, which closes the cards."""
        self._act("environment-leader", self._escalated, "/forward", {"to": "示例市生态环境局", "document": "示环初〔2026〕7号（示例）"})

    def _complain(self) -> None:
        """Register a complaint that nobody answers (SUP-Y09)."""
        body = {"channel": "TELEPHONE", "text": "办件长时间没有进展（示例）"}
        self._client.post("supervisor1", f"/supervision/api/cases/{self._neglected}/complaints", body)

    def _work_offline(self) -> None:
        """Enter approvals given offline: without reason, too late, and of nothing in the catalogue (SUP-Y11, SUP-Y10, SUP-R03)."""
        today = self._day(3).isoformat()
        earlier = (self._first - timedelta(days=10)).isoformat()
        for body in (
            {"item": FOOD, "approved_on": today, "cause": "NONE", "reason": ""},
            {"item": FOOD, "approved_on": earlier, "cause": "APPLICANT_ASKED", "reason": "申请人不会上网（示例）"},
            {
                "item_name": "临时摊位经营许可（示例）",
                "department": "market-regulation",
                "approved_on": today,
                "cause": "APPLICANT_ASKED",
                "reason": "要求（示例）",
            },
        ):
            self._client.post("market-handler", "/intake/api/offline-approvals", body)

    def _cancel_without_basis(self) -> None:
        """Cancel an item with no document of an authority (SUP-R04)."""
        body = {"last_day": (self._first + timedelta(days=60)).isoformat(), "reason": "人手不足，暂停办理（示例）"}
        self._client.post("admin", "/intake/api/items/fireworks-retail/withdraw", body)

    def _charge(self) -> None:
        """Charge what no standard knows, and give it back (SUP-R09)."""
        said = self._act("market-handler", self._neglected, "/fees", {"name": "资料费", "amount": 5000})
        fee = said["fees"][0]["id"]
        self._act("market-handler", self._neglected, f"/fees/{fee}/refund", {"reason": "没有收费依据，全额退还（示例）"})

    def _alter_a_result(self) -> None:
        """Alter a result in the library, and inspect it (SUP-R08)."""
        if self._alter is not None:
            number = self._client.get("supervisor1", f"/workflow/api/cases/{self._unpublished}")["number"]
            (row,) = self._client.get("clerk1", f"/certificates/api/results/waiting?text={number}")["items"]
            self._alter(row["number"])
            self._client.post("auditor", "/certificates/api/library/inspect")

    def _warn_by_hand(self) -> None:
        """Open a card for what no event can show; the department explains, mends, and is believed (SUP-Y12)."""
        card = self._open("SUP-Y12", "电话催办时态度生硬（示例）")
        self._client.act("market-handler", card, f"{card}/explain", {"text": "当时正在接待其他群众，语气急躁（示例）"})
        self._client.act("market-handler", card, f"{card}/report", {"text": "已向申请人道歉，并在科室会上检讨（示例）"})
        self._client.act("supervisor1", card, f"{card}/verify", {"mended": True, "reason": "电话回访属实（示例）"})

    def _appeal(self) -> None:
        """Open a card that the department is exempted from (SUP-R10)."""
        card = self._open("SUP-R10", "当日全天没有办理任何业务（示例）")
        self._client.act("market-leader", card, f"{card}/appeal", {"ground": "FORCE_MAJEURE", "statement": "当日办公区停电（示例）"})
        self._client.act("supervisor1", card, f"{card}/appeal/decide", {"exempted": True, "reason": "经核实确系停电，属不可抗力（示例）"})

    def _open(self, rule: str, detail: str) -> str:
        history = self._client.get("supervisor1", f"/supervision/api/cases/{self._neglected}/history")
        evidence = next(entry["evidence"] for entry in history if entry["name"] == "officer-assigned")
        body = {"rule": rule, "detail": detail, "evidence": [evidence]}
        card = self._client.post("supervisor1", f"/supervision/api/cases/{self._neglected}/cards", body)["id"]
        return f"/supervision/api/cards/{card}"
