"""A newer OneWindow, as a program: `services.console.cli` that also knows a second version of what intake says of an application it received."""

from typing import Any

from contracts import registry
from services.console.cli import main

RECEIVED = "gov.onewindow.intake.application-received"
NEWER = f"{RECEIVED}.v2"


@registry.upcast(NEWER, f"{RECEIVED}.v1")
def _read(data: dict[str, Any]) -> dict[str, Any]:
    # Its own model needs nothing of what the second version adds.
    return {name: value for name, value in data.items() if name != "desk"}


if __name__ == "__main__":
    main()
