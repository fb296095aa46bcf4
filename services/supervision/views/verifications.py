"""The read model of the verification list: what is to be verified, and what was concluded of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, MetaData, String, Table, Uuid, select

from services.chassis.database import Change, Database, Instant, Upsert
from services.chassis.paging import PAGE, after, from_cursor, to_cursor
from services.chassis.rows import Row, rows_of
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.verification import Verification, to_verify


def tables(metadata: MetaData) -> None:
    """Define the tables."""
    Table(
        "to_verify",
        metadata,
        Column("evidence", String, primary_key=True),
        Column("case_id", Uuid),
        Column("number", String),
        Column("item_name", String),
        Column("department", String),
        Column("officer", String),
        Column("kind", String),
        Column("happened", Instant),
        Index("to_verify_by_happened", "happened", "evidence"),
        info={"view": True},
    )
    Table(
        "conclusions",
        metadata,
        Column("evidence", String, primary_key=True),
        Column("reason", String),
        Column("rule", String),
        Column("card", Uuid),
        Column("concluded", Instant),
        Column("by", String),
        info={"view": True},
    )


def of_file(database: Database, file: CaseFile) -> Iterable[Change]:
    """Give the rows of what a case's facts put on the list."""
    picture = file.picture
    for kind, fact in to_verify(file.facts.values()):
        department, officer = picture.responsible(fact.happened)
        values = {"evidence": fact.evidence, "case_id": file.id, "number": picture.number, "item_name": picture.item.get("name"), "kind": kind.value}
        yield Upsert(database.table("to_verify"), {**values, "department": department, "officer": officer, "happened": fact.happened})


def of_list(database: Database, listed: Verification) -> Iterable[Change]:
    """Give the rows of disputes and conclusions."""
    for dispute, registered in listed.disputes.values():
        values = {"evidence": dispute.id, "case_id": listed.case_id, "number": listed.number, "item_name": listed.item_name, "kind": dispute.kind.value}
        yield Upsert(database.table("to_verify"), {**values, "department": dispute.department, "officer": None, "happened": registered})
    for evidence, one in listed.conclusions.items():
        values = {"evidence": evidence, "reason": one.reason, "rule": one.rule, "card": one.card, "concluded": one.concluded, "by": one.by}
        yield Upsert(database.table("conclusions"), values)


def listed(database: Database, *, departments: Sequence[str] = (), kind: str = "", waiting: bool = True, cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the list, the oldest first, and the cursor of the next page."""
    verify, concluded = database.table("to_verify"), database.table("conclusions")
    query = _joined(database)
    if waiting:
        query = query.where(concluded.c.evidence.is_(None))
    if departments:
        query = query.where(verify.c.department.in_(departments))
    if kind:
        query = query.where(verify.c.kind == kind)
    order = (verify.c.happened, verify.c.evidence)
    if cursor:
        query = query.where(after(order, from_cursor(cursor, datetime, str)))
    rows = rows_of(database, query.order_by(*order).limit(PAGE + 1))
    return (rows[:PAGE], to_cursor(rows[PAGE - 1]["happened"], rows[PAGE - 1]["evidence"])) if len(rows) > PAGE else (rows, None)


def one(database: Database, evidence: str) -> Row | None:
    """Give one entry of the list."""
    with database.reading.connect() as connection:
        row = connection.execute(_joined(database).where(database.table("to_verify").c.evidence == evidence)).mappings().first()
    return dict(row) if row else None


def _joined(database: Database) -> Any:  # noqa: ANN401 - an SQL query
    verify, concluded = database.table("to_verify"), database.table("conclusions")
    found = (concluded.c.reason, concluded.c.rule, concluded.c.card, concluded.c.concluded, concluded.c.by)
    return select(verify, *found).select_from(verify.outerjoin(concluded, verify.c.evidence == concluded.c.evidence))
