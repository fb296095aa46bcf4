"""What must hold after any fault, read from the services' own databases: what was acknowledged is kept, every effect is there once, and nothing else."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from services.chassis.bus.kafka.topics import SPEAKERS
from tests.faults.ledger import Ledger

Rows = Callable[[str, str], Sequence[dict[str, Any]]]
"""Gives the rows of a service's table."""
CARRIED = ("application-received", "application-accepted", "case-decided", "pickup-notice-issued")
"""What an applicant is told on the way of a case that is granted."""

REFUSED = "上报的数据没有通过校验"
"""How a card begins that is about a report which could not be taken."""


def same(what: str, found: Iterable[Hashable], expected: Iterable[Hashable]) -> None:
    """Fail where something is lost, doubled or from nowhere."""
    is_there, should_be = Counter(list(found)), Counter(list(expected))
    lost = should_be - is_there
    assert not lost, f"SAFETY, lost: {what}: {dict(lost)}"
    no_more(what, is_there.elements(), should_be.elements())


def no_more(what: str, found: Iterable[Hashable], expected: Iterable[Hashable]) -> None:
    """Fail where something is doubled or from nowhere; it may be on its way."""
    more = Counter(list(found)) - Counter(list(expected))
    assert not more, f"SAFETY, doubled or from nowhere: {what}: {dict(more)}"


def check_apart(settle: Callable[[], None], rows: Rows, ledger: Ledger) -> None:
    """Settle, and check safety; where nothing moves any more, check it of what is there by now, and tell of both."""
    try:
        settle()
    except AssertionError as stuck:
        try:
            check_safety(rows, ledger, is_settled=False)
        except AssertionError as unsafe:
            raise ExceptionGroup("neither LIVENESS nor SAFETY", [stuck, unsafe]) from None
        raise
    check_safety(rows, ledger)


def check_safety(rows: Rows, ledger: Ledger, *, is_settled: bool = True) -> None:
    """Follow every application from intake to the message of its certificate, as far as each is where something still waits."""
    compare = same if is_settled else no_more
    applications = {str(row["id"]): row for row in rows("intake", "applications")}
    accepted = {one for one, row in applications.items() if row["state"] == "ACCEPTED"}
    cases = {str(row["id"]): row for row in rows("workflow", "cases")}
    decided = {one for one, row in cases.items() if row["state"] == "DECIDED"}
    _acknowledged("applications", ledger.applications, set(applications), ledger.given_up)
    _acknowledged("acceptances", ledger.accepted, accepted, ledger.given_up)
    _acknowledged("decisions", ledger.decided, decided, ledger.given_up)
    same("each receipt number is given once", (row["number"] for row in applications.values()), {row["number"] for row in applications.values()})
    compare("an accepted application is one case of workflow", cases, accepted)
    results = rows("certificates", "results")
    compare("a decision has one result", (str(row["case_id"]) for row in results), decided)
    _check_reported(rows, ledger, compare)
    states = _states(set(applications), accepted, decided, ledger)
    seen = [(str(row["id"]), row["state"]) for row in rows("supervision", "cases")]
    compare("supervision knows each case once", (one for one, _ in seen), states)
    messages = [row for row in rows("notification", "messages") if row["template"] in CARRIED]
    told = [(one, template) for which, template in zip((applications, accepted, decided, decided), CARRIED, strict=True) for one in which]
    compare("the applicant is told of each step once", ((str(row["case_id"]), row["template"]) for row in messages), told)
    if is_settled:
        assert all(row["number"] for row in results), "SAFETY: each result was made"
        same("supervision sees each case as far as it is", seen, states.items())
        assert {row["state"] for row in messages} <= {"SENT"}, "SAFETY: each message left"
    letters = [(name, row["reason"]) for name in SPEAKERS for row in rows(name, "dead_letters") if row["replayed"] is None]
    same("nothing was unreadable", letters, [])


def _acknowledged(what: str, told: set[str], kept: set[str], given_up: int) -> None:
    assert told <= kept, f"SAFETY, lost: acknowledged {what}: {sorted(told - kept)}"
    # Whoever asks again does so under the same key or version: a second effect would have been told to nobody.
    assert len(kept - told) <= given_up, f"SAFETY, from nowhere: {what} that nobody was told of: {sorted(kept - told)}"


def _check_reported(rows: Rows, ledger: Ledger, compare: Callable[[str, Iterable[Hashable], Iterable[Hashable]], None]) -> None:
    for what, reports in (("reports", ledger.reports), ("refused", ledger.refused)):
        kept = Counter({str(row["id"]): row[what] for row in rows("intake", "department_cases")})
        told = Counter({case: len(several) for case, several in reports.items()})
        compare(f"each report of a department is kept once, as it is told: {what}", kept.elements(), told.elements())
    cards = [str(row["case_id"]) for row in rows("supervision", "warnings") if (row["detail"] or "").startswith(REFUSED)]
    compare("supervision sees each refused report", cards, [case for case, reports in ledger.refused.items() for _ in reports])


def _states(applications: set[str], accepted: set[str], decided: set[str], ledger: Ledger) -> dict[str, str]:
    reported = ledger.reports.keys() | ledger.refused.keys()
    taken_up = accepted | {case for case, steps in ledger.reports.items() if "application-accepted" in steps}
    return {**dict.fromkeys(applications | reported, "RECEIVED"), **dict.fromkeys(taken_up, "OPEN"), **dict.fromkeys(decided, "DECIDED")}
