"""互评: each month the departments and the service centre rate each other's links of the chain; a low mark is answered (SUP-29, O 四(一), 四(六))."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, RecordedAggregate, Refusal
from services.kernel.calendar import local_day
from services.supervision.domain.follow_up import LOW

BEST = 5
RATERS = (Role.SECTION_HEAD, Role.LEADER)
_ARTICLE = "SUP-29"


class Link(StrEnum):
    """A link of the chain from the front desk to the result."""

    RECEPTION = "RECEPTION"
    HANDOVER = "HANDOVER"
    APPROVAL = "APPROVAL"
    DELIVERY = "DELIVERY"


LINKS_OF_CENTRE = (Link.RECEPTION, Link.HANDOVER, Link.DELIVERY)
LINKS_OF_DEPARTMENT = (Link.HANDOVER, Link.APPROVAL)


def rating_id(month: date, rater: str, rated: str) -> UUID:
    """Give the id of what one says of another in a month."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:mutual-rating:{month:%Y-%m}:{rater}:{rated}")


class MutualRating(RecordedAggregate):
    """What one side says of the other in a month. Given again, the later counts; once it is answered it stands."""

    TOPIC = "supervision.MutualRating"

    class Begun(RecordedAggregate.Created):
        """It is about to be given for the first time."""

        month: date
        rater: str
        rated: str

    class Given(RecordedAggregate.Event):
        """Each link was marked, from one to five."""

        marks: dict[Link, int]
        reason: str

        def apply(self, aggregate: "MutualRating") -> None:
            """Keep the marks."""
            aggregate.marks, aggregate.reason, aggregate.given = self.marks, self.reason, self.happened

    class Answered(RecordedAggregate.Event):
        """The side that was rated low says what it does about it."""

        answer: str

        def apply(self, aggregate: "MutualRating") -> None:
            """Keep the answer."""
            aggregate.answer, aggregate.answered = self.answer, self.happened

    def __init__(self, month: date, rater: str, rated: str) -> None:
        self.month = month
        self.rater = rater
        self.rated = rated
        self.marks: dict[Link, int] = {}
        self.reason = self.answer = ""
        self.given: datetime | None = None
        self.answered: datetime | None = None

    @classmethod
    def begin_for(cls, month: date, rater: str, rated: str, actor: Actor, now: datetime) -> "MutualRating":
        """Begin what one says of another in a month: the one that runs, or the one before."""
        current = local_day(now).replace(day=1)
        if month not in rateable(current):
            raise Invalid("month-wrong", "只能评价本月和上个月。", _ARTICLE, {"month": "只能评价本月和上个月"})
        return cls.begin(cls.Begun, rating_id(month, rater, rated), actor, now, month=month, rater=rater, rated=rated)

    def give(self, links: tuple[Link, ...], marks: Mapping[Link, int], reason: str, actor: Actor, now: datetime) -> None:
        """Mark every link of the other side, by the head or leader of the own; a low mark needs a reason."""
        if not actor.has(*RATERS) or actor.department != self.rater:
            raise NotAllowed("head-rates", "由本单位的负责人评价。", _ARTICLE)
        if self.answered is not None:
            raise Refusal("answered-already", "对方已经答复，评价不再修改。", _ARTICLE)
        if self.month not in rateable(local_day(now).replace(day=1)):
            raise Refusal("month-over", "只能评价本月和上个月。", _ARTICLE)
        errors = {link.value.lower(): "请选择一到五" for link in links if not 1 <= marks.get(link, 0) <= BEST}
        if not errors and min(marks[link] for link in links) <= LOW and not reason.strip():
            errors["reason"] = "评价为不满意的，请写明事实"
        if errors:
            raise Invalid("rating-wrong", "请改正所列各项。", _ARTICLE, errors)
        self.record(self.Given, actor, now, marks={link: marks[link] for link in links}, reason=reason.strip())

    def say(self, answer: str, actor: Actor, now: datetime) -> None:
        """Answer a low mark, by the head or leader of the side that was rated, once."""
        if not self.may_answer(actor):
            raise NotAllowed("rated-answers", "不满意的评价由被评价单位的负责人答复，只答复一次。", _ARTICLE)
        if not answer.strip():
            raise Invalid("answer-missing", "请写明改进的措施。", _ARTICLE, {"answer": "请写明改进的措施"})
        self.record(self.Answered, actor, now, answer=answer.strip())

    def may_answer(self, actor: Actor) -> bool:
        """Say whether an actor may answer now."""
        return self.is_low and self.answered is None and actor.has(*RATERS) and actor.department == self.rated

    @property
    def is_low(self) -> bool:
        """Whether a link was marked as not satisfying."""
        return bool(self.marks) and min(self.marks.values()) <= LOW


def rateable(current: date) -> tuple[date, date]:
    """Give the months that can be rated in a month: itself and the one before, each by its first day."""
    return current, (current - timedelta(days=1)).replace(day=1)
