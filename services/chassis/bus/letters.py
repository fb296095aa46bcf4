"""Dead letters: what came and could not be taken is kept with the reason, mended or not, and heard again, or put aside with a word why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select

from contracts import envelope as wire
from services.chassis.bus.reasons import parted, reason_of
from services.chassis.service import NotFound, Service, Transaction
from services.chassis.storage.database import Append, Change, Database, Upsert
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.plain_text import printable


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `door` is where it came in, empty for the services' own bus; `sender` who is known to have sent it.

    `replayed` is when it was dealt with: heard again, or put aside with a `note`.
    """

    id: int
    received: datetime
    door: str
    sender: Actor | None
    reason: str
    body: bytes
    mended: bytes | None
    operator: str | None
    note: str | None
    replayed: datetime | None

    @property
    def said(self) -> str:
        """Why it could not be taken, as an operator reads it."""
        return parted(self.reason)[0]

    @property
    def detail(self) -> str:
        """What a technician needs besides."""
        return parted(self.reason)[1]

    @property
    def text(self) -> str:
        """What an operator reads and mends."""
        return (self.mended or self.body).decode("utf-8", "backslashreplace")


def kept(database: Database, body: bytes, reason: str, now: datetime, *, door: str = "", sender: Actor | None = None) -> Change:
    """Give the change that keeps a letter."""
    # What is wrong with a message may be in the reason, too.
    values = {"received": now, "reason": printable(reason), "body": body, "door": door, "sender": msgspec.json.encode(sender).decode() if sender else None}
    return Append(database.table("dead_letters"), values)


def is_kept(database: Database, body: bytes, door: str = "") -> bool:
    """Say whether the same bytes were kept before: what cannot be read has no other mark by which it is known when it is delivered again."""
    table = database.table("dead_letters").c
    with database.reading.connect() as connection:
        return connection.execute(select(table.id).where(table.body == body, table.door == door).limit(1)).first() is not None


class Letters:
    """The letters of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._table = service.database.table("dead_letters")

    def waiting(self) -> list[Letter]:
        """Give those that nobody has dealt with, oldest first."""
        return self._read(self._table.c.replayed.is_(None))

    def get(self, letter_id: int) -> Letter:
        """Give a letter; raise `NotFound`."""
        found = self._read(self._table.c.id == letter_id)
        if not found:
            msg = f"no letter {letter_id}"
            raise NotFound(msg)
        return found[0]

    def replay(self, letter_id: int, now: datetime, *, mended: bytes | None = None, operator: str | None = None) -> None:
        """Hear a letter again, as it came or as an operator mended it; raise `Refusal` where it still cannot be taken."""
        letter = self._open(letter_id)
        transaction = Transaction(self._service)
        body = mended if mended is not None and mended != letter.text.encode() else letter.mended or letter.body
        is_mended = body != letter.body
        try:
            if letter.door:
                self._service.doors[letter.door].hear_again(body, letter.sender, transaction, now)
            else:
                _hear_again(self._service, body, transaction)
            transaction.change(self._settled(letter, now, operator, body if is_mended else None, None))
            transaction.commit()
        except Refusal:
            raise
        except (LookupError, ValueError) as error:
            # Malformed bytes, data that are not of their type, an unknown type, whatever a policy refuses.
            raise Refusal("letter-wrong", f"仍然不能处理：{parted(reason_of(error))[0]}", "EXC-01") from error

    def put_aside(self, letter_id: int, note: str, operator: str, now: datetime) -> None:
        """Deal with a letter without hearing it; it stays, with the reason."""
        if not note.strip():
            raise Invalid("note-missing", "请写明不再处理的理由。", "EXC-01", {"note": "请写明理由"})
        letter = self._open(letter_id)
        transaction = Transaction(self._service)
        transaction.change(self._settled(letter, now, operator, letter.mended, note.strip()))
        transaction.commit()

    def _open(self, letter_id: int) -> Letter:
        letter = self.get(letter_id)
        if letter.replayed is not None:
            raise Refusal("letter-settled", "这条消息已经处理。", "EXC-01")
        return letter

    def _settled(self, letter: Letter, now: datetime, operator: str | None, mended: bytes | None, note: str | None) -> Change:
        row = {"id": letter.id, "received": letter.received, "reason": letter.reason, "body": letter.body, "door": letter.door}
        sender = msgspec.json.encode(letter.sender).decode() if letter.sender else None
        return Upsert(self._table, {**row, "sender": sender, "mended": mended, "operator": operator, "note": note, "replayed": now})

    def _read(self, condition: Any) -> list[Letter]:  # noqa: ANN401 - an SQL expression
        with self._service.database.reading.connect() as connection:
            rows = connection.execute(select(self._table).where(condition).order_by(self._table.c.id)).mappings()
            return [_letter(row) for row in rows]


def _hear_again(service: Service, body: bytes, transaction: Transaction) -> None:
    envelope = wire.from_bytes(body)
    service.policy(envelope.event(), envelope, transaction)


def _letter(row: Mapping[Any, Any]) -> Letter:
    values = {str(name): value for name, value in row.items()}
    sender = values.pop("sender")
    return Letter(sender=msgspec.json.decode(sender, type=Actor) if sender else None, **values)
