"""Supervision reaches the same state for every interleaving of the services' streams that keeps each stream's own order, with duplicates (AUD-03)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import certificates, envelope, intake, workflow
from contracts.common import ApplicantReference, ItemSnapshot, Stage
from contracts.registry import PublicEvent
from services.chassis.calendars import load_calendars
from services.chassis.database import Database, sqlite_file
from services.chassis.inbox import Inbox
from services.chassis.letters import Letters
from services.chassis.timekeeping import VirtualTime
from services.chassis.timers import Timers
from services.kernel.calendar import SHANGHAI, local_day, start_of
from services.supervision import views
from services.supervision.application import Supervision
from services.supervision.domain.case_file import CaseFile
from tests.domain.clock_model import Model
from tests.services.service_parts import SEALER
from tests.world import rows

CALENDAR = load_calendars().newest
START = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
END = datetime(2026, 4, 30, 9, tzinfo=SHANGHAI)
ITEM = ItemSnapshot(
    code="food-operation-licence",
    revision=1,
    name="食品经营许可证核发",
    kind="PROMISED",
    department="market-regulation",
    statutory_limit=10,
    promised_limit=5,
    acceptance_limit=5,
    accepted_by="HANDLER",
    stages=(Stage(code="handle", name="承办", department="market-regulation", role="HANDLER", limit=2),),
    special_procedures=("INSPECTION",),
    result_name="食品经营许可证",
    result_months=60,
    decision_authority="示例区市场监督管理局",
    publication_limit=3,
    certificate_limit=4,
    materials=(),
    fees=(),
)
APPLICANT = ApplicantReference(reference="a", kind="PERSON", sealed="x")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Life:
    """A random life of a case: days from its receipt, None for what never happens."""

    accepted: int
    stop: tuple[int, int | None] | None
    extended: int | None
    taken: int | None
    decided: int | None
    withdrawn: int | None
    published: int | None = None
    issued: int | None = None
    archived: int | None = None
    charged: int | None = None
    refunded: int | None = None

    def day(self, offset: int) -> datetime:
        """Give a moment on a day of the case."""
        return START + DAY * offset

    def events(self, case: UUID) -> list[tuple[str, datetime, PublicEvent]]:
        """Give what the services say of this life, each with the service and the moment."""
        number = f"SJ-{case.int}"
        received = intake.ApplicationReceived(
            number=number,
            item=ITEM,
            channel="ONLINE",
            applicant=APPLICANT,
            received_on=START.date(),
            commitment=False,
            acceptance_limit=5,
            materials=(),
        )
        moment = self.day(self.accepted)
        accepted = intake.ApplicationAccepted(
            number=number, item=ITEM, applicant=APPLICANT, channel="ONLINE", deemed=False, clock_start=moment.date(), materials=(), form="x"
        )
        stage = ITEM.stages[0]
        entered = workflow.StageEntered(
            stage=stage.code, name=stage.name, department=stage.department, role=stage.role, limit=stage.limit, entered_on=moment.date()
        )
        said: list[tuple[str, datetime, PublicEvent]] = [
            ("intake", START, received),
            ("intake", moment, accepted),
            ("workflow", moment, entered),
        ]
        if self.taken is not None:
            said.append(("workflow", self.day(self.taken), workflow.OfficerAssigned(stage="handle", officer=f"officer-{self.taken}")))
        if self.stop is not None:
            begin, length = self.stop
            first = self.day(begin)
            stopped = workflow.ClockStopped(stop="s", procedure="INSPECTION", from_day=first.date(), expected_days=3, reason="检验", notice="TB-1")
            said.append(("workflow", first, stopped))
            if length is not None:
                last = self.day(begin + length)
                said.append(("workflow", last, workflow.ClockResumed(stop="s", to_day=last.date(), result="合格")))
        if self.extended is not None:
            moment = self.day(self.extended)
            said.append(("workflow", moment, workflow.LimitExtended(granted_on=moment.date(), days=4, reason="复杂", approved_by="leader")))
        if self.decided is not None:
            moment = self.day(self.decided)
            decided = workflow.CaseDecided(
                number=number, outcome="GRANTED", decided_on=moment.date(), officer="leader", grounds="法", reasons="", item=ITEM, applicant=APPLICANT, form="x"
            )
            department = stage.department
            signed = workflow.StageSigned(stage="handle", name="承办", department=department, officer="leader", approves=True, opinion="同意")
            said.append(("workflow", moment, signed))
            said.append(("workflow", moment, decided))
            said.append(("certificates", moment, certificates.ResultDelivered(number="1", manner="WINDOW", delivered_on=moment.date())))
            said.extend(self.after_decision())
        elif self.withdrawn is not None:
            moment = self.day(self.withdrawn)
            said.append(("workflow", moment, workflow.CaseWithdrawn(withdrawn_on=moment.date(), reason="")))
        if self.charged is not None:
            said.append(("workflow", self.day(self.charged), workflow.FeeCharged(fee="f", name="资料费", amount=100, receipt="SF-1")))
            if self.refunded is not None:
                said.append(("workflow", self.day(self.charged + self.refunded), workflow.FeeRefunded(fee="f", reason="没有依据")))
        return sorted(said, key=lambda one: one[1])

    def after_decision(self) -> list[tuple[str, datetime, PublicEvent]]:
        """Give what happened after the decision, so many days later each."""
        said: list[tuple[str, datetime, PublicEvent]] = []
        since = self.decided or 0
        if self.published is not None:
            moment = self.day(since + self.published)
            said.append(("workflow", moment, workflow.DecisionPublished(published_on=moment.date())))
        if self.issued is not None:
            moment = self.day(since + self.issued)
            on = moment.date()
            said.append(
                (
                    "certificates",
                    moment,
                    certificates.CertificateIssued(
                        certificate="c", number="1", name="证", outcome="GRANTED", issued_on=on, valid_until=None, digest="d", algorithm="sha256"
                    ),
                )
            )
        if self.archived is not None:
            moment = self.day(since + self.archived)
            said.append(("certificates", moment, certificates.ResultArchived(number="1", sheet="J", archived_on=moment.date())))
        return said


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Draw a life."""
    accepted = draw(st.integers(0, 5))
    later = st.integers(accepted, accepted + 25)
    stop = draw(st.none() | st.tuples(later, st.none() | st.integers(0, 9)))
    decided = draw(st.none() | later)
    after = st.none() | st.integers(0, 12)
    life = Life(accepted, stop, draw(st.none() | later), draw(st.none() | later), decided, draw(st.none() | later))
    life = replace(life, charged=draw(st.none() | later), refunded=draw(after))
    return life if decided is None else replace(life, published=draw(after), issued=draw(after), archived=draw(after))


