"""Two tiny services that exercise the chassis: a lender of books, and a librarian who counts what was lent."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate
from sqlalchemy import Column, Integer, MetaData, String, Table, Uuid

from contracts.envelope import Envelope
from contracts.registry import PublicEvent, public
from services.chassis.service import Service, Transaction, command
from services.chassis.storage.database import Change, Upsert
from services.chassis.timers import timer
from services.kernel.aggregate import SYSTEM, RecordedAggregate


@public("gov.onewindow.sample.book-lent.v1")
class BookLent(PublicEvent):
    """A reader took a book."""

    title: str
    reader: str


class Book(RecordedAggregate):
    """A book that is lent, and reminded of when it is due."""

    TOPIC = "sample.Book"

    class Bought(RecordedAggregate.Created):
        """It came into the library."""

        title: str

    class Lent(RecordedAggregate.Event):
        """A reader took it."""

        title: str
        reader: str
        until: datetime

        def apply(self, aggregate: "Book") -> None:
            """Remember who has it."""
            aggregate.reader, aggregate.until = self.reader, self.until
            aggregate.times += 1

    class Reminded(RecordedAggregate.Event):
        """The reader was told to bring it back."""

        def apply(self, aggregate: "Book") -> None:
            """Forget the timer."""
            aggregate.until = None
            aggregate.reminders += 1

    def __init__(self, title: str) -> None:
        self.title = title
        self.reader: str | None = None
        self.until: datetime | None = None
        self.times = 0
        self.reminders = 0


class Lender(Service):
    """Lends books."""

    name = "lender"

    @command
    def lend(self, transaction: Transaction, book_id: UUID, title: str, reader: str, now: datetime) -> None:
        """Lend a book, which is bought where it is not there."""
        book = transaction.find(Book, book_id)
        if book is None:
            book = Book.begin(Book.Bought, book_id, SYSTEM, now, title=title)
            transaction.add(book)
        book.record(Book.Lent, SYSTEM, now, title=title, reader=reader, until=now + timedelta(days=7))

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:
        """Remind the reader."""
        assert kind == "reminder"
        transaction.get(Book, subject).record(Book.Reminded, SYSTEM, now, happened=due)

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002
        """List the books and their timers."""
        assert isinstance(aggregate, Book)
        yield Upsert(self.database.table("books"), {"id": aggregate.id, "title": aggregate.title, "times": aggregate.times, "reminders": aggregate.reminders})
        yield timer(self.database, "reminder", aggregate.id, aggregate.until)

    def publish(self, event: Any) -> PublicEvent | None:
        """Say what was lent."""
        return BookLent(title=event.title, reader=event.reader) if isinstance(event, Book.Lent) else None


class Count(RecordedAggregate):
    """How often a book was lent, as far as the librarian heard."""

    TOPIC = "sample.Count"

    class Begun(RecordedAggregate.Created):
        """The first time."""

    class Heard(RecordedAggregate.Event):
        """One more."""

        def apply(self, aggregate: "Count") -> None:
            """Count it."""
            aggregate.times += 1

    def __init__(self) -> None:
        self.times = 0


class Librarian(Service):
    """Counts what was lent; cannot stand a book without a title."""

    name = "librarian"
    hears: Sequence[str] = ("lender",)

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Count a lending."""
        assert isinstance(event, BookLent)
        if not event.title:
            msg = "a book without a title"
            raise ValueError(msg)
        count = transaction.find(Count, envelope.subject)
        if count is None:
            count = Count.begin(Count.Begun, envelope.subject, SYSTEM, envelope.recorded, happened=envelope.time)
            transaction.add(count)
        count.record(Count.Heard, SYSTEM, envelope.recorded, happened=envelope.time)

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002
        """Show the counts."""
        assert isinstance(aggregate, Count)
        yield Upsert(self.database.table("counts"), {"id": aggregate.id, "times": aggregate.times})


def lender_tables() -> MetaData:
    """Give the lender's tables."""
    metadata = MetaData()
    Table(
        "books",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("title", String),
        Column("times", Integer),
        Column("reminders", Integer),
        info={"view": True},
    )
    return metadata


def librarian_tables() -> MetaData:
    """Give the librarian's tables."""
    metadata = MetaData()
    Table("counts", metadata, Column("id", Uuid, primary_key=True), Column("times", Integer), info={"view": True})
    return metadata
