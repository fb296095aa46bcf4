"""A form that was refused is shown again in its place, with what is wrong and with what was typed."""

from collections.abc import Callable
from dataclasses import dataclass, field

from services.chassis.http.preconditions import Stale
from services.chassis.problems import to_problem
from services.kernel.aggregate import Invalid, Refusal


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a form was refused: what to say on top, and at which field."""

    status: int
    message: str
    errors: dict[str, str] = field(default_factory=dict)


def attempt(act: Callable[[], object]) -> Trouble | None:
    """Do something; give the trouble where it was refused."""
    try:
        act()
    except Refusal as refusal:
        fields = refusal.fields if isinstance(refusal, Invalid) else {}
        return Trouble(to_problem(refusal).status, refusal.message, fields)
    except Stale as stale:
        return Trouble(stale.status, stale.detail)
    return None
