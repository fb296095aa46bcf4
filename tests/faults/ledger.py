"""What clients were told in a run of tests: nothing of it may be lost, and nothing else may be there."""

from dataclasses import dataclass, field


@dataclass
class Ledger:
    """The applications, acceptances and decisions that were acknowledged, by the case's id."""

    applications: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)
    given_up: int = 0
    """How many tries ended without an answer because their test failed: each may have been stored or not."""
