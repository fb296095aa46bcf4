"""Disagreements between window and department (SUP-29)."""

from datetime import datetime
from uuid import UUID, uuid4

from services.chassis.service import Service, Transaction, command
from services.kernel.actor import Actor, Role
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.disagreement import Disagreement
from services.supervision.domain.picture import Picture


class DisagreementCommands(Service):
    """The commands of disagreements; each is a transaction of its own."""

    @command
    def raise_disagreement(self, transaction: Transaction, case: UUID, centre: str | None, other: str, matter: str, actor: Actor, now: datetime) -> UUID:
        """Raise a disagreement about a case between those who handle it, the service `centre` among them; give its id (SUP-29).

        Without an `other`, it is between the window and the department.
        """
        picture = transaction.get(CaseFile, case).picture
        item = str(picture.item.get("name", ""))
        meant = other or (centre if actor.department == picture.department else picture.department) or ""
        one = Disagreement.raise_about(uuid4(), case, picture.number, item, sides(picture, centre), meant, matter, actor, now)
        transaction.add(one)
        return one.id

    @command
    def state_disagreement(self, transaction: Transaction, disagreement: UUID, statement: str, actor: Actor, now: datetime) -> None:
        """Say how the other side sees it."""
        transaction.get(Disagreement, disagreement).state(statement, actor, now)

    @command
    def settle_disagreement(self, transaction: Transaction, disagreement: UUID, result: str, actor: Actor, now: datetime) -> None:
        """Settle a disagreement: a supervisor decides, the side that raised it says what both agreed on."""
        one = transaction.get(Disagreement, disagreement)
        if actor.has(Role.SUPERVISOR):
            one.decide(result, actor, now)
        else:
            one.agree(result, actor, now)


def sides(picture: Picture, centre: str | None) -> frozenset[str]:
    """Give who takes part in the handling of a case: its departments, and the service centre at whose windows it comes in and goes out."""
    return frozenset({picture.department, *(stage.department for stage in picture.stages), *([centre] if centre else [])})
