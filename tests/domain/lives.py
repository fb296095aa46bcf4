"""Random lives of a case: corrections, refusal, deemed acceptance, two stages of two departments, roll-back, paper, forwarding, what follows a decision."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from hypothesis import strategies as st

from contracts import certificates, envelope, intake, workflow
from contracts.common import ApplicantReference, ItemSnapshot, Outcome, Stage
from contracts.registry import PublicEvent
from services.kernel.calendar import SHANGHAI

START = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
END = datetime(2026, 5, 29, 9, tzinfo=SHANGHAI)
"""After the longest life."""
DAY = timedelta(days=1)
DEPARTMENT, OTHER = "market-regulation", "health"
HANDLE = Stage(code="handle", name="承办", department=DEPARTMENT, role="HANDLER", limit=2)
APPROVE = Stage(code="approve", name="批准", department=OTHER, role="LEADER", limit=1, after=("handle",))
ITEM = ItemSnapshot(
    code="food-operation-licence",
    revision=1,
    name="食品经营许可证核发",
    kind="ESCALATED",
    department=DEPARTMENT,
    statutory_limit=10,
    promised_limit=5,
    acceptance_limit=5,
    preliminary_limit=8,
    accepted_by="HANDLER",
    stages=(HANDLE, APPROVE),
    special_procedures=("INSPECTION",),
    result_name="食品经营许可证",
    result_months=60,
    decision_authority="示例区市场监督管理局",
    publication_limit=3,
    certificate_limit=4,
    materials=("form",),
    fees=(),
)
APPLICANT = ApplicantReference(reference="a", kind="PERSON", sealed="x")
STOCK, REASONED = "不符合条件。", "厨房距污染源不足二十五米。"
CLERK, TIMER = "clerk", "system"
Said = tuple[str, datetime, str, PublicEvent]
"""What a service said, when, and who did it."""


@dataclass(frozen=True)
class Round:
    """A notice to correct, and the corrections, by days from the receipt; `justification` and `beyond` are what makes a notice wrong."""

    noticed: int
    corrected: int | None
    justification: str | None = "新发现的问题"
    beyond: bool = False


@dataclass(frozen=True)
class Pass:
    """One pass through a stage: entered with what came before; taken by officers and signed on these days, None where it is not signed."""

    stage: Stage
    entered: datetime
    taken: tuple[datetime, ...]
    signed: datetime | None
    ended: datetime | None

    def holder(self, moment: datetime) -> str | None:
        """Say who held it at a moment."""
        held = [one for one in self.taken if one <= moment]
        return officer(self.stage, held[-1]) if held else None


def officer(stage: Stage, taken: datetime) -> str:
    """Give the officer who took a stage at a moment."""
    return f"{stage.code}-{taken:%d}"


@dataclass(frozen=True)
class Life:
    """A random life of a case: days from its receipt, or from what it follows; None for what never happens."""

    answer: str
    """ACCEPTED, DEEMED, REFUSED, WITHDRAWN, or NOTHING."""
    answered: int = 0
    rounds: tuple[Round, ...] = ()
    window: bool = False
    afternoon: bool = False
    pre_reviewed: int | None = None
    paper_signed: timedelta | None = None
    reasons: str = REASONED
    taken: tuple[int | None, int | None] = (None, None)
    handled: int | None = None
    rolled_back: int | None = None
    handled_again: int | None = None
    approved: int | None = None
    granted: bool = True
    withdrawn: int | None = None
    stop: tuple[int, int | None] | None = None
    extended: int | None = None
    forwarded: int | None = None
    published: int | None = None
    issued: int | None = None
    delivered: int | None = None
    archived: int | None = None
    charged: int | None = None
    refunded: int | None = None
    altered: int | None = None
    revoked: int | None = None
    handed_over: timedelta | None = None

    def at(self, offset: int, hour: int = 16, minute: int = 0) -> datetime:
        """Give a moment on a day of the case. What may happen on one day has its place in it, so that no order is left to chance."""
        return (START + DAY * offset).replace(hour=hour, minute=minute)

    @property
    def received(self) -> datetime:
        """When it was handed in."""
        return self.at(0, 15 if self.afternoon else 9)

    @property
    def accepted(self) -> datetime | None:
        """When it was accepted, or counted so."""
        return self.at(self.answered, minute=40) if self.answer in {"ACCEPTED", "DEEMED"} else None

    @property
    def clock_start(self) -> datetime | None:
        """The day from which its clock runs: of the complete materials, or of the acceptance; where deemed, of the receipt."""
        if self.accepted is None:
            return None
        corrected = [one.corrected for one in self.rounds if one.corrected is not None]
        if corrected:
            return self.at(corrected[-1])
        return self.received if self.answer == "DEEMED" else self.accepted

    @property
    def passes(self) -> tuple[Pass, ...]:
        """How it went through its stages."""
        if self.accepted is None:
            return ()
        day = self.answered
        signed = None if self.handled is None else self.at(day + self.handled, 17, 10)
        passes = [self._pass(HANDLE, self.accepted, day, 0, signed)]
        if self.handled is not None and signed is not None:
            day += self.handled
            back = None if self.rolled_back is None else self.at(day + self.rolled_back, 17, 20)
            if back is not None:
                passes.append(self._pass(APPROVE, signed, day, 1, None, back))
                day += self.rolled_back or 0
                signed = None if self.handled_again is None else self.at(day + self.handled_again, 17, 30)
                passes.append(self._pass(HANDLE, back, day, 0, signed))
                day += self.handled_again or 0
            if signed is not None:
                passes.append(self._pass(APPROVE, signed, day, 1, None if self.approved is None else self.at(day + self.approved, 17, 50)))
        return tuple(passes)

    def _pass(self, stage: Stage, entered: datetime, day: int, which: int, signed: datetime | None, back: datetime | None = None) -> Pass:
        over = signed or back or self.withdrawn_at(entered)
        first = self.taken[which]
        moments = () if first is None else (self.at(day + first, 17, 40), self.at(day + first + 2, 17, 45))
        taken = tuple(one for one in moments if one > entered and (over is None or one < over))
        return Pass(stage, entered, taken, signed, over)

    @property
    def handovers(self) -> tuple[tuple[Pass, datetime | None], ...]:
        """Give the passes for which the other department gets the paper, and when it signed for it: it is asked until it did."""
        asked: list[tuple[Pass, datetime | None]] = []
        for one in self.passes:
            if self.window and one.stage is APPROVE and (not asked or asked[-1][1] is None):
                signed = None if self.handed_over is None else one.entered + self.handed_over
                asked.append((one, signed if signed is not None and (one.ended is None or signed < one.ended) else None))
        return tuple(asked)

    def withdrawn_at(self, since: datetime) -> datetime | None:
        """When the case was withdrawn after something that was open."""
        return None if self.withdrawn is None else since.replace(hour=18, minute=0) + DAY * self.withdrawn

    @property
    def decided(self) -> datetime | None:
        """When it was decided."""
        last = self.passes[-1] if self.passes else None
        return last.signed if last is not None and last.stage is APPROVE else None

    @property
    def gone(self) -> datetime | None:
        """When the applicant withdrew it, before its acceptance or after."""
        if self.answer == "WITHDRAWN":
            return self.at(self.answered, minute=40)
        return None if self.decided is not None or not self.passes else self.passes[-1].ended

    @property
    def stopped(self) -> tuple[datetime, datetime | None] | None:
        """From when to when a special procedure stood."""
        if self.stop is None or self.accepted is None:
            return None
        begin, length = self.stop
        first = self.at(self.answered + begin, 18, 10)
        return first, None if length is None else first.replace(minute=20) + DAY * length

    def after(self, days: int | None, since: datetime | None, minute: int) -> datetime | None:
        """Give the moment so many days after something."""
        return None if days is None or since is None else since.replace(hour=19, minute=minute) + DAY * days

    def events(self, case: UUID) -> list[Said]:
        """Give what the services say of this life."""
        number = f"SJ-{case.int}"
        said = self._before_acceptance(number)
        if self.accepted is not None:
            said += [*self._accepted(number, self.accepted), *self._on_its_way(), *self._beside(), *self._after_decision(number)]
        return sorted(said, key=lambda one: one[1])

    def _before_acceptance(self, number: str) -> list[Said]:
        material = intake.ReceivedMaterial(code="form", name="申请书", paper=self.window, digest=None if self.window else "d")
        received = intake.ApplicationReceived(
            number=number,
            item=ITEM,
            channel="WINDOW" if self.window else "ONLINE",
            window=CLERK if self.window else None,
            applicant=APPLICANT,
            received_on=START.date(),
            commitment=False,
            acceptance_limit=5,
            materials=(material,),
        )
        said: list[Said] = [("intake", self.received, "applicant", received)]
        if self.pre_reviewed is not None:
            moment = self.at(self.pre_reviewed)
            said.append(("intake", moment, "handler", intake.PreReviewCompleted(passed=True, opinion="齐全", completed_on=moment.date())))
        if self.paper_signed is not None:
            said.append(("intake", START + self.paper_signed, "handler", intake.PaperSignedFor(department=DEPARTMENT, receipt="JJ", materials=("form",))))
        for ordinal, one in enumerate(self.rounds, 1):
            defect = intake.Defect(material="plan" if one.beyond else "form", name="申请书", reason="没有签名")
            notice = intake.CorrectionNoticeIssued(
                notice=f"BZ-{ordinal}", ordinal=ordinal, defects=(defect,), at_once=False, justification=one.justification if ordinal > 1 else ""
            )
            said.append(("intake", self.at(one.noticed, minute=10), f"notifier-{ordinal}", notice))
            if one.corrected is not None:
                moment = self.at(one.corrected, minute=20)
                said.append(("intake", moment, "applicant", intake.CorrectionsSubmitted(materials=(), submitted_on=moment.date())))
        moment = self.at(self.answered, minute=40)
        if self.answer == "REFUSED":
            said.append(("intake", moment, "refuser", intake.AcceptanceRefused(notice="BS-1", reasons=self.reasons)))
        elif self.answer == "WITHDRAWN":
            said.append(("intake", moment, "applicant", intake.ApplicationWithdrawn(reason="")))
        return said

    def _accepted(self, number: str, moment: datetime) -> list[Said]:
        assert self.clock_start is not None
        deemed = self.answer == "DEEMED"
        accepted = intake.ApplicationAccepted(
            number=number,
            item=ITEM,
            applicant=APPLICANT,
            channel="WINDOW" if self.window else "ONLINE",
            deemed=deemed,
            clock_start=self.clock_start.date(),
            materials=(),
            form="x",
        )
        return [("intake", moment, TIMER if deemed else "accepter", accepted)]

    def _on_its_way(self) -> list[Said]:
        said: list[Said] = []
        handovers = {asked.entered: signed for asked, signed in self.handovers}
        for one in self.passes:
            stage = one.stage
            entered = workflow.StageEntered(
                stage=stage.code,
                name=stage.name,
                department=stage.department,
                role=stage.role,
                limit=stage.limit,
                entered_on=one.entered.date(),
                paper_from=DEPARTMENT if one.entered in handovers else None,
            )
            said.append(("workflow", one.entered, TIMER, entered))
            if (moment := handovers.get(one.entered)) is not None:
                signed_for = workflow.PaperHandedOver(department=OTHER, from_department=DEPARTMENT, officer="leader", receipt="YJ", materials=("form",))
                said.append(("workflow", moment, "leader", signed_for))
            for moment in one.taken:
                assigned = workflow.OfficerAssigned(stage=stage.code, officer=officer(stage, moment))
                said.append(("workflow", moment, "head", assigned))
            if one.signed is not None:
                signer = "leader" if stage is APPROVE else "handler"
                signed = workflow.StageSigned(stage=stage.code, name=stage.name, department=stage.department, officer=signer, approves=True, opinion="同意")
                said.append(("workflow", one.signed, signer, signed))
        if self.rolled_back is not None:
            back = workflow.CaseRolledBack(from_stage="approve", to_stage="handle", reopened=("handle", "approve"), reason="重新核查")
            said.insert(0, ("workflow", self.passes[2].entered, "leader", back))
        return said

    def _beside(self) -> list[Said]:
        said: list[Said] = []
        if self.stopped is not None:
            first, last = self.stopped
            stopped = workflow.ClockStopped(stop="s", procedure="INSPECTION", from_day=first.date(), expected_days=3, reason="检验", notice="TB-1")
            said.append(("workflow", first, "handler", stopped))
            if last is not None:
                said.append(("workflow", last, "handler", workflow.ClockResumed(stop="s", to_day=last.date(), result="合格")))
        if self.extended is not None:
            moment = self.at(self.answered + self.extended, 18, 30)
            said.append(("workflow", moment, "leader", workflow.LimitExtended(granted_on=moment.date(), days=4, reason="复杂", approved_by="leader")))
        if self.gone is not None:
            said.append(("workflow", self.gone, "applicant", workflow.CaseWithdrawn(withdrawn_on=self.gone.date(), reason="")))
        if (charged := self.after(self.charged, self.accepted, 0)) is not None:
            said.append(("workflow", charged, "cashier", workflow.FeeCharged(fee="f", name="资料费", amount=100, receipt="SF-1")))
            if (refunded := self.after(self.refunded, charged, 5)) is not None:
                said.append(("workflow", refunded, "cashier", workflow.FeeRefunded(fee="f", reason="没有依据")))
        return said

    def _after_decision(self, number: str) -> list[Said]:
        decided = self.decided
        if decided is None:
            return []
        outcome: Outcome = "GRANTED" if self.granted else "REFUSED"
        reasons = "" if self.granted else self.reasons
        decision = workflow.CaseDecided(
            number=number, outcome=outcome, decided_on=decided.date(), officer="leader", grounds="法", reasons=reasons, item=ITEM, applicant=APPLICANT, form="x"
        )
        said: list[Said] = [("workflow", decided, "leader", decision)]
        if (moment := self.after(self.forwarded, decided, 10)) is not None:
            forwarded = workflow.PreliminaryOpinionForwarded(forwarded_on=moment.date(), to="市局", document="初〔2026〕1号")
            said.append(("workflow", moment, "leader", forwarded))
        if (moment := self.after(self.published, decided, 15)) is not None:
            said.append(("workflow", moment, "leader", workflow.DecisionPublished(published_on=moment.date())))
        if (moment := self.after(self.issued, decided, 20)) is not None:
            issued = certificates.CertificateIssued(
                certificate="c", number="1", name="证", outcome=outcome, issued_on=moment.date(), valid_until=None, digest="d", algorithm="sha256"
            )
            said.append(("certificates", moment, TIMER, issued))
            if (altered := self.after(self.altered, moment, 35)) is not None:
                said.append(("certificates", altered, TIMER, certificates.AlterationFound(number="1", found_on=altered.date())))
            if (revoked := self.after(self.revoked, moment, 40)) is not None:
                said.append(("certificates", revoked, "leader", certificates.CertificateRevoked(number="1", revoked_on=revoked.date(), reason="撤销")))
        if (moment := self.after(self.delivered, decided, 25)) is not None:
            said.append(("certificates", moment, CLERK, certificates.ResultDelivered(number="1", manner="WINDOW", delivered_on=moment.date())))
            if (archived := self.after(self.archived, moment, 30)) is not None:
                said.append(("certificates", archived, CLERK, certificates.ResultArchived(number="1", sheet="J", archived_on=archived.date())))
        return said


PAPER = (timedelta(hours=4), timedelta(hours=5), timedelta(hours=6, minutes=30), timedelta(days=1), timedelta(days=1, hours=1), timedelta(days=4))
"""When a department signs for paper, from 9 o'clock on the day of the receipt: before and after 14:00, before and after 9:30 of the next day."""

