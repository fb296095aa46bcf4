"""What clients were told in a run of tests: nothing of it may be lost, and nothing else may be there."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Ledger:
    """The applications, acceptances and decisions that were acknowledged, by the case's id."""

    applications: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)
    reports: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The steps that departments' systems reported, by the case's id; each step of a case once."""
    refused: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The ids of reports that cannot be taken, by the case's id."""
    given_up: int = 0
    """How many tries ended without an answer because their test failed: each may have been stored or not."""

    def reported(self, case: str, *events: dict[str, Any]) -> None:
        """Note reports about a case that will be taken."""
        self.reports[case] |= {event["type"].split(".")[-2] for event in events}
