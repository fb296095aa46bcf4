"""The timer of a file's next look: when the rules are to be asked again."""

from collections.abc import Iterable
from datetime import datetime

from services.chassis.storage.database import Change, Database
from services.chassis.timers import timer
from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.warnings import CardState, Level
from services.supervision.rules import each_finding
from services.supervision.rules.unit import settled_from


def of_file(database: Database, calendar: WorkingDayCalendar, file: CaseFile) -> Iterable[Change]:
    """Give the timer."""
    yield timer(database, "look", file.id, _next_look(file, calendar))


def _next_look(file: CaseFile, calendar: WorkingDayCalendar) -> datetime | None:
    """Give when the rules are to be asked next: at once where something is to be raised, else when a clock by itself changes (CLK-05)."""
    picture, now = file.picture, file.modified_on
    known = {(warning.finding.rule, warning.finding.key): warning for warning in file.warnings.values()}
    for finding in each_finding(picture, calendar, now):
        warning = known.get((finding.rule, finding.key))
        if warning is None:
            return finding.since
        if not warning.stands and finding.standing and (finding.level is Level.LIGHT or warning.state is CardState.RETRACTED):
            return max(finding.since, now)
        if warning.stands and finding.rectified is not None:
            return max(finding.rectified, now)
    looks = [look for clock in picture.clocks() for look in clock.looks(calendar, now)]
    looks += [settled for fact in picture.awaiting() if (settled := settled_from(fact, calendar)) > now]
    return min(looks, default=None)
