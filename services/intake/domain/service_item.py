"""An item with all its dated revisions (CAT-03): adjusted by a new one, cancelled by a last day, never overwritten."""

from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from services.intake.domain.guide import check_complete
from services.intake.domain.item import ItemRevision, revision_in_force
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, RecordedAggregate, Refusal
from services.kernel.calendar import local_day


def item_id(code: str) -> UUID:
    """Give the id of an item by its code."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:item:{code}")


class ServiceItem(RecordedAggregate):
    """One item of the catalogue."""

    TOPIC = "intake.ServiceItem"

    class Published(RecordedAggregate.Created):
        """The item was added to the catalogue."""

        revision: ItemRevision

    class Revised(RecordedAggregate.Event):
        """A later revision was published."""

        revision: ItemRevision

        def apply(self, aggregate: "ServiceItem") -> None:
            """Add the revision."""
            aggregate.revisions = (*aggregate.revisions, self.revision)

    class Withdrawn(RecordedAggregate.Event):
        """The item is cancelled after a last day."""

        code: str
        last_day: date
        reason: str
        basis: str | None = None
        department: str = ""
        name: str = ""

        def apply(self, aggregate: "ServiceItem") -> None:
            """Remember the last day."""
            aggregate.last_day = self.last_day

    def __init__(self, revision: ItemRevision) -> None:
        self.revisions: tuple[ItemRevision, ...] = (revision,)
        self.last_day: date | None = None

    @classmethod
    def publish(cls, revision: ItemRevision, actor: Actor, now: datetime) -> "ServiceItem":
        """Add an item by its first revision, which must be complete (CAT-02)."""
        check_complete(revision)
        return cls.begin(cls.Published, item_id(revision.code), actor, now, revision=revision)

    def revise(self, revision: ItemRevision, actor: Actor, now: datetime) -> None:
        """Publish a later revision; one that is there already, word for word, changes nothing."""
        latest = self.revisions[-1]
        if revision in self.revisions:
            return
        check_complete(revision)
        if revision.revision != latest.revision + 1:
            raise Refusal("revision-out-of-order", f"事项 {revision.code} 现为第 {latest.revision} 版，新版本应为第 {latest.revision + 1} 版。", "CAT-03")
        if revision.effective_from <= latest.effective_from:
            raise Invalid("revision-too-early", "新版本的生效日期应当晚于现行版本。", "CAT-03", {"effective_from": "应当晚于现行版本的生效日期"})
        self.record(self.Revised, actor, now, revision=revision)

    def withdraw(self, last_day: date, reason: str, actor: Actor, now: datetime, basis: str = "") -> None:
        """Cancel the item: nothing is received for it after this day.

        `basis` names the document by which an authority cancelled it; that there is none is not hidden, but seen by supervision (SUP-R04).
        """
        if not reason.strip():
            raise Invalid("reason-missing", "取消事项应当说明理由和依据。", "CAT-03", {"reason": "请填写理由"})
        if self.last_day is not None:
            raise Refusal("item-withdrawn", "事项已经取消。", "CAT-03")
        if last_day < local_day(now):
            raise Invalid("last-day-past", "最后受理日不得早于今天：已经收到的申请不受影响。", "CAT-03", {"last_day": "不得早于今天"})
        fields: dict[str, Any] = {"basis": basis.strip(), "department": self.revisions[-1].department, "name": self.revisions[-1].name}
        self.record(self.Withdrawn, actor, now, code=self.revisions[0].code, last_day=last_day, reason=reason.strip(), **fields)

    def on(self, day: date) -> ItemRevision:
        """Give the revision that applies on a day; refuse where the item is not offered then."""
        code = self.revisions[0].code
        if self.last_day is not None and day > self.last_day:
            raise Refusal("item-withdrawn", f"事项 {code} 已于 {self.last_day} 取消，不再受理新的申请。", "CAT-03")
        if (revision := revision_in_force(self.revisions, day)) is None:
            raise Refusal("item-not-in-force", f"事项 {code} 自 {self.revisions[0].effective_from} 起受理。", "CAT-03")
        return revision
