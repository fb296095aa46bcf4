"""Random lives beside those of cases: an approval that was given offline, and an item of the catalogue that is published, revised and cancelled."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from hypothesis import strategies as st

from contracts import intake
from tests.domain.lives import DAY, DEPARTMENT, ITEM, START, Said

CLERK = "window-clerk"
WHOLE = intake.GuideElements(
    legal_basis=1, conditions=1, materials=1, form_fields=1, responsibilities=1, accountability=1, window=True, consultation_phone=True, complaint_phone=True
)
ELEMENTS = ("legal_basis", "conditions", "materials", "responsibilities", "accountability", "window", "consultation_phone", "complaint_phone")


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


@dataclass(frozen=True)
class Revision:
    """A revision of an item, published some days after the one before, effective some days later, or earlier; what its guide lacks, None where it has none."""

    days: int
    effective: int
    lacks: frozenset[str] | None


@dataclass(frozen=True)
class ItemChanges:
    """What becomes of an item: its revisions, then perhaps its cancellation on a basis, None where nobody asked for one."""

    revisions: tuple[Revision, ...]
    cancelled: int | None = None
    basis: str | None = ""

    def published(self, number: int) -> datetime:
        """When a revision was published, counted from 0."""
        return START + DAY * sum(one.days for one in self.revisions[: number + 1])

    @property
    def ended(self) -> datetime | None:
        """When the item was cancelled."""
        return None if self.cancelled is None else self.published(len(self.revisions)).replace(hour=15) + DAY * self.cancelled

    def effective(self, number: int) -> date:
        """From which day a revision was in force."""
        return self.published(number).date() + DAY * self.revisions[number].effective

    def events(self, case: UUID) -> list[Said]:  # noqa: ARG002 - every life of a case or an item is asked so
        """Give what intake says of the item."""
        said: list[Said] = []
        for number, one in enumerate(self.revisions):
            guide = None if one.lacks is None else WHOLE.model_copy(update=dict.fromkeys(one.lacks, 0))
            item = ITEM.model_copy(update={"revision": number + 1})
            revised = intake.ItemRevisionPublished(item=item, effective_from=self.effective(number), guide=guide)
            said.append(("intake", self.published(number), f"editor-{number}", revised))
        if self.ended is not None:
            withdrawn = intake.ItemWithdrawn(item=ITEM.code, last_day=self.ended.date(), reason="停办", basis=self.basis, department=DEPARTMENT, name=ITEM.name)
            said.append(("intake", self.ended, "canceller", withdrawn))
        return said


def offline_approvals() -> st.SearchStrategy[OfflineApproval]:
    """Draw an approval."""
    causes = st.sampled_from(("OUTAGE", "CLASSIFIED", "APPLICANT_ASKED", "NONE"))
    reasons, officers = st.sampled_from(("不会上网", " ", "")), st.sampled_from((None, "approver"))
    return st.builds(OfflineApproval, st.booleans(), st.sampled_from("ABCD"), causes, reasons, st.integers(0, 6), officers)


def item_changes() -> st.SearchStrategy[ItemChanges]:
    """Draw what becomes of an item."""
    lacking = st.none() | st.sets(st.sampled_from((*ELEMENTS, "form_fields")), max_size=2).map(frozenset)
    revisions = st.builds(Revision, st.integers(1, 6), st.integers(-3, 3), lacking)
    return st.builds(
        ItemChanges, st.lists(revisions, min_size=1, max_size=4).map(tuple), st.none() | st.integers(0, 9), st.sampled_from((None, "", " ", "政发〔2026〕1号"))
    )
