"""The lawful clock from outside: one JSON document in, one out, the same on the command line, over HTTP and on the calculator page."""

from datetime import date, datetime
from typing import Any

import msgspec

from services.kernel.calendar import Calendars, OutsideCalendar
from services.kernel.clock import ClockFacts, Extension, ImpossibleFacts, Stop, explain, reckon


class StopIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stop from a day to a day, or lasting."""

    begin: date = msgspec.field(name="from")
    end: date | None = msgspec.field(name="to", default=None)
    kind: str = ""
    event: str = ""


class ExtensionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An extension by so many days, granted on a day."""

    on: date
    days: int


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of a clock. `calendar` is the id of a version; the newest one answers where none is named."""

    start: date
    limit: int
    as_of: date
    id: str | int | None = None
    stops: tuple[StopIn, ...] = ()
    extensions: tuple[ExtensionIn, ...] = ()
    decided: date | None = None
    explain: bool = False
    calendar: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """What the clock says; `explanation` only where it was asked for."""

    id: str | int | None
    due: date | None
    used: int
    left: int
    state: str
    light_from: date | None
    breached_at: datetime | None
    provisional: bool
    calendar: str
    explanation: list[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET


class Refused(msgspec.Struct, frozen=True):
    """Why a question has no answer."""

    id: str | int | None
    error: str


UNANSWERABLE = (msgspec.MsgspecError, ImpossibleFacts, OutsideCalendar, LookupError, UnicodeDecodeError, RecursionError)
"""Why a question may have no answer."""
_IMPOSSIBLE = {
    "limit": "时限不能是负数",
    "stops": "暂停的结束不能早于开始；当日办结（时限为 0）的不能暂停",
    "extensions": "批准延期不能早于起算日，至少延一天；当日办结（时限为 0）的不能延期",
    "decided": "决定日不能早于起算日",
    "as_of": "截至的日子不能早于起算日",
}
"""What `ClockFacts` and `reckon` refuse, by the fact that they name."""
_questions = msgspec.json.Decoder(Question)


def facts_of(question: Question) -> ClockFacts:
    """Give the facts of a question; raise `ImpossibleFacts`."""
    return ClockFacts(
        start=question.start,
        limit=question.limit,
        stops=tuple(Stop(stop.begin, stop.end, stop.kind, stop.event) for stop in question.stops),
        extensions=tuple(Extension(extension.on, extension.days) for extension in question.extensions),
        decided=question.decided,
    )


def answer(question: Question, calendars: Calendars) -> Answer:
    """Answer a question; raise `ImpossibleFacts`, `OutsideCalendar`, or `LookupError` for an unknown calendar."""
    try:
        calendar = calendars.newest if question.calendar is None else calendars.get(question.calendar)
    except KeyError as error:
        raise LookupError(f"calendar: {question.calendar} is not known; known are {', '.join(calendars.ids)}") from error
    facts = facts_of(question)
    said = reckon(facts, calendar, question.as_of)
    explanation: list[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    if question.explain:
        explanation = [
            {"day": day.day, "counted": day.counted, "reason": day.reason, "label": day.label, "provisional": day.provisional}
            for day in explain(facts, calendar, question.as_of)
        ]
    return Answer(question.id, said.due, said.used, said.left, said.state, said.light_from, said.breached_at, said.provisional, said.calendar, explanation)


def answer_line(line: bytes, calendars: Calendars) -> Answer | Refused:
    """Answer one JSON document, errors included."""
    try:
        return answer(question_of(line), calendars)
    except UNANSWERABLE as error:
        return Refused(_id_of(line), str(error))


def question_of(document: bytes) -> Question:
    """Read a question; raise what of `UNANSWERABLE` says that it is none."""
    return _questions.decode(document)


def in_chinese(error: Exception, calendars: Calendars) -> tuple[str, str]:
    """Give the fact for which a question has no answer, and say why to people; programs read the error itself."""
    if isinstance(error, ImpossibleFacts):
        fact = str(error).partition(":")[0]
        return fact, _IMPOSSIBLE[fact]
    if isinstance(error, OutsideCalendar):
        return "calendar", "超出工作日历的范围，算不到那么远"
    if isinstance(error, LookupError):
        return "calendar", f"没有这个日历版本；现有版本：{'、'.join(calendars.ids)}"
    return "body", f"不是约定的格式：{error}"


def _id_of(line: bytes) -> str | int | None:
    """Give the id of a question that is otherwise wrong, where it can be read."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    name = found.get("id") if isinstance(found, dict) else None
    return name if isinstance(name, str | int) and not isinstance(name, bool) else None
