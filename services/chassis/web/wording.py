"""Days, times, amounts and names as people in China read them; all times in Asia/Shanghai."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

SHANGHAI = ZoneInfo("Asia/Shanghai")
_WEEKDAYS = "一二三四五六日"
_FEN = 100


def day(value: date | None) -> str:
    """Give a day with its weekday, such as 2026年2月14日 周六."""
    if value is None:
        return "—"
    value = _local(value)
    return f"{formal_day(value)} {_weekday(value)}"


def short_day(value: date | None) -> str:
    """Give a day of a year that is known, such as 2月14日 周六."""
    if value is None:
        return "—"
    value = _local(value)
    return f"{value.month}月{value.day}日 {_weekday(value)}"


def formal_day(value: date | None) -> str:
    """Give a day as official documents write it, such as 2026年2月14日."""
    if value is None:
        return "—"
    value = _local(value)
    return f"{value.year}年{value.month}月{value.day}日"


def month(value: date | str) -> str:
    """Give the month of a day, or of a text such as 2026-03, as 2026年3月."""
    first = date.fromisoformat(f"{value}-01") if isinstance(value, str) else value
    return f"{first.year}年{first.month}月"


def _weekday(value: date) -> str:
    return f"周{_WEEKDAYS[value.weekday()]}"


def _local(value: date) -> date:
    return value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value


def moment(value: datetime | None) -> Markup:
    """Give an instant in local time, such as 2026年2月14日 周六 09:05, as an element that programs can read too."""
    if value is None:
        return Markup("—")
    return _time(value, day(value))


def _time(value: datetime, said: str) -> Markup:
    local = value.astimezone(SHANGHAI)
    return Markup('<time datetime="{}">{} {}</time>').format(local.isoformat(), said, f"{local:%H:%M}")


@pass_context
def _day_of_list(context: Context, value: date | None) -> str:
    """Give a day where many stand below each other: without the year where it is this one."""
    return short_day(value) if value is None or _local(value).year == context["today"].year else day(value)


@pass_context
def _moment_of_list(context: Context, value: datetime | None) -> Markup:
    """Give an instant where many stand below each other."""
    return Markup("—") if value is None else _time(value, _day_of_list(context, value))


def left(days: int | None) -> str:
    """Say how many working days are left, from what the clock counts as left."""
    if days is None:
        return "—"
    if days == 0:
        return "今天到期"
    return f"剩 {days} 个工作日" if days > 0 else f"超期 {-days} 个工作日"


def money(fen: int) -> str:
    """Give an amount of fen in yuan."""
    yuan, rest = divmod(abs(fen), _FEN)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02} 元"


def masked(text: str) -> str:
    """Show no more of a name than its first character (SEC-02)."""
    return text[:1] + "*" * max(len(text) - 1, 1) if text else ""


FILTERS = {
    "day": day,
    "short_day": _day_of_list,
    "formal_day": formal_day,
    "month": month,
    "moment": moment,
    "short_moment": _moment_of_list,
    "left": left,
    "money": money,
    "masked": masked,
}
