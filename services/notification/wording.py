"""What is said of each event (NOT-02): templates are data, filled with no more than the message needs."""

from functools import cache
from pathlib import Path

import msgspec

_FILE = Path(__file__).parent / "templates" / "messages.yaml"


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a message is called in lists, and its subject and text with names in braces."""

    name: str
    subject: str
    text: str


@cache
def templates() -> dict[str, Template]:
    """Give every template by its name."""
    return msgspec.yaml.decode(_FILE.read_bytes(), type=dict[str, Template])
