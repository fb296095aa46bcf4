"""Calendar versions as files: read from the kernel's data, and written by a command from the package `holidays`."""

import re
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import msgspec

from services.kernel.calendar import Calendars, WorkingDayCalendar

_SWAPPED = "休息日"
FIRST, LAST = date(2004, 1, 1), date(2050, 12, 31)


class CalendarData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version as it is stored and published."""

    id: str
    first: date
    last: date
    known_through: date
    rest: dict[date, str]
    moved: dict[date, str]

    def calendar(self) -> WorkingDayCalendar:
        """Give the calendar of these data."""
        return WorkingDayCalendar(self.id, self.first, self.last, self.known_through, self.rest, self.moved)


def load_calendars() -> Calendars:
    """Read every version that the kernel's data hold."""
    folder = files("services.kernel") / "calendars"
    found = [msgspec.json.decode(file.read_bytes(), type=CalendarData) for file in folder.iterdir() if file.name.endswith(".json")]
    return Calendars(*(data.calendar() for data in found))


def build(version_id: str, known_through: date, first: date = FIRST, last: date = LAST) -> CalendarData:
    """Make a version from the package `holidays`: known days as the notices say, later ones as the law and the library's substitutes do."""
    import holidays  # noqa: PLC0415 - only this command needs it

    source: Any = holidays.country_holidays("CN", years=range(first.year, last.year + 1), language="zh_CN")
    names = {day: str(name) for day, name in source.items() if first <= day <= last}
    festivals = {day: name.partition("（")[0].replace("农历除夕", "春节") for day, name in names.items() if not name.startswith(_SWAPPED)}
    rest, moved = {}, {day: _nearest(day, festivals) for day in source.weekend_workdays if first <= day <= last}
    for day, name in sorted(names.items()):
        if name.startswith(_SWAPPED):
            # Off because another day is worked: both belong to the holiday beside this one.
            rest[day] = f"{_nearest(day, festivals)}（调休）"
            moved.update({date.fromisoformat(found): _nearest(day, festivals) for found in re.findall(r"\d{4}-\d\d-\d\d", name)})
        else:
            rest[day] = name
    return CalendarData(version_id, first, last, known_through, rest, {day: f"{name}调休上班" for day, name in sorted(moved.items())})


def _nearest(day: date, festivals: dict[date, str]) -> str:
    """Give the name of the holiday that is nearest to a day."""
    around = (day + timedelta(days=distance * sign) for distance in range(21) for sign in (1, -1))
    return next(festivals[other] for other in around if other in festivals)
