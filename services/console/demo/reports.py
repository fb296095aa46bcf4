"""A department's own system reports its cases in the simulated month: one in good order, one without a stage, one decided by somebody else (EXC-01)."""

from datetime import time
from typing import Any

from services.console.demo.script import Script

SYSTEM, ITEM = "housing-system", "construction-permit"
ORDERLY, SHORTENED, USURPED = "示建2026-0001", "示建2026-0002", "示建2026-0003"
ALL = (ORDERLY, SHORTENED, USURPED)


class Reports(Script):
    """The script of what is reported."""

    def schedule(self) -> None:
        """Put every report on its working day."""
        self._put(
            (
                (2, time(9, 50), self._receive),
                (3, time(9, 50), self._handle),
                (4, time(9, 50), self._review),
                (5, time(9, 50), self._decide_all),
                (6, time(9, 50), self._publish),
            )
        )

    def _receive(self) -> None:
        for number in ALL:
            self._report(number, "application-received", item=ITEM, applicant=f"{number}-a", applicant_kind="LEGAL_PERSON")
            self._report(number, "application-accepted")

    def _handle(self) -> None:
        for number in ALL:
            self._report_signed(number, "handle", "o-3")

    def _review(self) -> None:
        """Leave the review of one out (SUP-R05)."""
        for number in (ORDERLY, USURPED):
            self._report_signed(number, "review", "o-2")

    def _decide_all(self) -> None:
        """Decide, one by an officer who did not sign for it (SUP-R06)."""
        for number in ALL:
            self._report_signed(number, "approve", "o-1")
            officer = "o-7" if number == USURPED else "o-1"
            self._report(number, "case-decided", outcome="GRANTED", officer=officer, grounds="《中华人民共和国建筑法》第八条")

    def _publish(self) -> None:
        for number in ALL:
            self._report(number, "decision-published")
            self._report(number, "certificate-issued", number=f"{number}-z", name="建筑工程施工许可证")

    def _report_signed(self, number: str, stage: str, officer: str) -> None:
        self._report(number, "stage-signed", stage=stage, officer=officer, approves=True, opinion="材料齐全，建议准予。")

    def _report(self, case: str, step: str, **data: Any) -> None:  # noqa: ANN401 - a step's fields
        event = {
            "specversion": "1.0",
            "id": f"{case}/{step}/{data.get('stage', '')}",
            "source": "/departments/housing",
            "type": f"gov.onewindow.department.{step}.v1",
            "subject": case,
            "time": self._client.now.isoformat(),
            "data": data,
        }
        self._client.post(SYSTEM, "/intake/api/reports", [event], **{"Content-Type": "application/cloudevents-batch+json"})
        self._wait()
