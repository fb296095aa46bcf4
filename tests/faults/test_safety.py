"""What the tests of faults rely on: where nothing moves any more, whatever is lost or doubled by then is told, too."""

from typing import Any

import pytest

from tests.faults.ledger import Ledger
from tests.faults.safety import check_apart, check_safety

STUCK = "LIVENESS, nothing moved"
Kept = dict[tuple[str, str], list[dict[str, Any]]]


def kept(told: int) -> Kept:
    """Give what services keep of one application that supervision has not heard of yet, and of which the applicant was told so many times."""
    message = {"case_id": "a", "template": "application-received", "state": "SENT"}
    return {("intake", "applications"): [{"id": "a", "state": "RECEIVED", "number": "1"}], ("notification", "messages"): [message] * told}


def check(found: Kept, *acknowledged: str) -> None:
    """Check what is kept where nothing moves any more."""

    def settle() -> None:
        raise AssertionError(STUCK)

    check_apart(settle, lambda service, table: found.get((service, table), []), Ledger(applications=set(acknowledged)))


@pytest.mark.parametrize(("told", "acknowledged", "unsafe"), [(2, ("a",), "SAFETY, doubled"), (1, ("a", "b"), "SAFETY, lost"), (1, (), "SAFETY, from nowhere")])
def test_what_is_unsafe_is_told_beside_what_is_stuck(told: int, acknowledged: tuple[str, ...], unsafe: str) -> None:
    """Given a district that is stuck, and something in it that is doubled, lost or from nowhere, both are told."""
    with pytest.raises(ExceptionGroup) as found:
        check(kept(told), *acknowledged)
    assert [str(one).startswith(text) for one, text in zip(found.value.exceptions, (STUCK, unsafe), strict=True)] == [True, True]


@pytest.mark.parametrize("told", [0, 1])
def test_what_is_on_its_way_is_not_unsafe(told: int) -> None:
    """Given a district that is stuck with everything on its way, that alone is told; were it settled, what is missing would be lost."""
    with pytest.raises(AssertionError, match=STUCK):
        check(kept(told), "a")
    with pytest.raises(AssertionError, match="SAFETY, lost"):
        check_safety(lambda service, table: kept(told).get((service, table), []), Ledger(applications={"a"}))
