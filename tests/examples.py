"""How many examples a property is held against: as many as it names, and a fifth of them in the fast part (`--hypothesis-profile=fast`)."""

from hypothesis import settings


def examples(number: int) -> settings:
    """Hold a property against so many examples, however long each takes."""
    return settings(max_examples=number * settings().max_examples // 100, deadline=None)
