"""What is said of each event (NOT-02): templates are data, filled with no more than the message needs."""

from functools import cache
from pathlib import Path

import msgspec

from services.notification.domain import Notice

_FILE = Path(__file__).parent / "templates" / "messages.yaml"


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Subject and text of a message, with names in braces."""

    subject: str
    text: str


@cache
def templates() -> dict[str, Template]:
    """Give every template by its name."""
    return msgspec.yaml.decode(_FILE.read_bytes(), type=dict[str, Template])


def worded(notice: Notice) -> tuple[str, str]:
    """Give subject and text of a notice."""
    template = templates()[notice.template]
    return template.subject.format(**notice.values), template.text.format(**notice.values)
