"""Random lives beside those of cases: an approval that was given offline."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from hypothesis import strategies as st

from contracts import intake
from tests.domain.lives import DAY, DEPARTMENT, ITEM, START, Said

CLERK = "window-clerk"


@dataclass(frozen=True)
class OfflineApproval:
    """An approval that a department gave outside the system, registered so many days later."""

    in_catalogue: bool
    grade: Literal["A", "B", "C", "D"]
    cause: Literal["OUTAGE", "CLASSIFIED", "APPLICANT_ASKED", "NONE"]
    reason: str
    days: int
    officer: str | None

    @property
    def registered(self) -> datetime:
        """When it was registered."""
        return START + DAY * self.days

    def events(self, case: UUID) -> list[Said]:
        """Give what intake says of it."""
        said = intake.OfflineApprovalRegistered(
            number=f"XX-{case.int}",
            item=ITEM.code if self.in_catalogue else None,
            item_name=ITEM.name,
            department=DEPARTMENT,
            online_grade=self.grade if self.in_catalogue else None,
            approved_on=START.date(),
            registered_on=self.registered.date(),
            cause=self.cause,
            reason=self.reason,
            officer=self.officer,
        )
        return [("intake", self.registered, CLERK, said)]


def offline_approvals() -> st.SearchStrategy[OfflineApproval]:
    """Draw an approval."""
    causes = st.sampled_from(("OUTAGE", "CLASSIFIED", "APPLICANT_ASKED", "NONE"))
    reasons, officers = st.sampled_from(("不会上网", " ", "")), st.sampled_from((None, "approver"))
    return st.builds(OfflineApproval, st.booleans(), st.sampled_from("ABCD"), causes, reasons, st.integers(0, 6), officers)