ONWARD = (timedelta(hours=3), timedelta(hours=15), timedelta(hours=17), timedelta(days=4))
"""When the next department signs for it, from the evening on which it gets it: before and after 9:30 of the next day."""


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Draw a life. Where something never happens, nothing that follows it does."""
    few, later = st.integers(0, 3), st.none() | st.integers(0, 7)
    window, afternoon = draw(st.booleans()), draw(st.booleans())
    day, rounds = 0, []
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 1, 2, 3)))):
        noticed = day + draw(few)
        day = noticed + draw(few)
        rounds.append(Round(noticed, day, draw(st.sampled_from(("新发现的问题", "", None))), draw(st.integers(0, 4)) == 0))
    answer = draw(st.sampled_from(("ACCEPTED",) * 6 + ("DEEMED", "DEEMED", "REFUSED", "WITHDRAWN", "NOTHING")))
    if rounds and answer == "NOTHING":
        rounds[-1] = replace(rounds[-1], corrected=None)
    life = Life(
        answer,
        day + draw(few),
        tuple(rounds),
        window,
        afternoon,
        None if window else draw(later),
        draw(st.none() | st.sampled_from([one for one in PAPER if not afternoon or one > timedelta(hours=6)])) if window else None,
        draw(st.sampled_from((STOCK, REASONED))),
    )
    if life.accepted is None:
        return life
    handled = draw(later)
    rolled_back = draw(st.none() | few) if handled is not None else None
    handled_again = draw(later) if rolled_back is not None else None
    approved = draw(later) if handled is not None and (rolled_back is None or handled_again is not None) else None
    after = st.none() | st.integers(0, 12)
    life = replace(
        life,
        taken=(draw(st.none() | few), draw(st.none() | few)),
        handed_over=draw(st.none() | st.sampled_from(ONWARD)) if window and handled is not None else None,
        handled=handled,
        rolled_back=rolled_back,
        handled_again=handled_again,
        approved=approved,
        granted=draw(st.integers(0, 2)) > 0,
        withdrawn=draw(after) if approved is None else None,
        stop=draw(st.none() | st.tuples(st.integers(0, 12), later)),
        extended=draw(after),
        charged=draw(after),
        refunded=draw(after),
    )
    if approved is None:
        return life
    life = replace(life, forwarded=draw(after), published=draw(after), issued=draw(after), delivered=draw(after), archived=draw(after))
    return replace(life, altered=draw(after), revoked=draw(after))


class Alive(Protocol):
    """What has a life: a case, or what else supervision keeps a file of."""

    def events(self, case: UUID) -> list[Said]:
        """Give what the services say of this life."""
        raise NotImplementedError


def streams_of(some: Sequence[Alive]) -> dict[str, list[bytes]]:
    """Give each service's stream, in the order in which it said things, of all cases together."""
    said = [(*one, UUID(int=number)) for number, life in enumerate(some, 1) for one in life.events(UUID(int=number))]
    streams: dict[str, list[bytes]] = {"intake": [], "workflow": [], "certificates": []}
    for service, moment, actor, event, case in sorted(said, key=lambda one: one[1]):
        wrapped = envelope.wrap(event, service=service, subject=case, position=len(streams[service]) + 1, happened=moment, recorded=moment, actor=actor)
        streams[service].append(envelope.to_bytes(wrapped))
    return streams


@st.composite
def interleavings(draw: st.DrawFn, streams: dict[str, list[bytes]]) -> list[list[bytes]]:
    """Draw batches that keep each stream's order; whole stretches may come again."""
    left = {name: list(stream) for name, stream in streams.items() if stream}
    heard: list[bytes] = []
    order: list[bytes] = []
    while left:
        name = draw(st.sampled_from(sorted(left)))
        order.append(left[name].pop(0))
        heard.append(order[-1])
        if not left[name]:
            del left[name]
        if draw(st.integers(0, 5)) == 0:
            order.extend(heard[-draw(st.integers(1, 4)) :])
    sizes = draw(st.lists(st.integers(1, 5), min_size=len(order), max_size=len(order)))
    batches = []
    for size in sizes:
        if order:
            batches.append(order[:size])
            order = order[size:]
    return batches
