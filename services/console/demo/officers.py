"""Who works in the sample departments, and how fast."""

from collections.abc import Mapping
from typing import Any

CLERKS = ("clerk1", "clerk2")
SHORT = {
    "market-regulation": "market",
    "health": "health",
    "emergency": "emergency",
    "housing": "housing",
    "planning": "planning",
    "civil-affairs": "civil",
    "human-resources": "labour",
    "environment": "environment",
}
SPEED = {
    "market-regulation": 0.5,
    "health": 0.9,
    "emergency": 1.5,
    "housing": 0.6,
    "planning": 1.0,
    "civil-affairs": 0.7,
    "human-resources": 1.1,
    "environment": 1.4,
}
"""How much of a stage's limit the officers of a department usually take."""


def signer_of(stage: Mapping[str, Any]) -> str:
    """Give the account of who signs a stage."""
    if stage["role"] == "WINDOW_CLERK":
        return CLERKS[0]
    ending = {"HANDLER": "handler", "SECTION_HEAD": "head", "LEADER": "leader"}[stage["role"]]
    return f"{SHORT[stage['department']]}-{ending}"
