"""The read model of mutual ratings: what each side said of the other in a month (SUP-29)."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Boolean, Column, Date, Index, Integer, MetaData, String, Table, Uuid, or_, select

from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.supervision.domain.mutual_rating import Link, MutualRating

COLUMNS = {link: link.value.lower() for link in Link}


def tables(metadata: MetaData) -> None:
    """Define the table: a column for each link."""
    Table(
        "mutual_ratings",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("month", Date),
        Column("rater", String),
        Column("rated", String),
        *(Column(name, Integer) for name in COLUMNS.values()),
        Column("reason", String),
        Column("given", Instant),
        Column("is_low", Boolean),
        Column("answer", String),
        Column("answered", Instant),
        Index("mutual_ratings_by_month", "month", "rated", "rater"),
        info={"view": True},
    )


def project(database: Database, one: MutualRating) -> Iterable[Change]:
    """Give the row of a rating."""
    known = {"id": one.id, "month": one.month, "rater": one.rater, "rated": one.rated, "reason": one.reason, "given": one.given}
    marks = {name: one.marks.get(link) for link, name in COLUMNS.items()}
    yield Upsert(database.table("mutual_ratings"), {**known, **marks, "is_low": one.is_low, "answer": one.answer, "answered": one.answered})


def of_month(database: Database, month: date, departments: Sequence[str] = ()) -> list[Row]:
    """Give a month's ratings in which some departments (all where none is named) rate or are rated."""
    table = database.table("mutual_ratings")
    query = select(table).where(table.c.month == month)
    if departments:
        query = query.where(or_(table.c.rated.in_(departments), table.c.rater.in_(departments)))
    return rows_of(database, query.order_by(table.c.rated, table.c.rater))


def means(rows: Sequence[Row]) -> list[Row]:
    """Give for each side that was rated the mean of each of its links, and how many rated it."""
    found = []
    for rated in sorted({row["rated"] for row in rows}):
        of = [row for row in rows if row["rated"] == rated]
        marks = {name: [row[name] for row in of if row[name] is not None] for name in COLUMNS.values()}
        found.append({"rated": rated, "number": len(of), **{name: sum(some) / len(some) if some else None for name, some in marks.items()}})
    return found
