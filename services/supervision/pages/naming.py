"""What people read in place of a department's code, an officer's account, or an item's code."""

from collections.abc import Callable

from fastapi import Request

from services.chassis.wiring import TheParts
from services.supervision.application import Supervision
from services.supervision.reports.figures import item_names


def namer(request: Request, by: str) -> Callable[[str | None], str]:
    """Give the function that turns a key (`by` department, item, window or officer) into its name."""
    parts: TheParts = request.app.state.parts
    if by == "department":
        return lambda key: parts.departments[key].short_name if key and key in parts.departments else key or "—"
    if by == "item":
        supervision: Supervision = request.app.state.service
        names = item_names(supervision.database)
        return lambda key: names.get(key or "", key or "—")
    return lambda key: parts.directory.name(key) if key else "—"
