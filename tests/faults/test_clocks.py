"""The clocks of machines are a day apart: work goes on meanwhile, and when they are right again, everything is as it would have been."""

from datetime import timedelta

import pytest

from tests.faults.clocks import clocks_apart
from tests.faults.district import District
from tests.faults.overdue import overdue
from tests.faults.test_warnings import check_warned

pytestmark = [pytest.mark.connected, pytest.mark.slow]
DAY = timedelta(days=1)
AHEAD = {"stream1": DAY, "certificates": DAY, "stream2": -DAY}
"""Two workers of one service, with all other machines in the middle between them; and one who has something to say."""


def told(district: District) -> set[str]:
    """Give the cases whose applicants were told that their certificate can be fetched."""
    return {str(row["case_id"]) for row in district.rows("notification", "messages") if row["template"] == "pickup-notice-issued"}


def test_clocks_of_machines_a_day_apart(district: District) -> None:
    """Given processes on machines a day ahead and a day behind, cases go their way from one to the other; with the clocks right, nothing shows of it."""
    clients = district.clients
    with clocks_apart(district, AHEAD):
        with district.working():
            district.more(10, 3)
        decided = clients.ledger.decided
        district.eventually(lambda: told(district) >= decided, "what was said a day ahead is heard")
        district.eventually(lambda: district.supervised() >= clients.ledger.applications, "supervision hears all")
        cases = overdue(district, 3)
        district.eventually(lambda: {str(row["case_id"]) for row in district.rows("supervision", "warnings")} >= set(cases), "overdue cases are seen")
    check_warned(district, cases)
