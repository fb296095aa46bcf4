"""The clocks of a case (clock.md): one list, made from what the facts say, and every one of them is folded by the kernel's one function (CLK-04)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from services.kernel.calendar import SHANGHAI, WorkingDayCalendar, local_day, start_of
from services.kernel.clock import ClockFacts, ClockState, ExplainedDay, Extension, Reckoning, Stop, explain, next_look, reckon
from services.supervision.domain.case_seen import CaseSeen
from services.supervision.domain.warnings import RaisedWarning

CERTIFICATE_LIMIT = 10
RECTIFICATION_LIMIT = 1
OF_STAGES = ("stage", "handover")
"""The clocks of which each stage has one of its own."""
NOON, AFTERNOON, MORNING = time(12), time(14), time(9, 30)
_DAY = timedelta(days=1)
_CASE_FACTS = ("application-accepted", "clock-stopped", "clock-resumed", "limit-extended", "case-decided", "case-withdrawn")


class ClockSeen(NamedTuple):
    """A clock of the case, and the events that set it. `key` tells it from others of its kind, `title` is what people tell them apart by.

    `hour` is the hour of the due day at which it ends, none where it ends with the day. `met` is when what it waits for happened.
    """

    name: str
    facts: ClockFacts
    evidence: tuple[str, ...]
    key: str
    title: str = ""
    hour: time | None = None
    met: datetime | None = None

    def said(self, calendar: WorkingDayCalendar, day: date) -> Reckoning:
        """Fold it as of a day, or as of its start where that is later."""
        return reckon(self.facts, calendar, max(day, self.facts.start))

    def explained(self, calendar: WorkingDayCalendar, day: date) -> list[ExplainedDay]:
        """Say day by day why it is due when it is, as of a day, or of its start where that is later."""
        return list(explain(self.facts, calendar, max(day, self.facts.start)))

    def ends(self, calendar: WorkingDayCalendar, day: date) -> datetime | None:
        """Give the instant from which it is breached, none while it stands."""
        due = self.said(calendar, day).due
        if due is None:
            return None
        return start_of(due + _DAY) if self.hour is None else datetime.combine(due, self.hour, SHANGHAI)

    def breached(self, calendar: WorkingDayCalendar, now: datetime) -> datetime | None:
        """Give the instant at which it was breached, none where it was not by now."""
        day = local_day(now)
        if day < self.facts.start:
            return None
        if self.hour is None:
            return self.said(calendar, day).breached_at
        ends = self.ends(calendar, day)
        return ends if ends is not None and now >= ends and (self.met is None or self.met > ends) else None

    def looks(self, calendar: WorkingDayCalendar, now: datetime) -> Iterator[datetime]:
        """Give the instants at which a rule must look at it again, as far as the facts say by now (CLK-05)."""
        day = local_day(now)
        if self.name == "promised":
            look = next_look(self.facts, calendar, max(day, self.facts.start))
            if look is not None:
                yield look
        elif self.hour is not None:
            ends = self.ends(calendar, day)
            if ends is not None and ends > now and (self.met is None or self.met > ends):
                yield ends
        elif self.name != "acceptance" and self.facts.decided is None and self.met is None:
            said = self.said(calendar, day)
            ends = self.ends(calendar, day) if said.state is ClockState.RUNNING else None
            if ends is not None and ends > now:
                yield ends
        # Where another machine's clock is ahead, a fact lies in our future: it is looked at when its day has come.
        for known in self._days():
            if known is not None and known > day:
                yield start_of(known)

    def _days(self) -> list[date | None]:
        facts = self.facts
        days = [facts.start, facts.decided]
        for stop in facts.stops:
            days += (stop.begin, stop.end)
        for extension in facts.extensions:
            days.append(extension.on)
        return days


def clocks_of(picture: CaseSeen) -> Iterator[ClockSeen]:
    """Give every clock that the facts have started."""
    stops = tuple(sorted(picture.stops.values(), key=lambda stop: (stop.begin, stop.event)))
    if picture.received_on is not None:
        yield from _before_acceptance(picture, picture.received_on)
    # A department's acceptance may arrive before what it accepted.
    if picture.clock_start is not None and "promised_limit" in picture.item:
        yield from _of_the_case(picture, picture.clock_start, stops)
    yield from _stages(picture, stops)
    yield from _after_decision(picture)
    for complaint in picture.complaints.values():
        extensions = (Extension(complaint.extended_on, complaint.extended_by),) if complaint.extended_on else ()
        facts = ClockFacts(complaint.registered_on, picture.complaint_limit, (), extensions, local_day(complaint.answered) if complaint.answered else None)
        yield ClockSeen("complaint", facts, (complaint.id,), f"complaint:{complaint.id}", met=complaint.answered)
    for card in picture.cards.values():
        if card.is_yellow and not card.is_void:
            yield rectification_of(card)


def rectification_of(card: RaisedWarning) -> ClockSeen:
    """Give the clock by which a card is to be rectified; of a yellow card it is watched (SUP-R02)."""
    finding, met = card.finding, card.met
    facts = ClockFacts(finding.day, RECTIFICATION_LIMIT, decided=max(local_day(met), finding.day) if met else None)
    return ClockSeen("rectification", facts, finding.evidence, f"rectification:{finding.rule}:{finding.key}", finding.title, met=met)


def _before_acceptance(picture: CaseSeen, received_on: date) -> Iterator[ClockSeen]:
    answered = picture.answers[0] if picture.answers else None
    ended = local_day(answered) if answered else picture.withdrawn_on
    facts = ClockFacts(received_on, picture.acceptance_limit, decided=max(ended, received_on) if ended else None)
    evidence = picture.evidence_of("application-received")
    yield ClockSeen("acceptance", facts, evidence, "acceptance", met=answered)
    for number, begun in enumerate(picture.corrected, 2):
        later = next((answer for answer in picture.answers if answer >= begun), None)
        start = local_day(begun)
        ended = local_day(later) if later else picture.withdrawn_on
        facts = ClockFacts(start, picture.acceptance_limit, decided=max(ended, start) if ended else None)
        yield ClockSeen("acceptance", facts, picture.evidence_of("corrections-submitted"), f"acceptance:{number}", "补正以后", met=later)
    if picture.channel == "ONLINE":
        met = min((moment for moment in (picture.pre_reviewed, answered) if moment is not None), default=None)
        ended = local_day(met) if met else picture.withdrawn_on
        facts = ClockFacts(received_on, picture.pre_review_limit, decided=max(ended, received_on) if ended else None)
        yield ClockSeen("pre-review", facts, evidence, "pre-review", met=met)
    if picture.received is not None and picture.has_paper and picture.channel == "WINDOW" and picture.item.get("accepted_by") == "HANDLER":
        met = min((moment for moment in (picture.paper_signed, picture.answered_by_department) if moment is not None), default=None)
        yield _handover(picture.received, received_on, met or picture.withdrawn, evidence, "handover")


def _handover(brought: datetime, day: date, met: datetime | None, evidence: tuple[str, ...], key: str, title: str = "") -> ClockSeen:
    """Give the clock of paper by the hour: brought in the morning, until 14:00 the same day, later until 9:30 of the next working day (HAL-04)."""
    is_morning = brought.astimezone(SHANGHAI).time() < NOON
    facts = ClockFacts(day, 0 if is_morning else 1, decided=max(local_day(met), day) if met else None)
    return ClockSeen("handover", facts, evidence, key, title, hour=AFTERNOON if is_morning else MORNING, met=met)


def _of_the_case(picture: CaseSeen, start: date, stops: tuple[Stop, ...]) -> Iterator[ClockSeen]:
    ended = max(picture.ended_on, start) if picture.ended_on else None
    evidence = picture.evidence_of(*_CASE_FACTS)
    for name in ("promised", "statutory"):
        limit = int(picture.item[f"{name}_limit"])
        extensions = (picture.extension,) if picture.extension and limit and picture.extension.on >= start else ()
        facts = ClockFacts(start, limit, stops if limit else (), extensions, ended)
        yield ClockSeen(name, facts, evidence, name, met=picture.ended)
    preliminary: int | None = picture.item.get("preliminary_limit")
    if preliminary and picture.item.get("kind") == "ESCALATED":
        # What is refused, or withdrawn, is not forwarded.
        is_over = picture.outcome == "REFUSED" or picture.withdrawn is not None
        met = picture.forwarded or (picture.ended if is_over else None)
        facts = ClockFacts(start, preliminary, stops, (), max(local_day(met), start) if met else None)
        yield ClockSeen("preliminary", facts, picture.evidence_of("application-accepted", "preliminary-opinion-forwarded"), "preliminary", met=met)


def _stages(picture: CaseSeen, stops: tuple[Stop, ...]) -> Iterator[ClockSeen]:
    for stage in picture.stages:
        ended = local_day(stage.ended) if stage.ended else None
        facts = ClockFacts(stage.entered_on, stage.limit, stops if stage.limit else (), (), max(ended, stage.entered_on) if ended else None)
        yield ClockSeen("stage", facts, (stage.evidence,), stage.key, stage.name, met=stage.ended)
        if stage.gets_paper:
            met = min((moment for moment in (picture.paper_with.get(stage.department), stage.ended) if moment is not None), default=None)
            yield _handover(stage.entered, stage.entered_on, met, (stage.evidence,), stage.handover_key, stage.name)


def _after_decision(picture: CaseSeen) -> Iterator[ClockSeen]:
    if picture.decided_on is not None:
        evidence = picture.evidence_of("case-decided")
        limit = picture.item.get("publication_limit")
        if limit is not None:
            yield _since("publication", picture.decided_on, limit, evidence, picture.published)
        limit = picture.item.get("certificate_limit")
        if limit is not None and picture.outcome == "GRANTED":
            yield _since("certificate", picture.decided_on, min(limit, CERTIFICATE_LIMIT), evidence, picture.issued)
    if picture.delivered is not None:
        yield _since("archiving", local_day(picture.delivered), picture.archiving_limit, picture.evidence_of("result-delivered"), picture.archived)


def _since(name: str, start: date, limit: int, evidence: tuple[str, ...], met: datetime | None) -> ClockSeen:
    return ClockSeen(name, ClockFacts(start, limit, decided=max(local_day(met), start) if met else None), evidence, name, met=met)
