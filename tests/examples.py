"""How many examples a property is held against: as many as it names, and a fifth of them in the fast part (`--hypothesis-profile=fast`)."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

from tests.databases import in_postgresql

Test = Callable[[None], None]


def examples(number: int) -> settings:
    """Hold a property against so many examples, however long each takes."""
    return settings(max_examples=max(1, number * settings().max_examples // 100), deadline=None)


def property_on_both(number: int, *strategies: SearchStrategy[Any]) -> Callable[[Callable[..., None]], Test]:
    """Hold a property against so many examples in SQLite, and against a tenth of them in PostgreSQL, where each makes its tables anew."""

    def test_of(holds: Callable[..., None]) -> Test:
        def test(on_both: None) -> None:  # noqa: ARG001 - where the data are kept
            examples(number // 10 if in_postgresql() else number)(given(*strategies)(holds))()

        test.__doc__ = holds.__doc__
        return test

    return test_of
