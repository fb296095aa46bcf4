"""What an operator's verification says of a log: it becomes a fact, of which the rules make a card (AUD-02, SUP-R08)."""

from collections.abc import Collection
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from services.chassis.clock.reckoning import Reckoner
from services.chassis.service import Transaction, command
from services.kernel.aggregate import SYSTEM
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.facts import LOG_ALTERED, Fact


def log_id(service: str) -> UUID:
    """Give the id of the file of a service's log, which is no case."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:log:{service}")


class LogCommands(Reckoner):
    """The commands about the logs of the services."""

    @command
    def note_altered_log(self, transaction: Transaction, service: str, positions: Collection[int], department: str, now: datetime) -> bool:
        """Note which events of a log are not as a checkpoint has them, for the department that runs it; say whether any were not known before."""
        file = transaction.find(CaseFile, log_id(service))
        if file is None:
            file = CaseFile.open_file(log_id(service), now, now)
            transaction.add(file)
        before = [fact for fact in file.facts.values() if fact.name == LOG_ALTERED]
        new = sorted(set(positions).difference(*(fact.data["positions"] for fact in before)))
        if new:
            data = {"service": service, "positions": new, "department": department}
            file.hear(Fact(f"log-{service}", len(before) + 1, LOG_ALTERED, now, now, SYSTEM.subject, data), now)
        return bool(new)
