"""The formats in which histories leave, and how a log is written in each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from services.supervision.mining import ocel, xes
from services.supervision.mining.selection import Asked
from services.supervision.mining.steps import CaseTold

NAME = "一窗办件全程"
Write = Callable[[Mapping[str, str], Iterable[CaseTold], Mapping[str, str]], Iterator[bytes]]


class Format(StrEnum):
    """A format by the name that people give it."""

    XES = "xes"
    OCEL = "ocel"


class _Written(NamedTuple):
    write: Write
    media_type: str
    suffix: str


FORMATS = {
    Format.XES: _Written(xes.xes, xes.MEDIA_TYPE, xes.SUFFIX),
    Format.OCEL: _Written(ocel.ocel, ocel.MEDIA_TYPE, ocel.SUFFIX),
}


def log(asked: Asked, cases: Iterable[CaseTold], departments: Mapping[str, str], chosen: Format) -> Iterator[bytes]:
    """Write cases as a log, which says what was asked for; the same cases give the same bytes. Departments are called by their names."""
    said = {"concept:name": NAME, "from": asked.first, "to": asked.last, "item": asked.item, "department": asked.department}
    about = {key: str(value) for key, value in {**said, "as_of": asked.as_of and xes.moment(asked.as_of)}.items() if value}
    return FORMATS[chosen].write(about, cases, departments)