def streams_of(some: Sequence[Life]) -> dict[str, list[bytes]]:
    """Give each service's stream, in the order in which it said things, of all cases together."""
    said = [(moment, service, UUID(int=number + 1), event) for number, life in enumerate(some) for service, moment, event in life.events(UUID(int=number + 1))]
    streams: dict[str, list[bytes]] = {"intake": [], "workflow": [], "certificates": []}
    for moment, service, case, event in sorted(said, key=lambda one: one[0]):
        wrapped = envelope.wrap(event, service=service, subject=case, position=len(streams[service]) + 1, happened=moment, recorded=moment, actor="officer")
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


class Bureau:
    """Supervision alone, on a clock that the test moves."""

    def __init__(self, folder: Path, start: datetime) -> None:
        self.now = VirtualTime(start)
        self.service = Supervision(Database(sqlite_file(folder / "supervision.sqlite"), views.tables()), load_calendars(), self.now, SEALER)
        self.inbox = Inbox(self.service, self.now)
        self.timers = Timers(self.service, self.now)

    def sweep_to(self, moment: datetime) -> None:
        """Move the clock and fire what is due, until nothing is."""
        self.now.advance_to(max(moment, self.now()))
        for _ in range(50):
            if not self.timers.sweep():
                return
        raise AssertionError("looks never end")

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Give the whole state of the views."""
        return {view.name: rows(self.service, view.name) for view in self.service.database.views}

    def standing(self) -> list[tuple[Any, ...]]:
        """Give what stands or was mended, leaving out what was raised and taken back on the way."""
        names = ("case_id", "rule", "clock", "level", "day", "statutory", "state", "rectified", "department", "officer")
        # A light keeps the due day for which it was lit, also where an extension moves it by less than puts the light out.
        due = {row["id"]: row["due"] for row in rows(self.service, "warnings") if row["level"] != "LIGHT"}
        return sorted(
            (*(str(row[name]) for name in names), str(due.get(row["id"])))
            for row in rows(self.service, "warnings")
            if row["stands"] or row["state"] == "RECTIFIED"
        )


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(lives(), min_size=1, max_size=3), st.data())
def test_the_state_does_not_depend_on_the_order_of_arrival(some: list[Life], data: st.DataObject) -> None:
    """Given any interleaving with duplicates, heard before the first look, the views are those of the streams heard one after the other."""
    streams = streams_of(some)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        plain, mixed = Bureau(Path(one), END), Bureau(Path(other), END)
        for stream in streams.values():
            plain.inbox.deliver(stream)
        for batch in data.draw(interleavings(streams)):
            mixed.inbox.deliver(batch)
        for bureau in (plain, mixed):
            bureau.sweep_to(END + DAY)
        assert mixed.state() == plain.state()
        assert Letters(mixed.service).waiting() == []
        for bureau in (plain, mixed):
            bureau.service.close()


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(lives(), min_size=1, max_size=2), st.data())
def test_what_stands_in_the_end_does_not_depend_on_looks_between(some: list[Life], data: st.DataObject) -> None:
    """Given looks between the arrivals, late facts take back what they prove wrong: cases and standing warnings are the same in the end."""
    streams = streams_of(some)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        plain, mixed = Bureau(Path(one), END), Bureau(Path(other), START)
        for stream in streams.values():
            plain.inbox.deliver(stream)
        for batch in data.draw(interleavings(streams)):
            mixed.inbox.deliver(batch)
            mixed.sweep_to(mixed.now() + DAY * data.draw(st.integers(0, 9)))
        for bureau in (plain, mixed):
            bureau.sweep_to(END + DAY * 60)
        assert mixed.standing() == plain.standing()
        assert rows(mixed.service, "cases") == rows(plain.service, "cases")
        for bureau in (plain, mixed):
            bureau.service.close()


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(lives())
def test_lights_and_cards_are_those_of_a_slow_model(life: Life) -> None:
    """Given any life, a light was lit and a card issued exactly where a model that counts day by day says so, and as of its day (SUP-L01, SUP-R01)."""
    with TemporaryDirectory() as folder:
        bureau = Bureau(Path(folder), START)
        moment = START
        stream = [(service, at, body) for service, bodies in streams_of([life]).items() for body in bodies for at in [envelope.from_bytes(body).time]]
        for _service, at, body in sorted(stream, key=lambda one: one[1]):
            while moment.date() < at.astimezone(SHANGHAI).date():
                moment = start_of(moment.date() + DAY)
                bureau.sweep_to(moment)
            bureau.inbox.deliver([body])
            bureau.sweep_to(max(bureau.now(), at))
        while moment < END:
            moment = start_of(moment.date() + DAY)
            bureau.sweep_to(moment)
        found = {(row["level"], row["clock"]): row["day"] for row in rows(bureau.service, "warnings") if row["rule"] in {"SUP-L01", "SUP-R01"}}
        bureau.service.close()
    assert found == expected_warnings(life)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(lives())
def test_all_cards_are_those_of_a_slow_model(life: Life) -> None:
    """Given any life heard at its end, the cards, the days on which they were issued and mended are those of a model that counts day by day."""
    with TemporaryDirectory() as folder:
        bureau = Bureau(Path(folder), END)
        for stream in streams_of([life]).values():
            bureau.inbox.deliver(stream)
        bureau.sweep_to(END)
        found = {
            (row["rule"], (row["clock"] or "").partition(":")[0], row["day"], local_day(row["rectified"]) if row["rectified"] else None)
            for row in rows(bureau.service, "warnings")
            if row["rule"] != "SUP-L01"
        }
        bureau.service.close()
    assert found == expected_cards(life)


def expected_cards(life: Life) -> set[tuple[str, str, date, date | None]]:
    """Give the cards of a life by the day-by-day model: rule, clock, day, and the day on which what it is about was mended."""

    def day(offset: int | None, since: int = 0) -> date | None:
        return None if offset is None else life.day(since + offset).date()

    ended = life.decided if life.decided is not None else life.withdrawn
    expected: set[tuple[str, str, date, date | None]] = set()
    for (level, clock), issued in expected_warnings(life).items():
        if level == "RED":
            expected.add(("SUP-R01", clock, issued, day(ended)))
    stops = []
    if life.stop is not None:
        begin = life.day(life.stop[0]).date()
        stops = [{"from": begin, "to": None if life.stop[1] is None else begin + DAY * life.stop[1]}]
    accepted = life.day(life.accepted).date()
    clocks: list[tuple[str, str, date, int, list[dict[str, Any]], date | None]] = [
        ("SUP-A01", "pre-review", START.date(), 2, [], accepted),
        ("SUP-A01", "stage", accepted, 2, stops, day(ended)),
    ]
    if life.decided is not None:
        decided = life.day(life.decided).date()
        clocks.append(("SUP-Y07", "publication", decided, 3, [], day(life.published, life.decided)))
        clocks.append(("SUP-Y08", "certificate", decided, 4, [], day(life.issued, life.decided)))
        clocks.append(("SUP-A01", "archiving", decided, 1, [], day(life.archived, life.decided)))
    for rule, clock, start, limit, stopped, met in clocks:
        answer = Model(CALENDAR.is_working, start, limit, stopped, [], met).answer(END.date())
        if not answer["breached_at"]:
            continue
        issued = answer["due"] + DAY
        expected.add((rule, clock, issued, met))
        if rule.startswith("SUP-Y"):
            last = issued + DAY
            while not CALENDAR.is_working(last):
                last += DAY
            if last < END.date() and (met is None or met > last):
                expected.add(("SUP-R02", "rectification", last + DAY, met))
    if life.charged is not None:
        charged = life.day(life.charged).date()
        expected.add(("SUP-R09", "", charged, day(life.refunded, life.charged)))
    return expected


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(lives(), st.data())
def test_no_warning_disappears_without_an_event(life: Life, data: st.DataObject) -> None:
    """Given any arrival, with looks between, no light or card is ever lost; each that no longer stands was ended by an event that names it and its reason."""
    with TemporaryDirectory() as folder:
        bureau = Bureau(Path(folder), START)
        known: set[UUID] = set()
        for batch in data.draw(interleavings(streams_of([life]))):
            bureau.inbox.deliver(batch)
            bureau.sweep_to(bureau.now() + DAY * data.draw(st.integers(0, 5)))
            now_known = {row["id"] for row in rows(bureau.service, "warnings")}
            assert known <= now_known
            known = now_known
        ended = {row["id"] for row in rows(bureau.service, "warnings") if not row["stands"]}
        ends = (CaseFile.YellowLightWentOut, CaseFile.CardWithdrawn, CaseFile.RectificationVerified, CaseFile.AppealDecided)
        said = {event.warning for event in bureau.service.events.get(UUID(int=1)) if isinstance(event, ends) and event.reason}
        bureau.service.close()
    assert ended <= said


def expected_warnings(life: Life) -> dict[tuple[str, str], date]:
    """Give the lights and cards of a life by the day-by-day model."""
    start = life.day(life.accepted).date()
    ended = life.decided if life.decided is not None else life.withdrawn
    stops = []
    if life.stop is not None:
        begin = life.day(life.stop[0]).date()
        stops = [{"from": begin, "to": None if life.stop[1] is None else begin + DAY * life.stop[1]}]
    extensions = [] if life.extended is None else [{"on": life.day(life.extended).date(), "days": 4}]
    works = CALENDAR.is_working
    answers = {}
    for name, limit in (("promised", ITEM.promised_limit), ("statutory", ITEM.statutory_limit)):
        decided = None if ended is None else life.day(ended).date()
        answers[name] = Model(works, start, limit, stops, extensions, decided).answer(END.date())
    warnings: dict[tuple[str, str], date] = {}
    if answers["promised"]["light_from"]:
        warnings["LIGHT", "promised"] = answers["promised"]["light_from"]
    for name in ("promised", "statutory"):
        if answers[name]["breached_at"]:
            warnings["RED", name] = answers[name]["due"] + DAY
    if answers["promised"]["breached_at"] and answers["promised"]["due"] == answers["statutory"]["due"]:
        warnings.pop(("RED", "statutory"), None)
    return warnings


def test_the_model_is_not_empty() -> None:
    """Given a case decided late, the model expects a light and a card, so that the comparison can fail."""
    late = replace(Life(0, None, None, None, 10, None))
    assert set(expected_warnings(late)) == {("LIGHT", "promised"), ("RED", "promised")}
