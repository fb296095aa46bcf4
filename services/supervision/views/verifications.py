"""The read model of the verification list: what is to be verified, and what was concluded of it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Column, Index, MetaData, String, Table, Uuid

from services.chassis.http.paging import paged
from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.verification import Verification, to_verify
from services.supervision.views.evidence import about, answered, evidence_columns, one_of


def tables(metadata: MetaData) -> None:
    """Define the tables."""
    Table(
        "to_verify",
        metadata,
        *evidence_columns(),
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
    for kind, fact in to_verify(file.facts.values()):
        yield Upsert(database.table("to_verify"), {**about(file, fact), "kind": kind.value, "happened": fact.happened})


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
    query = answered(database, "to_verify", "conclusions")
    if waiting:
        query = query.where(concluded.c.evidence.is_(None))
    if departments:
        query = query.where(verify.c.department.in_(departments))
    if kind:
        query = query.where(verify.c.kind == kind)
    return paged(database, query, {"happened": (verify.c.happened, verify.c.evidence)}, cursor=cursor)


def one(database: Database, evidence: str) -> Row | None:
    """Give one entry of the list."""
    return one_of(database, "to_verify", "conclusions", evidence)
