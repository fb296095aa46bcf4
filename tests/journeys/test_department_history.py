"""A department that joins brings the years before: each case is counted in its year, its limits are looked at, nobody is blamed, and nobody flooded."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

from services.chassis.clock.calendars import load_calendars
from services.kernel.calendar import SHANGHAI
from tests.journeys.department import ITEM, WAY, event, reported, way
from tests.journeys.test_lists import walked
from tests.world import World, at

CALENDAR = load_calendars().newest
YEARS = range(2021, 2026)
CASES = 300
AGAIN = 200
"""So many reports come a second time, as from a migration that was begun anew."""
BATCH = 500
IN_TIME, TOO_LATE = 3, 60
"""Working days from the receipt to the decision; what is promised and what the law allows lie between."""

CARDS_OF_THE_LATE = (("SUP-R01", "promised"), ("SUP-R01", "statutory"), ("SUP-A01", "stage"))


class Old:
    """A case of before the department joined, as its own system has it."""

    def __init__(self, number: str, received: date, days: int) -> None:
        self.number = number
        self.received = received
        self.decided = CALENDAR.add(received, days)
        self.late = days == TOO_LATE

    def reports(self) -> list[dict[str, Any]]:
        """Give what is reported of it, from the receipt to the archive."""
        first, second = (CALENDAR.add(self.received, days) for days in (1, 2))
        after, result = CALENDAR.add(self.decided, 1), {"number": f"证 {self.number}"}
        days = (self.received, self.received, first, second, self.decided, self.decided, after, after, after, after)
        over: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("decision-published", "2026-03-06 09:00", {}),
            ("certificate-issued", "2026-03-06 09:30", {**result, "name": "建筑工程施工许可证"}),
            ("result-delivered", "2026-03-06 10:00", result),
            ("result-archived", "2026-03-06 15:00", {**result, "sheet": "1"}),
        )
        steps = zip((*WAY, *over), days, strict=True)
        return [event(self.number, step, datetime.combine(day, _time(moment), SHANGHAI), data) for (step, moment, data), day in steps]


def _time(moment: str) -> time:
    return at(moment).timetz().replace(tzinfo=None)


def history(chance: random.Random) -> list[Old]:
    """Give cases of several years, one in ten of which was decided too late."""
    found = []
    for number in range(CASES):
        year = YEARS[number % len(YEARS)]
        received = CALENDAR.following(date(year, chance.randint(1, 9), chance.randint(1, 28)))
        found.append(Old(f"{year}-{number:04}", received, TOO_LATE if number % 10 == 0 else IN_TIME))
    return found


def shuffled() -> tuple[list[Old], list[dict[str, Any]]]:
    """Give such cases, and what is reported of them in any order, some of it twice."""
    chance = random.Random(2026)  # noqa: S311 - no secret
    cases = history(chance)
    events = [one for case in cases for one in case.reports()]
    mixed = [*events, *chance.sample(events, AGAIN)]
    chance.shuffle(mixed)
    return cases, mixed


def migrated(world: World, events: Sequence[dict[str, Any]]) -> Counter[str]:
    """Report in batches, and count the answers."""
    return Counter(one["status"] for first in range(0, len(events), BATCH) for one in reported(world, *events[first : first + BATCH]))


def test_years_of_history_come_in_without_reproach_for_lateness(world: World) -> None:
    """Given hundreds of cases of five years in any order, some reports twice, each stands in its year as it was then.

    Whoever decided too late has the cards of that day, which are over; of the others no card is left, and nobody ever had one for telling of it now.
    """
    cases, mixed = shuffled()
    world.now.advance_to(at("2026-03-02 16:00"))
    assert migrated(world, mixed) == {"RECEIVED": len(mixed) - AGAIN, "KNOWN": AGAIN}
    world.advance("2026-03-06 09:00")
    item = world.do(None, "GET", f"/intake/api/items/{ITEM}")
    seen = ("number", "state", "received_on", "decided_on", "due", "statutory_due", "late")
    rows = Counter(tuple(row[name] for name in seen) for row in world.rows("supervision", "cases") if row["channel"] == "DEPARTMENT")
    limits = item["promised_limit"], item["statutory_limit"]
    assert rows == Counter(
        (one.number, "DECIDED", one.received, one.decided, *(CALENDAR.add(one.received, limit) for limit in limits), one.late) for one in cases
    )
    for year in YEARS:
        (figures,) = world.do("supervisor1", "GET", f"/supervision/api/figures?from={year}-01-01&to={year}-12-31")
        told = [one for one in cases if one.received.year == year]
        counted = (figures["received"], figures["finished"], figures["late"], figures["in_hand"])
        assert counted == (len(told), len(told), sum(one.late for one in told), 0), year
    warnings = world.rows("supervision", "warnings")
    assert [row for row in warnings if row["rule"] == "SUP-Y10" or row["stands"]] == []
    # What a batch seemed to say, and the next one explained, was withdrawn.
    cards = Counter((row["number"], row["rule"], row["clock"].partition(":")[0]) for row in warnings if row["level"] != "LIGHT" and row["state"] != "RETRACTED")
    assert cards == Counter((one.number, *card) for one in cases if one.late for card in CARDS_OF_THE_LATE)


def test_years_of_history_are_one_message_for_each_leader(world: World) -> None:
    """Given the same history, whose batches raise cards that the next ones withdraw, the leader has one message in the morning, of those that stand.

    A card of today comes at once. The message leads to a list that has the cards it counts, and none that was withdrawn (ADR 0023).
    """
    cases, mixed = shuffled()
    world.now.advance_to(at("2026-03-02 16:00"))
    migrated(world, mixed)
    assert messages(world) == []
    fee = {"fee": "f-1", "name": "资料费", "amount": 5000, "receipt": "SF-1", "officer": "o-3"}
    reported(world, *way()[:2], event("2026-0001", "fee-charged", "2026-03-02 15:30", fee))
    (now,) = messages(world)
    assert now["template"] == "card-issued"
    assert "2026-0001" in now["subject"]
    world.advance("2026-03-03 07:59")
    assert messages(world) == [now]
    world.advance("2026-03-03 08:00")
    (gathered,) = [one for one in messages(world) if one != now]
    assert f"本部门的预警 {sum(one.late for one in cases) * len(CARDS_OF_THE_LATE)} 个" in gathered["text"]
    assert "撤回" not in gathered["text"]
    page = world.call("housing-leader", "GET", "/notification/messages", headers={"Accept": "text/html"}).text
    (place,) = re.findall(r'href="/supervision/cards\?([^"]+)">查看这些预警', page)
    listed = walked(world, "housing-leader", "/supervision/api/warnings", **dict(parse_qsl(unescape(place))))
    assert Counter((row["number"], row["rule"]) for row in listed) == Counter((one.number, rule) for one in cases if one.late for rule, _ in CARDS_OF_THE_LATE)
    world.advance("2026-03-04 08:00")
    assert [one for one in messages(world) if one["template"] == gathered["template"]] == [gathered]


def messages(world: World) -> list[dict[str, Any]]:
    """Give the messages of the department's leader."""
    items: list[dict[str, Any]] = world.do("housing-leader", "GET", "/notification/api/messages")["items"]
    return items
