"""Certificates' read models: the library of results, by number, holder, department and what waits at the window."""

from collections.abc import Iterable
from uuid import UUID

from eventsourcing.domain import Aggregate
from sqlalchemy import Boolean, Column, Date, Index, MetaData, String, Table, Uuid, or_, select

from services.certificates.domain.result import Result
from services.certificates.inspection import Inspection
from services.chassis.http.paging import paged
from services.chassis.storage.database import Change, Database, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.chassis.timers import timer


def tables() -> MetaData:
    """Give certificates' tables."""
    metadata = MetaData()
    Table(
        "results",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("case_id", Uuid),
        Column("case_number", String),
        Column("number", String, unique=True),
        Column("title", String),
        Column("item", String),
        Column("item_name", String),
        Column("department", String),
        Column("granted", Boolean),
        Column("account", String),
        Column("decided_on", Date),
        Column("valid_until", Date),
        Column("digest", String, index=True),
        Column("delivered_on", Date),
        Column("revoked_on", Date),
        Column("archived_on", Date),
        Column("altered_on", Date),
        Column("blank", Boolean),
        Index("results_to_archive", "archived_on", "delivered_on", "id"),
        Index("results_of_account", "account", "decided_on", "id"),
        Index("results_to_make", "department", "number", "decided_on", "id"),
        Index("results_waiting", "delivered_on", "decided_on", "id"),
        info={"view": True},
    )
    return metadata


def project(database: Database, aggregate: Aggregate) -> Iterable[Change]:
    """Give a result's row, and the timer that makes its document; or that of the next inspection."""
    if isinstance(aggregate, Inspection):
        yield timer(database, "inspect", aggregate.id, aggregate.next)
        return
    assert isinstance(aggregate, Result)  # noqa: S101 - the only other aggregate
    decision, document = aggregate.decision, aggregate.document
    values = {
        "id": aggregate.id,
        "case_id": aggregate.case_id,
        "case_number": decision.case_number,
        "number": document.number if document else None,
        "title": document.title if document else decision.result_name,
        "item": decision.item,
        "item_name": decision.item_name,
        "department": decision.department,
        "granted": decision.granted,
        "account": aggregate.account,
        "decided_on": decision.decided_on,
        "valid_until": document.valid_until if document else None,
        "digest": document.digest if document else None,
        "delivered_on": aggregate.delivered_on,
        "revoked_on": aggregate.revoked_on,
        "archived_on": aggregate.archived_on,
        "altered_on": aggregate.altered_on,
        "blank": decision.numbered_blank,
    }
    yield Upsert(database.table("results"), values)
    yield timer(database, "make", aggregate.id, aggregate.created_on if document is None and not decision.numbered_blank else None)


def of_account(database: Database, account: str, sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the results of an account, newest first, and the cursor of the next page."""
    table = database.table("results").c
    query = select(database.table("results")).where(table.account == account, table.number.is_not(None))
    return paged(database, query, {"-decided": (table.decided_on, table.id), "number": (table.number, table.id)}, sort, cursor)


def waiting(database: Database, text: str = "", sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give what waits at the window, oldest first, and the cursor of the next page."""
    table = database.table("results").c
    query = select(database.table("results")).where(table.delivered_on.is_(None), table.revoked_on.is_(None), table.number.is_not(None))
    if text:
        pattern = f"%{text.strip().upper().replace('%', '').replace('_', '')}%"
        query = query.where(or_(table.number.like(pattern), table.case_number.like(pattern)))
    return paged(database, query, {"decided": (table.decided_on, table.id), "number": (table.number, table.id)}, sort, cursor)


def to_archive(database: Database, sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give what was handed over and is not archived, oldest first, and the cursor of the next page."""
    table = database.table("results").c
    query = select(database.table("results")).where(table.archived_on.is_(None), table.delivered_on.is_not(None))
    return paged(database, query, {"delivered": (table.delivered_on, table.id), "number": (table.number, table.id)}, sort, cursor)


def to_make(database: Database, department: str, sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give what a department must print on numbered blanks, oldest first, and the cursor of the next page."""
    table = database.table("results").c
    query = select(database.table("results")).where(table.number.is_(None), table.blank, table.department == department)
    return paged(database, query, {"decided": (table.decided_on, table.id), "case": (table.case_number, table.id)}, sort, cursor)


def made(database: Database, after_id: UUID | None = None, most: int | None = None) -> list[UUID]:
    """Give the ids of results that were made and are in force, by id: those after one, so many at most."""
    table = database.table("results").c
    query = select(table.id).where(table.number.is_not(None), table.revoked_on.is_(None)).order_by(table.id).limit(most)
    if after_id is not None:
        query = query.where(table.id > after_id)
    with database.reading.connect() as connection:
        return list(connection.execute(query).scalars())


def find(database: Database, *, number: str = "", digest: str = "") -> Row | None:
    """Give the result of a number, or of a document's digest."""
    table = database.table("results")
    condition = table.c.number == number if number else table.c.digest == digest
    return next(iter(rows_of(database, select(table).where(condition))), None)
