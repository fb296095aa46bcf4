"""What a department's own system or a kiosk tells us: CloudEvents 1.0 in the structured JSON form, with the teller's own number for the case."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import msgspec

from contracts import registry
from contracts.envelope import Malformed
from contracts.registry import PublicEvent

BATCH_TYPE = "application/cloudevents-batch+json"


_IN_ONE_LINE = r"^[^\x00-\x1f\x7f]*\Z"
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_IN_ONE_LINE)]
"""It stands in keys, receipts and lists."""


Number = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=_IN_ONE_LINE)]
"""By which the source knows a case."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The attributes of CloudEvents. `id` is unique within the `source`; the same id again is the same report.

    `subject` is the number by which the source knows the case, `time` when it truly happened. Extensions are allowed and passed by.
    """

    specversion: str = "1.0"
    id: Word
    source: Word
    type: Word
    subject: Number
    time: datetime
    datacontenttype: str = "application/json"
    data: dict[str, Any]

    def event(self) -> PublicEvent:
        """Read the data into the newest model of its type; raises what `registry.read` raises."""
        return registry.read(self.type, self.data)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Report)
_batch = msgspec.json.Decoder(list[msgspec.Raw])


def to_bytes(report: Report) -> bytes:
    """Give the structured JSON form."""
    return _encoder.encode(report)


def from_bytes(body: bytes | msgspec.Raw) -> Report:
    """Read the structured JSON form; raise `Malformed` where it is none."""
    try:
        report = _decoder.decode(body)
        # At the edge of the calendar a moment has no day elsewhere.
        report.time.astimezone(UTC)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise Malformed(str(error)) from error
    if report.specversion != "1.0":
        msg = f"specversion {report.specversion[:20]} is not 1.0"
        raise Malformed(msg)
    if report.time.tzinfo is None:
        msg = "time needs an offset, such as +08:00"
        raise Malformed(msg)
    return report


class Marks(NamedTuple):
    """By what the source may know its report again."""

    id: str
    subject: str
    type: str


def marks_of(body: bytes, unread: str) -> Marks:
    """Give the marks of bytes that are no report, as far as they can be read; `unread` stands for an id and a number that cannot."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = None
    given = said if isinstance(said, dict) else {}
    return Marks(_read(given.get("id"), Word, unread), _read(given.get("subject"), Number, unread), _read(given.get("type"), Word, ""))


def _read(value: Any, kind: Any, otherwise: str) -> str:  # noqa: ANN401 - any JSON, and an annotated type
    try:
        read: str = msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return otherwise
    return read


def parts_of(body: bytes) -> Sequence[bytes]:
    """Take the batch form apart, each event still in bytes; a single event is a batch of one. Raise `Malformed` where it is no JSON."""
    try:
        if body.lstrip()[:1] != b"[":
            msgspec.json.decode(body)
            return [body]
        return [bytes(one) for one in _batch.decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error
