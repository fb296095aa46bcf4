"""A year of the calendar as the State Council's notice lists it: holidays with their days off, and weekend days that are worked (CLK-01)."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from services.chassis.clock.calendars import CalendarData
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import Calendars, ImpossibleCalendar, WorkingDayCalendar

_DAY = r"(\d{4}-\d{2}-\d{2})"
_REST = re.compile(rf"(?P<name>[^\d\s]+)\s+{_DAY}(?:\s*(?:至|到|-|—|~)\s*{_DAY})?")
_MOVED = re.compile(rf"(?P<name>[^\d\s]+)\s+{_DAY}")
FESTIVALS = ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆")
LONGEST_HOLIDAY = 15


def version_of_year(newest: WorkingDayCalendar, known: Calendars, year: int, rest: str, moved: str) -> CalendarData:
    """Make the version that a year's notice brings, on top of the newest one. Each line names a holiday and its days: `春节 2027-02-05 至 2027-02-11`.

    Raises `Invalid`, which names the field and the line.
    """
    off = dict(_days(rest, _REST, "rest"))
    worked = {day: f"{name}调休上班" for day, name in _days(moved, _MOVED, "moved")}
    if missing := [one for one in FESTIVALS if not any(one in name and day.year == year for day, name in off.items())]:
        raise _wrong("rest", f"放假安排应当列全 {year} 年的节日，还缺：{'、'.join(missing)}")
    if both := sorted(off.keys() & worked.keys()):
        raise _wrong("moved", f"{both[0]} 既放假又上班")
    number = 1 + sum(one.startswith(f"cn-{year}.") for one in known.ids)
    kept_off = {day: name for day, name in newest.rest.items() if day.year != year and day not in worked}
    kept_worked = {day: name for day, name in newest.moved.items() if day.year != year and day not in off}
    known_through = max(newest.known_through, date(year, 12, 31))
    return CalendarData(f"cn-{year}.{number}", newest.first, newest.last, known_through, _sorted(kept_off | off), _sorted(kept_worked | worked))


def check_new_version(data: CalendarData, notice: str, known: Calendars) -> None:
    """Refuse a version that is no calendar, names no notice, or would not be the newest one."""
    if data.id in known.ids:
        raise Refusal("calendar-known", f"日历版本 {data.id} 已经公布，不再改变；请换一个版本号。", "CLK-01")
    if not notice.strip():
        raise _wrong("notice", "请写明依据的通知，如国办发明电〔2026〕7号")
    try:
        version = data.calendar()
    except ImpossibleCalendar as error:
        field, _, said = str(error).partition(": ")
        raise _wrong(field, said) from error
    newest = known.newest
    if version.first > newest.first or version.last < newest.last:
        raise _wrong("first", f"应当覆盖 {newest.first} 至 {newest.last}")
    if Calendars(newest, version).newest is newest:
        raise _wrong("known_through", f"现行版本 {newest.id} 已经覆盖到 {newest.known_through}，新版本应当更新")


def _days(text: str, line_form: re.Pattern[str], field: str) -> Iterator[tuple[date, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = line_form.fullmatch(line.strip())
        if found is None:
            raise _wrong(field, f"第 {number} 行看不懂：{line.strip()[:40]}")
        name, *days = found.groups()
        try:
            first = date.fromisoformat(days[0])
            last = date.fromisoformat(days[1]) if len(days) > 1 and days[1] else first
        except ValueError:
            raise _wrong(field, f"第 {number} 行的日期不存在") from None
        if not timedelta(0) <= last - first < timedelta(days=LONGEST_HOLIDAY):
            raise _wrong(field, f"第 {number} 行的起止日期有误")
        for offset in range((last - first).days + 1):
            yield first + timedelta(days=offset), name


def _sorted(days: dict[date, str]) -> dict[date, str]:
    return dict(sorted(days.items()))


def _wrong(field: str, said: str) -> Invalid:
    return Invalid("calendar-wrong", "工作日历有误，请改正所列各项。", "CLK-01", {field: said})
