"""P7, P9, P10 and the backtest: rebuilding views, sweeping deadlines among a million, pages of long lists, rules tried on the recorded history."""

import random
from collections import deque
from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from services.chassis.bus.inbox import Inbox
from services.chassis.clock.calendars import load_calendars
from services.chassis.copies import cores
from services.chassis.rebuild import folded, read, rebuild
from services.chassis.service import Service
from services.chassis.storage.database import Database
from services.chassis.timekeeping import VirtualTime
from services.chassis.timers import Timers
from services.supervision import views
from services.supervision.application import Supervision
from services.supervision.backtest import Outcome, backtest, read_proposal
from tests.bench.clock_benchmark import add_by_days
from tests.bench.measure import Result, cost, each, rate, seconds
from tests.bench.storing import NOW
from tests.domain.lives import Life, streams_of
from tests.services.chassis_sample import Lender, lender_tables
from tests.services.service_parts import SEALER
from tests.world import rows

MANY, FEW = 1_000_000, 10_000
LIVES = 2_000
CHUNK = 20_000


def _informed(url: str) -> Supervision:
    now = VirtualTime(NOW + timedelta(days=30))
    service = Supervision(Database(url, views.tables()), load_calendars(), now, SEALER)
    life = Life("ACCEPTED", 1, taken=(1, 1), handled=3, approved=2, stop=(1, 4), delivered=0)
    for stream in streams_of([life] * LIVES).values():
        Inbox(service, now).deliver(stream)
    Timers(service, now).sweep()
    return service


def trying_rules(url: str) -> Result:
    """A backtest of everything that is recorded."""
    service = _informed(url)
    proposal, rules = read_proposal(b'limits: {"*": {promised_limit: 3}}')
    cases = [row["id"] for row in rows(service, "cases")]

    def tried() -> Outcome:
        return backtest(service, proposal, rules, date.min, date.max, NOW + timedelta(days=30))

    def fold_all() -> None:
        for some in read(service, cases):
            deque(folded(service, some), maxlen=0)

    facts = tried().facts
    result = rate(
        "–",
        f"a changed rule set tried on a recorded history of {facts:,} facts ÷ folding the same history",
        "–",
        lambda: facts / seconds(tried),
        lambda: facts / seconds(fold_all),
        "facts/s",
    )
    service.close()
    return result


def rebuilding_views(url: str) -> Result:
    """P7."""
    service = _informed(url)
    kept = {view: rows(service, view.name) for view in service.database.views}
    number = sum(len(found) for found in kept.values())

    def raw() -> float:
        def write() -> None:
            with service.database.engine.begin() as connection:
                for view, found in kept.items():
                    connection.execute(view.delete())
                    for first in range(0, len(found), 500):
                        connection.execute(insert(view), found[first : first + 500])

        return number / seconds(write)

    found = rate(
        "P7",
        "rebuild of all supervision views ÷ raw insert of the same rows",
        "≥ 0.70",
        lambda: number / seconds(lambda: rebuild(service, processes=cores())),
        raw,
        "rows/s",
    )
    service.close()
    return found


def _timers(url: str, number: int) -> Service:
    lender = Lender(Database(url, lender_tables()))
    table = lender.database.table("timers")
    due = NOW + timedelta(days=1)
    with lender.database.engine.begin() as connection:
        for first in range(0, number, CHUNK):
            values = [{"kind": "reminder", "subject": uuid4(), "due": due + timedelta(seconds=first + one)} for one in range(min(CHUNK, number - first))]
            connection.execute(insert(table), values)
        connection.execute(text("ANALYZE timers"))
    return lender


def sweeping(schema: Callable[[], str]) -> list[Result]:
    """P9."""
    services = {number: _timers(schema(), number) for number in (MANY, FEW)}
    now = VirtualTime(NOW)
    sweeps = {number: Timers(service, now) for number, service in services.items()}

    def swept(number: int) -> float:
        return each(sweeps[number].sweep, 50)

    found = cost("P9", f"a sweep with {MANY:,} open clocks ÷ with {FEW:,}", "≤ 1.2", lambda: swept(MANY), lambda: swept(FEW))
    for service in services.values():
        service.close()
    calendar, begin = load_calendars().newest, date(2026, 1, 5)
    adding = cost(
        "P9",
        "`add` of 5,000 working days ÷ a loop over the days",
        "≤ 0.001",
        lambda: each(lambda: calendar.add(begin, 5_000), 10_000),
        lambda: seconds(lambda: add_by_days(calendar, begin, 5_000)),
        "µs",
        "the loop's cost grows with the days, the other's does not",
    )
    return [found, adding]


def _cases(url: str, number: int) -> Database:
    database = Database(url, views.tables())
    chance = random.Random(1)  # noqa: S311 - the same every time
    departments = ("market-regulation", "health", "housing", "planning", "environment")
    table = database.table("cases")
    with database.engine.begin() as connection:
        for first in range(0, number, CHUNK):
            values = [
                {
                    "id": UUID(int=chance.getrandbits(128)),
                    "number": f"SJ-{first + one:09}",
                    "item": "food-operation-licence",
                    "item_name": "食品经营许可证核发",
                    "department": chance.choice(departments),
                    "state": "OPEN" if chance.random() < 0.2 else "DECIDED",
                    "due": date(2026, 1, 1) + timedelta(days=chance.randrange(365)),
                }
                for one in range(min(CHUNK, number - first))
            ]
            connection.execute(insert(table), values)
        connection.execute(text("ANALYZE cases"))
    return database


def listing(schema: Callable[[], str]) -> Result:
    """P10."""
    databases = {number: _cases(schema(), number) for number in (MANY, FEW)}

    def page(number: int) -> float:
        def read() -> None:
            _, cursor = views.cases.listed(databases[number], departments=("housing",), state="OPEN")
            views.cases.listed(databases[number], departments=("housing",), state="OPEN", cursor=cursor or "")

        return each(read, 20)

    found = cost("P10", f"two pages of a filtered list of {MANY:,} cases ÷ of {FEW:,}", "≤ 1.5", lambda: page(MANY), lambda: page(FEW))
    for database in databases.values():
        database.close()
    return found
