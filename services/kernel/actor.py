"""Who acts. Every change of state carries the authenticated actor (SEC-03)."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account may be, as the token says it."""

    APPLICANT = "APPLICANT"
    WINDOW_CLERK = "WINDOW_CLERK"
    HANDLER = "HANDLER"
    SECTION_HEAD = "SECTION_HEAD"
    LEADER = "LEADER"
    SUPERVISOR = "SUPERVISOR"
    AUDITOR = "AUDITOR"
    ADMINISTRATOR = "ADMINISTRATOR"
    KIOSK = "KIOSK"
    DEPARTMENT = "DEPARTMENT"
    SERVICE = "SERVICE"


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated account: `subject` is its stable reference, the only part that may go on the bus in clear."""

    subject: str
    name: str
    roles: frozenset[Role]
    department: str | None = None

    def has(self, *roles: Role) -> bool:
        """Say whether the actor has at least one of these roles."""
        return not self.roles.isdisjoint(roles)
